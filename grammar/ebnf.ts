/** The grammar as EBNF (ISO 14977's braces and brackets), printed from what Chevrotain recorded of the rules. */
import type { ISerializedGast } from "chevrotain";
import { factsOf, Operator, vocabulary } from "./tokens.ts";

type Node = ISerializedGast & { readonly name?: string; readonly definition?: readonly Node[] };

const WIDTH = 120;

const header = `(* The grammar of lwm. Made of grammar/ by \`npm run generate\`; not edited by hand.

   A newline means nothing, with one exception: "(", "[" or "{" that opens a line of a body does not go on with the line above.
   A statement starts with a word, so no separator stands between two of them.
   Any word may be an argument, a column, a parameter, a label or a member, also one that is a keyword elsewhere, but for
   "and", "or" and "else".
   Operators bind, loosest first: or; and; not; == != <= >= < > (once); .. (once); + -; * /; - before its operand. *)
`;

const footer = `
operator = %OPERATORS% ;
word = letter { letter | digit } ;
letter = "A" … "Z" | "a" … "z" | "_" ;
digit = "0" … "9" ;
digits = digit { digit | "_" } ;
NUMBER = digits [ "." digits ] [ ( "e" | "E" ) [ "+" | "-" ] digits ] [ "%" | letter { letter | digit } ] ;
       (* one token, without space; its unit is checked later *)
STRING = '"' { character | escape } '"' ;
escape = "\\n" | "\\t" | '\\"' | "\\\\" | "\\u{" hexadecimal { hexadecimal } "}" ;
comment = "//" { character } ;
       (* to the end of the line; "///" documents the model, block, let or shared that follows *)
`;

export function printEbnf(rules: readonly ISerializedGast[]): string {
  const names = new Map(vocabulary.map((t) => [t.name, t === Operator ? "operator" : factsOf(t)!.ebnf]));
  const operators = vocabulary.filter((t) => t.CATEGORIES?.includes(Operator)).map((t) => factsOf(t)!.ebnf);
  const printed = (rules as readonly Node[]).map((rule) => wrap(`${rule.name} =`, sequence(rule.definition ?? [], names), ";"));
  return `${header}\n${printed.join("\n")}\n${footer.replace("%OPERATORS%", () => operators.join(" | "))}`;
}

function sequence(nodes: readonly Node[], names: ReadonlyMap<string, string>): string {
  return nodes.map((node) => element(node, names, nodes.length > 1)).join(" ");
}

function element(node: Node, names: ReadonlyMap<string, string>, amongOthers: boolean): string {
  const inner = node.definition ?? [];
  switch (node.type) {
    case "Terminal":
      return names.get(node.name!)!;
    case "NonTerminal":
      return node.name!;
    case "Option":
      return `[ ${sequence(inner, names)} ]`;
    case "Repetition": {
      // The parser takes the comma between two items as optional, to say where one is missing. The language does not.
      const item = inner[1]?.type === "Option" && inner[1].definition?.[0]?.name === "Comma" ? element(inner[0], names, true) : undefined;
      return item === undefined ? `{ ${sequence(inner, names)} }` : `[ ${item} { "," ${item} } [ "," ] ]`;
    }
    case "RepetitionMandatory":
      return `${sequence(inner, names)} { ${sequence(inner, names)} }`;
    case "Alternation": {
      const alternatives = inner.map((alternative) => element(alternative, names, false)).join(" | ");
      return amongOthers ? `( ${alternatives} )` : alternatives;
    }
    default:
      return sequence(inner, names);
  }
}

function wrap(head: string, text: string, tail: string): string {
  const lines = [head];
  for (const word of [...text.split(/ (?=[|])/), tail].flatMap((part, i) => (i === 0 ? part.split(" ") : [part]))) {
    if (lines.at(-1)!.length + 1 + word.length > WIDTH) lines.push(`      ${word}`);
    else lines[lines.length - 1] += ` ${word}`;
  }
  return lines.join("\n");
}
