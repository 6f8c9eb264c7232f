/** What a model's layers follow from, as text: where two such texts are equal, so are the networks, whatever else stands in their files. */
import type { Declaration, Expr, Statement } from "../syntax/ast.ts";
import type { FileScope, Program } from "./domains.ts";

/**
 * A model's declaration and all that names lead to from there. What the library declares is known by its name: it does not change.
 *
 * @param given arguments, input sizes and the like from elsewhere
 */
export function writtenText(declaration: Declaration, file: FileScope, given: readonly unknown[], program: Program): string {
  const parts: string[] = [];
  const numbers = new Map<Declaration, number>([[declaration, 0]]);
  const add = (tree: unknown, scope: FileScope): void => {
    const words = new Set<string>();
    parts.push(JSON.stringify(tree, (key, value: unknown) => part(key, value, words)));
    for (const word of words) {
      const found = scope.declarations.get(word);
      if (!found || program.isLibrary(found.file.file.uri)) continue;
      const known = numbers.get(found.declaration);
      const number = known ?? numbers.size;
      parts.push(`${word} is ${number}`);
      if (known !== undefined) continue;
      numbers.set(found.declaration, number);
      add(found.declaration, found.file);
    }
  };
  add([declaration, given], file);
  return parts.join("\n");
}

/** Places, descriptions, aims and limits that are plain numbers change no layer. */
function part(key: string, value: unknown, words: Set<string>): unknown {
  if (key === "span" || key === "doc") return undefined;
  if (key === "statements") return (value as readonly Statement[]).filter(({ kind }) => kind !== "maximize" && kind !== "minimize").map((statement) => (statement.kind === "budget" ? statement.entries.filter((entry) => !isPlain(entry)) : statement));
  if (typeof value === "string") words.add(value);
  return value;
}

function isPlain(limit: Expr): boolean {
  return limit.kind === "binary" && limit.left.kind === "name" && limit.right.kind === "number";
}
