/** What it means that a set of kernels supports an operator, and the tables in which each set says so. */
import type { Activation, Node } from "../../ir/graph.ts";
import type { AttrsOf, OpName, OpTable } from "../../ops/index.ts";
import type { Precision } from "../device.ts";

/**
 * `native`: one kernel of the set. `decomposed`: several, since our backend or the runtime spells it in simpler operators. `fallback`: it runs, but
 * elsewhere: on the CPU beside an accelerator, in float32 among integers, or in a reference kernel. `unsupported`: it is refused.
 */
export const STATUSES = ["native", "decomposed", "fallback", "unsupported"] as const;
export type SupportStatus = (typeof STATUSES)[number];

export interface Verdict {
  readonly status: SupportStatus;
  /** What happens and why: a clause without a full stop. */
  readonly reason: string;
  /** What to write instead. */
  readonly way: string | undefined;
}

/** What a rule sees of a layer, or of the activation that is part of it. */
export type Seen<A = any> = Pick<Node, "inputs" | "outputs" | "activation"> & { readonly attrs: A };

export type Rule<A> = Verdict | ((node: Seen<A>) => Verdict);

/** A verdict or a rule for every operator. */
export type Rules = OpTable<{ readonly [N in OpName]: Rule<AttrsOf<N>> }>;

/** What is known of one set of kernels. */
export interface KernelSupport {
  /** The library and its version. */
  readonly title: string;
  /** Documents, or the probe. */
  readonly source: string;
  /** Year and month of what was read or probed. */
  readonly date: string;
  /** The rules at a precision; a verdict where it is the same for every operator. */
  readonly at: Readonly<Record<Precision, Rules | Verdict>>;
  /** Whether a layer's own kernel computes the activation behind it. */
  readonly fuses: (activation: Activation, node: Node, precision: Precision) => boolean;
}

/** One kernel. */
export function native(reason = "one kernel"): Verdict {
  return { status: "native", reason, way: undefined };
}

export function decomposed(reason: string, way?: string): Verdict {
  return { status: "decomposed", reason, way };
}

export function fallback(reason: string, way?: string): Verdict {
  return { status: "fallback", reason, way };
}

export function unsupported(reason: string, way?: string): Verdict {
  return { status: "unsupported", reason, way };
}

/** The first of the verdicts that is there; else one kernel. */
export function firstOf(...verdicts: readonly (Verdict | undefined | false)[]): Verdict {
  for (const verdict of verdicts) if (verdict) return verdict;
  return native();
}

/** The same verdict for every operator that is computed. */
export function everywhere(rules: Rules, verdict: Verdict): Rules {
  return mapped(rules, (rule) => (rule === nothing ? nothing : verdict));
}

/** The rules, before which a check of the tensors comes. */
export function bounded(rules: Rules, check: (node: Seen) => Verdict | undefined): Rules {
  return mapped(rules, (rule) => (node) => check(node) ?? judged(rule, node));
}

export function judged(rule: Rule<any>, node: Seen): Verdict {
  return typeof rule === "function" ? rule(node) : rule;
}

function mapped(rules: Rules, f: (rule: Rule<any>) => Rule<any>): Rules {
  return Object.fromEntries(Object.entries(rules).map(([name, rule]) => [name, f(rule)])) as unknown as Rules;
}

/** What is never computed: dropout is dropped, constants are numbers in the file. */
export const nothing = native("nothing is left of it at inference");
