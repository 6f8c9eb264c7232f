import { Alternation, NonTerminal, Option, Repetition, type IProduction } from "chevrotain";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ebnf, lookaheadModule, textMate } from "../../grammar/generate.ts";
import { analysed, LwmParser } from "../../grammar/grammar.ts";
import * as T from "../../grammar/tokens.ts";

function committed(name: string): string {
  return readFileSync(new URL(`../../grammar/${name}`, import.meta.url), "utf8");
}

test("the grammar has no ambiguity within three tokens", () => {
  expect(() => new LwmParser("checked")).not.toThrow();
  expect(T.checkedLexer().lexerDefinitionErrors).toEqual([]);
});

describe("what is made of the grammar is up to date (npm run generate)", () => {
  test("lookahead.ts", () => expect(committed("lookahead.ts")).toBe(lookaheadModule()));
  test("lwm.ebnf", () => expect(committed("lwm.ebnf")).toBe(ebnf()));
  test("lwm.tmLanguage.json", () => expect(committed("lwm.tmLanguage.json")).toBe(textMate()));
});

test("each rule's comment is its production", () => {
  const text = committed("grammar.ts");
  const printed = new Map(ebnf().split(/\n(?=\w+ =)/).map((rule) => [rule.split(" ")[0], rule.replace(/\s+/g, " ").trim()]));
  for (const rule of Object.keys(analysed().getGAstProductions())) {
    const found = new RegExp(`\`(${rule} = [^\`]*) ;\``).exec(text)?.[1];
    // The comment shows commas as they are parsed, which the EBNF shows as they are written.
    const comment = found?.replace(/\{ (\w+) \[ "," \] \}/g, '[ $1 { "," $1 } [ "," ] ]');
    expect(`${comment} ;`).toBe(printed.get(rule)?.replace(/ ;.*$/, " ;"));
  }
});

describe("statements need no separator", () => {
  const rules = analysed().getGAstProductions();

  /** Token names that a production can start with, and whether it can be empty. */
  function first(production: IProduction, seen = new Set<string>()): { readonly names: Set<string>; readonly empty: boolean } {
    if (production instanceof NonTerminal) {
      const rule = production.nonTerminalName;
      if (seen.has(rule)) return { names: new Set(), empty: false };
      return firstOf(rules[rule].definition, new Set([...seen, rule]));
    }
    if (production instanceof Alternation) {
      const all = alternativesOf(production).map((alternative) => firstOf(alternative, seen));
      return { names: new Set(all.flatMap((a) => [...a.names])), empty: all.some((a) => a.empty) };
    }
    if ("terminalType" in production) {
      const type = production.terminalType as { readonly name: string; readonly categoryMatchesMap?: Record<number, boolean> };
      const members = type.name === "Operator" ? T.vocabulary.filter((t) => t.CATEGORIES?.includes(T.Operator)).map((t) => t.name) : [type.name];
      return { names: new Set(members), empty: false };
    }
    const inner = firstOf((production as unknown as { readonly definition: IProduction[] }).definition, seen);
    return { names: inner.names, empty: inner.empty || production instanceof Option || production instanceof Repetition };
  }

  function alternativesOf(production: Alternation): readonly IProduction[][] {
    return production.definition.map((alternative) => (alternative as unknown as { readonly definition: IProduction[] }).definition);
  }

  function firstOf(sequence: readonly IProduction[], seen: Set<string>): { readonly names: Set<string>; readonly empty: boolean } {
    const names = new Set<string>();
    for (const production of sequence) {
      const next = first(production, seen);
      for (const name of next.names) names.add(name);
      if (!next.empty) return { names, empty: false };
    }
    return { names, empty: true };
  }

  /** Token names that can go on with a rule where it could as well have ended. */
  function continuations(rule: string, seen = new Set<string>()): Set<string> {
    if (seen.has(rule)) return new Set();
    seen.add(rule);
    return ofSequence(rules[rule].definition, seen);
  }

  function ofSequence(sequence: readonly IProduction[], seen: Set<string>): Set<string> {
    const found = new Set<string>();
    const add = (names: Iterable<string>) => {
      for (const name of names) found.add(name);
    };
    // From the end: a part counts while everything after it can be empty.
    for (let i = sequence.length - 1; i >= 0; i--) {
      const part = sequence[i];
      if (part instanceof NonTerminal) add(continuations(part.nonTerminalName, seen));
      else if (part instanceof Alternation) for (const alternative of alternativesOf(part)) add(ofSequence(alternative, seen));
      else if (part instanceof Option || part instanceof Repetition || "definition" in part) {
        const { definition } = part as unknown as { readonly definition: IProduction[] };
        add(ofSequence(definition, seen));
        if (!("terminalType" in part)) add(firstOf(definition, new Set()).names);
      }
      if (!first(part).empty) break;
    }
    return found;
  }

  test("nothing that goes on with a statement starts one", () => {
    const starts = firstOf(rules.statement.definition, new Set()).names;
    const goesOn = continuations("statement");
    expect([...starts].sort()).toEqual(
      ["Budget", "Defaults", "For", "If", "In", "Input", "It", "Label", "Let", "Maximize", "Minimize", "Output", "Require", "Shared", "Target", "Word"].sort(),
    );
    for (const name of ["Arrow", "Dot", "LParen", "LBracket", "LBrace", "Else", "Comma", "Times", "And", "Minus", "Range"]) expect(goesOn).toContain(name);
    expect([...starts].filter((name) => goesOn.has(name))).toEqual([]);
  });

  test("the same of declarations", () => {
    const starts = firstOf(rules.declaration.definition, new Set()).names;
    const goesOn = continuations("declaration");
    expect([...starts].filter((name) => goesOn.has(name))).toEqual([]);
  });
});
