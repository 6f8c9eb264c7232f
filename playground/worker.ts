/** The compiler in a web worker. What is not needed while typing is loaded when it is first asked for. */
import type { Asked, Answered, Ask, Answer, Kind } from "./protocol.ts";
import { session } from "./session.ts";

type Handlers = { readonly [K in Kind]: (ask: Ask<K>) => Promise<Answer<K>> };

const state = session(new URL(".", import.meta.url));
const more = (): Promise<typeof import("./more.ts")> => import("./more.ts");
const names = (): Promise<typeof import("./mentions.ts")> => import("./mentions.ts");
const make = (): Promise<typeof import("./make.ts")> => import("./make.ts");

const handlers: Handlers = {
  state: (ask) => state.check(ask),
  hover: async (ask) => (await more()).hover(state, ask),
  complete: async (ask) => (await more()).complete(state, ask),
  signature: async (ask) => (await names()).signature(state, ask),
  definition: async (ask) => (await names()).definition(state, ask),
  references: async (ask) => (await names()).references(state, ask),
  renamable: async (ask) => (await names()).writtenName(state, ask),
  rename: async (ask) => (await names()).rename(state, ask),
  format: async (ask) => (await more()).formatted(ask),
  conventions: async (ask) => (await more()).counted(state, ask),
  devices: async () => (await more()).devices(state),
  memory: async (ask) => (await more()).memory(state, ask),
  make: async (ask) => (await make()).made(state, ask),
  feed: async (ask) => (await make()).feed(state, ask),
  rank: async (ask) => (await make()).ranked(state, ask),
  predict: async (ask) => (await more()).predicted(state, ask),
};

/** One after the other: each sees the text as the one before left it. */
let last: Promise<unknown> = Promise.resolve();

addEventListener("message", ({ data }: MessageEvent<Asked>) => {
  const { id, kind, ask } = data;
  last = last.then(async () => {
    let answered: Answered;
    try {
      answered = { id, answer: await (handlers[kind] as (ask: unknown) => Promise<unknown>)(ask) };
    } catch (error) {
      answered = { id, failed: error instanceof Error ? error.message : String(error) };
    }
    postMessage(answered);
  });
});
