/**
 * The files that are made of the grammar and committed: the lookahead table, the EBNF and the editors' grammar. A test says
 * when they are stale.
 */
import { Alternation, getLookaheadPaths, NonTerminal, Option, Repetition, RepetitionMandatory, type IProduction, type Rule, type TokenType } from "chevrotain";
import { analysed } from "./grammar.ts";
import type { DecisionKind } from "./prepared.ts";
import { vocabulary } from "./tokens.ts";
import { printEbnf } from "./ebnf.ts";
import { printTextMate } from "./textmate.ts";

/** The grammar as EBNF. */
export function ebnf(): string {
  return printEbnf(analysed().getSerializedGastProductions());
}

/** The grammar for editors, as TextMate JSON. */
export function textMate(): string {
  return printTextMate();
}

type Decision = { readonly kind: DecisionKind; readonly prodType: Parameters<typeof getLookaheadPaths>[0]["prodType"] };

function decisionOf(production: IProduction): Decision | undefined {
  if (production instanceof Alternation) return { kind: "or", prodType: "Alternation" };
  if (production instanceof Option) return { kind: "option", prodType: "Option" };
  if (production instanceof Repetition) return { kind: "many", prodType: "Repetition" };
  return production instanceof RepetitionMandatory ? { kind: "atLeastOne", prodType: "RepetitionMandatory" } : undefined;
}

/** The parser's decisions as a TypeScript module. */
export function lookaheadModule(): string {
  const lines: string[] = [];
  const visit = (rule: Rule, production: IProduction): void => {
    if (production instanceof NonTerminal) return;
    const decision = decisionOf(production);
    if (decision) {
      const { kind, prodType } = decision;
      const occurrence = (production as unknown as { readonly idx: number }).idx;
      const paths = getLookaheadPaths({ maxLookahead: 3, occurrence, rule, prodType });
      const alternatives = (kind === "or" ? paths : paths.slice(0, 1)).map((alternative) => alternative.flatMap(concretePaths));
      lines.push(`  ${JSON.stringify(`${rule.name} ${kind} ${occurrence}`)}: ${JSON.stringify(alternatives)},`);
    }
    for (const child of (production as { readonly definition?: readonly IProduction[] }).definition ?? []) visit(rule, child);
  };
  for (const rule of Object.values(analysed().getGAstProductions())) for (const production of rule.definition) visit(rule, production);
  return [
    "/** Made of the grammar by `npm run generate`; not edited by hand. What the parser decides by, as its own analysis finds it. */",
    'import type { Lookahead } from "./prepared.ts";',
    "",
    "export const lookahead: Lookahead = {",
    ...lines,
    "};",
    "",
  ].join("\n");
}

/** A path of token types as paths of names, each category replaced by its members. */
function concretePaths(path: readonly TokenType[]): string[] {
  let names: string[] = [""];
  for (const type of path) {
    const members = type.categoryMatches && type.categoryMatches.length > 0 ? membersOf(type) : [type.name];
    names = names.flatMap((prefix) => members.map((name) => (prefix === "" ? name : `${prefix} ${name}`)));
  }
  return names;
}

function membersOf(category: TokenType): string[] {
  return vocabulary.filter((t) => t !== category && category.categoryMatchesMap?.[t.tokenTypeIdx!]).map((t) => t.name);
}
