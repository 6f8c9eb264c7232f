/** Tokens to concrete tree, by one parser that is made when it is first needed. */
import type { CstNode, IRecognitionException } from "chevrotain";
import type { Balanced } from "./brackets.ts";
import { LwmParser } from "./grammar.ts";
import { TooDeep } from "./recovery.ts";

export interface Concrete {
  readonly node: CstNode;
  readonly errors: readonly IRecognitionException[];
}

let parser: LwmParser | undefined;

/** The concrete tree of a file, with holes where there are errors. Words are to be resolved before. */
export function concrete(balanced: Balanced): Concrete | TooDeep {
  parser ??= new LwmParser();
  parser.read(balanced);
  try {
    const node = parser.file();
    return { node, errors: parser.errors };
  } catch (error) {
    if (error instanceof TooDeep) return error;
    throw error;
  }
}
