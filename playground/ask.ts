/** Asks the compiler in its worker. */
import type { Answer, Answered, Ask, Asked, Kind } from "./protocol.ts";

const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
const waiting = new Map<number, { readonly resolve: (answer: never) => void; readonly reject: (error: Error) => void }>();
let next = 0;

worker.addEventListener("message", ({ data }: MessageEvent<Answered>) => {
  const asked = waiting.get(data.id);
  waiting.delete(data.id);
  if (data.failed === undefined) asked?.resolve(data.answer as never);
  else asked?.reject(new Error(data.failed));
});

export function ask<K extends Kind>(kind: K, what: Ask<K>, transfer: Transferable[] = []): Promise<Answer<K>> {
  return new Promise((resolve, reject) => {
    const id = next++;
    waiting.set(id, { resolve, reject });
    worker.postMessage({ id, kind, ask: what } satisfies Asked, transfer);
  });
}
