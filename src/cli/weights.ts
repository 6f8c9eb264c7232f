/** `lwmc weights bind`: a foreign checkpoint under the language's own names and layouts. */
import { bytesOf, chunks, plan } from "../backends/weights/safetensors.ts";
import { bind } from "../backends/weights/bind.ts";
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
    out(`${options.output}  ${count(planned.order.length)} tensors, ${count(planned.totalBytes)} bytes\n`);
    err(`every weight of ${graph.name} has its source\n`);
    return 0;
  } finally {
    opened.close();
  }
}
