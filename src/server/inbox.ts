/** Whether the client has said more than was heard so far: an answer that an edit on its way makes worthless need not be worked out. */
import type { MessageStrategy } from "vscode-languageserver-protocol";

export interface Inbox {
  /** For the connection, whose messages it counts. */
  readonly messageStrategy: MessageStrategy;
  /** Settled when no message waits to be taken. */
  readonly empty: () => Promise<void>;
}

export function inbox(): Inbox {
  let taken = 0;
  let waiting: Promise<void> | undefined;
  const wait = async (): Promise<void> => {
    for (let before = -1; before !== taken; ) {
      before = taken;
      // the connection takes one message a turn, which may come after this one
      await turn();
      await turn();
    }
    waiting = undefined;
  };
  return {
    messageStrategy: {
      handleMessage: (message, next) => {
        taken++;
        return next(message);
      },
    },
    empty: () => (waiting ??= wait()),
  };
}

/** Lets the world in. */
function turn(): Promise<void> {
  return new Promise((resolve) => (typeof setImmediate === "function" ? setImmediate(resolve) : setTimeout(resolve, 0)));
}
