/** `lwmc weights bind`: a foreign checkpoint under the language's own names and layouts. */
import { bytesOf, chunks, plan } from "../backends/weights/safetensors.ts";
import { bind, type Bound } from "../backends/weights/bind.ts";
import { grouped as count } from "../compiler/analyse/format-figures.ts";
import { openWeights } from "../workspace/node-files.ts";
import { openSound } from "./emit.ts";
import type { Environment, ExitCode } from "./environment.ts";
import { onlyModel } from "./open.ts";
import { err, out } from "./output.ts";
import { report } from "./report.ts";
import { writeAll } from "./write.ts";

export interface BindOptions {
  readonly output: string;
  readonly json?: boolean;
  readonly input?: readonly string[];
}

export async function bindWeights(operand: string, source: string, options: BindOptions, environment: Environment): Promise<ExitCode> {
  const snapshot = await openSound(operand, options, environment);
  if (snapshot === undefined) return 1;
  const { graph } = onlyModel(snapshot, operand).model;
  const opened = openWeights(source);
  try {
    if ((await report(opened.diagnostics, () => undefined)) || !opened.store) return 1;
    const bound = bind(graph, opened.store, source);
    if ((await report(bound.diagnostics, snapshot.source)) || !bound.store) return 1;
    const { store } = bound;
    const planned = plan(store.names().map((name) => ({ name, dtype: "F32" as const, shape: store.shape(name)! })), { model: graph.name });
    await writeAll("", [{ path: options.output, chunks: () => chunks(planned, (name) => bytesOf(store.get(name))) }]);
    if (options.json) out(`${JSON.stringify({ schema: 1, model: graph.name, file: options.output, tensors: bound.report, ignored: bound.ignored }, null, 2)}\n`);
    else {
      for (const line of remarks(bound)) err(`${line}\n`);
      out(`${options.output}  ${count(planned.order.length)} tensors, ${count(planned.totalBytes)} bytes\n`);
    }
    return 0;
  } finally {
    opened.close();
  }
}

/** What was done to the tensors, kind by kind, and what was left out. */
function remarks({ report: tensors, ignored }: Bound): readonly string[] {
  const counts = new Map<string, number>();
  for (const { how } of tensors) counts.set(how, (counts.get(how) ?? 0) + 1);
  const done = [...counts].map(([how, tally]) => `${count(tally)} ${how === "" ? "as they are" : how}`);
  return [`bound: ${done.join(", ")}`, ...(ignored.length === 0 ? [] : [`left out by name: ${ignored.slice(0, 3).join(", ")}${ignored.length > 3 ? ` and ${count(ignored.length - 3)} more` : ""}`])];
}
