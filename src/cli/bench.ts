/** `lwmc bench`: networks in the runtimes of this machine, and what they take there beside what was predicted. */
import type { BenchResult, Network } from "./bench/result.ts";
import { benchText } from "./bench/text.ts";
import { pageRuntimes } from "./calibrate-page.ts";
import { chosen } from "./calibrate.ts";
import { openSound } from "./emit.ts";
import { usage, type Environment, type ExitCode } from "./environment.ts";
import { onlyModel, type OpenOptions } from "./open.ts";
import { out } from "./output.ts";

export interface BenchOptions extends OpenOptions {
  readonly runtime?: readonly string[];
  readonly browser?: readonly string[] | true;
  readonly runs: number;
  readonly layers: boolean;
  readonly json?: boolean;
}

export async function bench(operands: readonly string[], options: BenchOptions, environment: Environment): Promise<ExitCode> {
  const { runtime, browser, runs, layers, device, json } = options;
  if (browser !== undefined && runtime !== undefined) throw usage("--runtime is for this process and --browser for Chromium: give one of them");
  const here = browser === undefined ? chosen(runtime ?? ["ort_wasm", "tfjs_wasm"]) : [];
  const inChromium = browser === undefined ? [] : pageRuntimes(browser === true ? ["ort_wasm", "tfjs_wasm", "tfjs_webgl"] : browser);
  const networks: Network[] = [];
  for (const operand of operands) {
    const snapshot = await openSound(operand, options, environment);
    if (snapshot === undefined) return 1;
    const { model } = onlyModel(snapshot, operand);
    networks.push({ shown: operands.length === 1 ? model.name : operand, graph: model.graph, targets: model.targets });
  }
  const results: BenchResult[] = [];
  for (const name of here) results.push(...(await (await import("./bench/process.ts")).benchInProcess(name, networks, runs, layers, environment)));
  if (inChromium.length > 0) results.push(...(await (await import("./bench/chromium.ts")).benchInChromium(inChromium, networks, runs, environment)));
  if (device !== undefined && results.every(({ predicted }) => predicted === undefined)) {
    const named = device.map((text) => `\`${text}\``).join(", ");
    throw usage(`${named} has no profile of ${[...here, ...inChromium].join(" or ")} in float32 on one thread to compare with; \`lwmc calibrate\` measures one`);
  }
  out(json ? `${JSON.stringify({ schema: 1, results }, null, 2)}\n` : benchText(results));
  return 0;
}
