/** What a command is asked about: `net.lwm`, `net.lwm#Model`, `net.lwm#Model(width=0.5)`, `-`, or a library model, `MobileNetV2(width=0.75)`. */
export interface Target {
  /** As the user wrote it. */
  readonly text: string;
  /** The file, `-` for stdin; undefined for a model of the library. */
  readonly file: string | undefined;
  readonly model: string | undefined;
  /** What stands between the parentheses, with them. */
  readonly args: string | undefined;
}

const model = /^([A-Za-z_][A-Za-z0-9_]*)\s*(\([^]*\))?$/;

/** `exists` tells files from library models where a word could be either: a file of that very name wins. */
export function parseTarget(text: string, exists: (path: string) => boolean): Target {
  const hash = text.indexOf("#");
  if (hash > 0) {
    const match = model.exec(text.slice(hash + 1).trim());
    if (match) return { text, file: text.slice(0, hash), model: match[1], args: match[2] };
  }
  const match = model.exec(text.trim());
  if (match && !exists(text)) return { text, file: undefined, model: match[1], args: match[2] };
  return { text, file: text, model: undefined, args: undefined };
}

/** `image=3x160x96`, as a shape by input name; undefined where it is not of that form. */
export function parseInput(text: string): readonly [string, readonly number[]] | undefined {
  const match = /^([A-Za-z_][A-Za-z0-9_]*)=([1-9][0-9]*(?:[x,×][1-9][0-9]*)*)$/.exec(text);
  return match ? [match[1], match[2].split(/[x,×]/).map(Number)] : undefined;
}
