/** Networks in the runtimes of Chromium, one after the other, and after them the anchors where a device was measured with them. */
import type { Graph } from "../../compiler/ir/graph.ts";
import { anchorText, profileFor, resultOf, slowdown, type BenchResult, type Network } from "./result.ts";
import { compiler } from "../calibrate.ts";
import { problem, type Environment } from "../environment.ts";
import { emitted } from "../measure/emitted.ts";
import { tenth } from "../measure/timing.ts";
import { chromium, type PageTimes } from "../runtimes/chromium.ts";
import { PAGE_BACKEND, type PageRuntime } from "../runtimes/page.ts";

/** Seconds of runs before the timed ones, in which Chromium replaces its first, slower compilation. */
const SETTLE = 1;

export async function benchInChromium(names: readonly PageRuntime[], networks: readonly Network[], runs: number, environment: Environment): Promise<readonly BenchResult[]> {
  const browser = await chromium(names, environment);
  const run = async (name: PageRuntime, graph: Graph): Promise<PageTimes> => {
    const { artifacts, diagnostics } = await emitted(PAGE_BACKEND[name], graph);
    if (diagnostics.length > 0) throw problem(diagnostics[0].message);
    return browser.bench(name, artifacts, graph.inputs.map(({ name: input, tensor }) => ({ name: input, shape: tensor.shape! })), runs, SETTLE);
  };
  try {
    const results: BenchResult[] = [];
    for (const name of names) {
      const found: PageTimes[] = [];
      for (const { graph } of networks) found.push(await run(name, graph));
      const compared = networks.map(({ targets }) => profileFor(name, targets));
      const anchored = compared.find((target) => target && target.anchors.length > 0);
      const anchors = await compiler(environment)(anchorText(anchored?.anchors ?? []));
      const now: number[] = [];
      for (const graph of anchors) now.push(tenth((await run(name, graph)).times));
      for (const [i, network] of networks.entries()) {
        const { name: runtime, times, start, first } = found[i];
        const scale = anchored && compared[i]?.shown === anchored.shown ? slowdown(name, anchored, anchors, now) : undefined;
        results.push(resultOf(name, network, compared[i], { runtime: `${runtime}, Chromium`, times, start, first, memory: undefined, slowdown: scale, layers: undefined }));
      }
    }
    return results;
  } finally {
    await browser.close();
  }
}
