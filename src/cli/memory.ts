/** `lwmc memory`: who is in memory when, where, and what could be done about it. */
import { problem, usage, type Environment, type ExitCode } from "./environment.ts";
import { reportsOf, type MemoryReport, type MemoryRules } from "./memory/report.ts";
import { opener, type OpenOptions } from "./open.ts";
import { err, out } from "./output.ts";
import { report } from "./report.ts";
import { writeAll, type Piecewise } from "./write.ts";

export interface MemoryCommandOptions extends OpenOptions, MemoryRules {
  readonly json?: boolean;
  readonly svg?: string;
  readonly header?: string;
  readonly offlinePlan?: string;
}

export async function memory(operand: string, options: MemoryCommandOptions, environment: Environment): Promise<ExitCode> {
  const snapshot = await opener(environment).open(operand, options);
  const failed = await report(snapshot.diagnostics, snapshot.source);
  if (snapshot.models.length === 0) {
    if (failed) return 1;
    throw problem(`\`${operand}\` has no model that can be compiled as it stands`);
  }
  const reports = snapshot.models.flatMap((compiled) => reportsOf(compiled, options));
  const files = await filesOf(reports, options, environment);
  if (files.length > 0 && reports.length > 1) {
    throw usage(`there are ${reports.length} plans (${reports.map(({ model, target }) => model.name + (target ? ` on ${target.shown}` : "")).join(", ")}), and a file is for one: name one model, as in \`${operand}#${reports[0].model.name}\`, and one --target`);
  }
  if (files.length > 0) await writeAll(".", files);
  if (options.json) {
    const { memoryData } = await import("./memory/text.ts");
    out(`${JSON.stringify({ schema: 1, models: reports.map(memoryData) }, null, 2)}\n`);
  } else {
    const { memoryText } = await import("./memory/text.ts");
    out(reports.map(memoryText).join("\n"));
    for (const { path } of files) err(`${path} is written\n`);
  }
  return failed || reports.some(({ fits }) => fits === false) ? 1 : 0;
}

async function filesOf(reports: readonly MemoryReport[], options: MemoryCommandOptions, { version }: Environment): Promise<readonly Piecewise[]> {
  const files: Piecewise[] = [];
  const [first] = reports;
  const add = (path: string, make: () => Uint8Array): void => void files.push({ path, chunks: () => [make()] });
  const text = (made: string): Uint8Array => Buffer.from(made);
  if (options.svg !== undefined) {
    const { memorySvg } = await import("./memory/svg.ts");
    add(options.svg, () => text(memorySvg(first)));
  }
  if (options.header !== undefined) {
    const { memoryHeader } = await import("./memory/header.ts");
    add(options.header, () => text(memoryHeader(first, version)));
  }
  if (options.offlinePlan !== undefined) {
    if (first.plan.regions !== undefined && first.plan.regions.length > 1) throw problem("an offline plan is of one memory, and this plan needs several: give --ram with what one has, or another --target");
    const { offlinePlan } = await import("./memory/offline.ts");
    add(options.offlinePlan, () => offlinePlan(first.plan));
  }
  const paths = new Set(files.map(({ path }) => path));
  if (paths.size < files.length) throw usage("each file needs a name of its own");
  return files;
}
