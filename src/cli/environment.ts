/** What a command needs of the program around it. */
import type { Library } from "../workspace/library.ts";

export interface Environment {
  /** The folder that the build made. */
  readonly dist: string;
  readonly version: string;
  readonly library: () => Library;
}

/** How a process ends: 0 fine, 1 problems in what it was given, 2 wrong usage or a fault of ours. */
export type ExitCode = 0 | 1 | 2;

/** Ends a command with words for the user. Thrown only in this folder. */
export class Stop extends Error {
  readonly code: ExitCode;
  constructor(message: string, code: ExitCode) {
    super(message);
    this.code = code;
  }
}

/** The command was called in a way that it cannot be. */
export function usage(message: string): Stop {
  return new Stop(message, 2);
}

/** What is wrong with what the command was given has been reported. */
export function reported(): Stop {
  return new Stop("", 1);
}

/** What the command was given is not in order. */
export function problem(message: string): Stop {
  return new Stop(message, 1);
}
