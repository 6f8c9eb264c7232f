/** The text as it was left, for when the page is opened again: this tab's, else the last of any. */
import type { Shared } from "./share.ts";

const KEY = "lwm-draft";
const STORES = ["sessionStorage", "localStorage"] as const;

export function keepDraft(draft: Shared): void {
  each((store) => store.setItem(KEY, JSON.stringify([draft.text, draft.target])));
}

export function keptDraft(): Shared | undefined {
  const found = each((store) => JSON.parse(store.getItem(KEY) ?? "null") as unknown).find(Array.isArray);
  return found && { text: String(found[0]), target: String(found[1]) };
}

/** A browser may refuse to store anything, or have no room for it. */
function each<T>(act: (store: Storage) => T): readonly T[] {
  return STORES.flatMap((name) => {
    try {
      return [act(window[name])];
    } catch {
      return [];
    }
  });
}
