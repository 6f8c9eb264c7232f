/** The text and the chosen target in a link's fragment, which no server sees: `#1` and the deflated JSON in base64url. */
import type { Refused } from "./protocol.ts";

export interface Shared {
  readonly text: string;
  readonly target: string;
}

const MARK = "1";
/** Larger texts are no networks; what unpacks to more is not opened. */
const MOST = 2 ** 20;

export async function toFragment(shared: Shared): Promise<string> {
  const packed = await through(new TextEncoder().encode(JSON.stringify([shared.text, shared.target])), new CompressionStream("deflate-raw"));
  let binary = "";
  for (const byte of packed) binary += String.fromCharCode(byte);
  return MARK + btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** Undefined where there is no fragment. */
export async function fromFragment(fragment: string): Promise<Shared | Refused | undefined> {
  if (fragment === "") return undefined;
  if (!fragment.startsWith(MARK)) return { refused: /^\d/.test(fragment) ? "the link is of a newer playground than this one" : "the link has no network in it" };
  try {
    const binary = atob(fragment.slice(MARK.length).replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = await through(Uint8Array.from(binary, (letter) => letter.charCodeAt(0)), new DecompressionStream("deflate-raw"));
    const found: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (Array.isArray(found) && typeof found[0] === "string" && typeof found[1] === "string") return { text: found[0], target: found[1] };
  } catch {
    // cut short, or changed on its way
  }
  return { refused: "the link is damaged: part of it may be missing" };
}

async function through(bytes: Uint8Array<ArrayBuffer>, stream: CompressionStream | DecompressionStream): Promise<Uint8Array> {
  const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    parts.push(read.value);
    size += read.value.length;
    if (size > MOST) {
      await reader.cancel();
      throw new RangeError("the text is too long");
    }
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
