/**
 * Text with places where it may break, and a printer that breaks as few as fit the width: Wadler's "A prettier printer"
 * (2003), with the groups of Oppen's.
 */
export type Doc =
  | string
  | readonly Doc[]
  | { readonly kind: "line"; readonly flat: string; readonly hard: boolean }
  | { readonly kind: "indent"; readonly doc: Doc }
  | { readonly kind: "group"; readonly doc: Doc; readonly broken: boolean; readonly shape: number }
  | { readonly kind: "broken"; readonly doc: Doc }
  | { readonly kind: "suffix"; readonly comment: string };

/** A blank, or a line break where the group does not fit. */
export const line: Doc = { kind: "line", flat: " ", hard: false };
/** Nothing, or a line break where the group does not fit. */
export const softline: Doc = { kind: "line", flat: "", hard: false };
/** A line break. */
export const hardline: Doc = { kind: "line", flat: " ", hard: true };
export const indent = (doc: Doc): Doc => ({ kind: "indent", doc });
/** Laid out on one line where that fits and nothing in it must break; `broken` breaks it in any case. */
export function group(doc: Doc, broken = false): Doc {
  const shape = shapeOf(doc) | (broken ? BREAKS : 0);
  return { kind: "group", doc, broken: (shape & BREAKS) !== 0, shape };
}
/** A group whose breaks are its own affair: the text around it is laid out as if it were one word. */
export function fence(doc: Doc, broken: boolean): Doc {
  const shape = shapeOf(doc);
  return { kind: "group", doc, broken: broken || (shape & BREAKS) !== 0, shape: shape & ENDS };
}
/** Only where the group around is broken. */
export const whenBroken = (doc: Doc): Doc => ({ kind: "broken", doc });
/** A comment at the end of the line that is being printed, wherever that is; the line ends after it. */
export const suffix = (comment: string): Doc => ({ kind: "suffix", comment });

export function join(separator: Doc, docs: readonly Doc[]): Doc {
  return docs.flatMap((doc, i) => (i === 0 ? [doc] : [separator, doc]));
}

/** A doc cannot stand on one line: a line break or a comment is in the midst of it. */
const BREAKS = 1;
/** A doc ends with a comment, so that nothing can follow it on its line. */
const ENDS = 2;

function shapeOf(doc: Doc): number {
  if (typeof doc === "string") return 0;
  if (isList(doc)) {
    let shape = 0;
    for (const part of doc) {
      if (isEmpty(part)) continue;
      const next = shapeOf(part);
      shape = (shape & ENDS ? BREAKS : shape) | next;
    }
    return shape;
  }
  switch (doc.kind) {
    case "line":
      return doc.hard ? BREAKS : 0;
    case "suffix":
      return ENDS;
    case "group":
      return doc.shape;
    case "indent":
      return shapeOf(doc.doc);
    default:
      return 0;
  }
}

function isEmpty(doc: Doc): boolean {
  return doc === "" || (typeof doc !== "string" && isList(doc) && doc.every(isEmpty));
}

function isList(doc: Exclude<Doc, string>): doc is readonly Doc[] {
  return Array.isArray(doc);
}

interface Command {
  readonly indent: number;
  readonly flat: boolean;
  readonly doc: Doc;
}

const STEP = 2;

/** The text of a doc, broken where it would be wider than `width`, with a line break at its end. */
export function print(root: Doc, width: number): string {
  const out: string[] = [];
  let column = 0;
  let comments: string[] = [];
  const newline = (indent: number): void => {
    while (out.length > 0 && out.at(-1)!.endsWith(" ")) {
      const trimmed = out.pop()!.replace(/ +$/, "");
      if (trimmed !== "") out.push(trimmed);
    }
    // A line has room for one comment; what comes after it goes to lines of its own, where it must not document anything.
    for (const [i, comment] of comments.entries()) out.push(i === 0 ? ` ${comment}` : `\n${" ".repeat(indent)}${comment.replace(/^\/{3}(?!\/)/, "//")}`);
    comments = [];
    out.push(`\n${" ".repeat(indent)}`);
    column = indent;
  };
  const stack: Command[] = [{ indent: 0, flat: false, doc: root }];
  for (let command = stack.pop(); command; command = stack.pop()) {
    const { indent, flat, doc } = command;
    if (typeof doc === "string") {
      out.push(doc);
      column += doc.length;
    } else if (isList(doc)) {
      for (let i = doc.length - 1; i >= 0; i--) stack.push({ indent, flat, doc: doc[i] });
    } else if (doc.kind === "line") {
      if (!flat || doc.hard) newline(indent);
      else {
        out.push(doc.flat);
        column += doc.flat.length;
      }
    } else if (doc.kind === "indent") stack.push({ indent: indent + STEP, flat, doc: doc.doc });
    else if (doc.kind === "suffix") comments.push(doc.comment);
    else if (doc.kind === "broken") {
      if (!flat) stack.push({ indent, flat, doc: doc.doc });
    } else {
      const fitting = !doc.broken && (flat || fits({ indent, flat: true, doc: doc.doc }, stack, width - column));
      stack.push({ indent, flat: fitting, doc: doc.doc });
    }
  }
  newline(0);
  return out.join("");
}

/** All on one line, also what would break. */
export function printFlat(doc: Doc): string {
  if (typeof doc === "string") return doc;
  if (isList(doc)) return doc.map(printFlat).join("");
  switch (doc.kind) {
    case "line":
      return doc.flat;
    case "indent":
    case "group":
      return printFlat(doc.doc);
    default:
      return "";
  }
}

/** Whether a doc and what follows it, up to the next possible break, fits. */
function fits(first: Command, rest: readonly Command[], width: number): boolean {
  let left = width;
  let next = rest.length - 1;
  const stack: Command[] = [first];
  for (;;) {
    let command = stack.pop();
    if (command === undefined) {
      if (next < 0) return true;
      command = rest[next--];
    }
    const { flat, doc } = command;
    if (typeof doc === "string") left -= doc.length;
    else if (isList(doc)) for (let i = doc.length - 1; i >= 0; i--) stack.push({ ...command, doc: doc[i] });
    else if (doc.kind === "line") {
      if (!flat || doc.hard) return true;
      left -= doc.flat.length;
    } else if (doc.kind === "indent") stack.push({ ...command, doc: doc.doc });
    else if (doc.kind === "group") stack.push({ ...command, flat: flat && !doc.broken, doc: doc.doc });
    else if (doc.kind === "broken" && !flat) stack.push({ ...command, doc: doc.doc });
    if (left < 0) return false;
  }
}
