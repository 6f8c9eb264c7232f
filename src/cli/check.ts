/** `lwmc check FILE…`: everything that can be known without writing. It is the command that people wait for, so it loads nothing that it does not need. */
import { grouped as count } from "../compiler/analyse/format-figures.ts";
import type { Diagnostic } from "../compiler/diagnostics/diagnostic.ts";
import type { CompiledModel } from "../compiler/compile.ts";
import type { Source } from "../compiler/source.ts";
import type { Environment, ExitCode } from "./environment.ts";
import { opener, type OpenOptions } from "./open.ts";
import { out } from "./output.ts";
import { diagnosticsAsJson, report } from "./report.ts";

export interface CheckOptions extends OpenOptions {
  readonly json?: boolean | undefined;
}

export async function check(operands: readonly string[], options: CheckOptions, environment: Environment): Promise<ExitCode> {
  const { open } = opener(environment);
  const diagnostics: Diagnostic[] = [];
  const sources = new Map<string, Source>();
  const models: CompiledModel[] = [];
  const without: string[] = [];
  const said = new Set<Diagnostic>();
  for (const operand of operands) {
    const snapshot = await open(operand, options);
    models.push(...snapshot.models);
    if (snapshot.models.length === 0) without.push(operand);
    for (const found of snapshot.diagnostics) {
      if (said.has(found)) continue;
      said.add(found);
      diagnostics.push(found);
      for (const { file } of [found.span, ...found.notes.flatMap((note) => note.span ?? [])]) {
        const source = snapshot.source(file);
        if (source) sources.set(file, source);
      }
    }
  }
  const sourceOf = (uri: string): Source | undefined => sources.get(uri);
  const failed = diagnostics.some((d) => d.severity === "error");
  if (options.json) {
    const found = await diagnosticsAsJson(diagnostics, sourceOf);
    const { targetData } = await import("./target-report.ts");
    const checked = models.map(({ model: { name, file }, cost, prices, found }) => ({
      name,
      file,
      params: cost.params,
      macs: cost.macs,
      flops: cost.flops,
      weights: cost.weights,
      activations: cost.activations,
      ...(found.length === 0 ? {} : { found: Object.fromEntries(found.map(({ name, shown }) => [name, shown])) }),
      ...(prices.length === 0 ? {} : { targets: prices.map(targetData) }),
    }));
    out(`${JSON.stringify({ schema: 1, ok: !failed, models: checked, diagnostics: found }, null, 2)}\n`);
  } else {
    await report(diagnostics, sourceOf);
    if (!failed) for (const compiled of models) await checked(compiled);
    if (!failed) for (const operand of without) out(`${operand}: no model to compile as it stands, no problems\n`);
  }
  return failed ? 1 : 0;
}

async function checked({ model, prices, found }: CompiledModel): Promise<void> {
  out(`${model.name}: ${count(model.graph.nodes.length)} layers, ${model.limits.length === 0 ? "no problems" : "within its budget"}${found.map(({ name, shown }) => `, ${name}=${shown} found`).join("")}\n`);
  if (prices.length === 0) return;
  const { targetLine, doubtsOf } = await import("./target-report.ts");
  for (const price of prices) {
    out(`  on ${price.target.shown}: ${targetLine(price)}\n`);
    for (const doubt of doubtsOf(price)) out(`    not certain: ${doubt}\n`);
  }
}
