/** Networks in the runtimes of Chromium, one after the other, each beside the anchor where a device was measured with it. */
import type { Graph } from "../compiler/ir/graph.ts";
import { profileFor, resultOf, type BenchResult, type Network } from "./bench-result.ts";
import { compiler } from "./calibrate.ts";
import { problem, type Environment } from "./environment.ts";
import { ANCHOR } from "./measure/calibration.ts";
import { emitted } from "./measure/emitted.ts";
import { tenth } from "./measure/timing.ts";
import { chromium, type PageTimes } from "./runtime-chromium.ts";
import { PAGE_BACKEND, type PageRuntime } from "./runtime-page.ts";

/** Seconds of runs before the timed ones, in which Chromium replaces its first, slower compilation. */
const SETTLE = 1;

export async function benchInChromium(names: readonly PageRuntime[], networks: readonly Network[], runs: number, environment: Environment): Promise<readonly BenchResult[]> {
  const browser = await chromium(names, environment);
  const [anchorGraph] = await compiler(environment)(`model Anchor = ${ANCHOR}`);
  const run = async (name: PageRuntime, graph: Graph): Promise<PageTimes> => {
    const { artifacts, diagnostics } = await emitted(PAGE_BACKEND[name], graph);
    if (diagnostics.length > 0) throw problem(diagnostics[0].message);
    return browser.bench(name, artifacts, graph.inputs.map(({ name: input, tensor }) => ({ name: input, shape: tensor.shape! })), runs, SETTLE);
  };
  try {
    const results: BenchResult[] = [];
    for (const name of names) {
      for (const network of networks) {
        const target = profileFor(name, network.targets);
        const { name: runtime, times, start, first } = await run(name, network.graph);
        const anchor = target?.anchor === undefined ? undefined : tenth((await run(name, anchorGraph)).times);
        results.push(resultOf(name, network, target, { runtime: `${runtime}, Chromium`, times, start, first, memory: undefined, anchor, layers: undefined }));
      }
    }
    return results;
  } finally {
    await browser.close();
  }
}
