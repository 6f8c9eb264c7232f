/** `npm run demo`: the library's networks, their costs beside the published ones, and both backends on a picture. */
import { initialStore } from "../backends/weights/initial.ts";
import { grouped, short } from "../compiler/analyse/format-figures.ts";
import { backendNames } from "../workspace/backends.ts";
import { artifacts } from "./emit.ts";
import type { Environment, ExitCode } from "./environment.ts";
import { pictureFeed } from "./runtimes/feeds.ts";
import { table } from "./figures.ts";
import { onlyModel, opener } from "./open.ts";
import { out } from "./output.ts";
import { published } from "./published.ts";
import { report } from "./report.ts";
import { agree, TOLERANCE } from "./verify.ts";

export async function demo(picture: string, environment: Environment): Promise<ExitCode> {
  const { open } = opener(environment);
  const networks = [];
  for (const facts of published) {
    const snapshot = await open(facts.model);
    if (await report(snapshot.diagnostics, snapshot.source)) return 1;
    networks.push({ facts, snapshot, compiled: onlyModel(snapshot, facts.model) });
  }
  out("What the library's networks cost, computed without running them, beside what others publish\n\n");
  const rows = networks.map(({ facts, compiled: { model, cost } }) => [facts.model, model.reading ?? "", grouped(cost.params), facts.params, grouped(cost.macs), facts.macs, facts.source]);
  out(table([["network", "reading", "params", "published", "MACs", "published", "by"], ...rows], [2, 3, 4, 5]));

  out(`\nBoth backends, and whether they agree on ${picture} (random weights, within ${TOLERANCE} of the largest logit)\n\n`);
  let sound = true;
  for (const { snapshot, compiled } of networks) {
    const { graph } = compiled.model;
    const store = initialStore(graph, 1);
    const sizes: string[] = [];
    for (const name of backendNames) {
      const made = await artifacts(snapshot, compiled, store, name, {});
      if (made === undefined) return 1;
      sizes.push(`${name} ${short(made.reduce((sum, { bytes }) => sum + bytes, 0))}B`);
    }
    const agreement = await agree(snapshot, compiled, store, [await pictureFeed(graph, picture)]);
    if (agreement === undefined) return 1;
    sound &&= agreement.agree;
    const worst = Math.max(...agreement.differences.map(({ relative }) => relative)).toExponential(1);
    const verdict = agreement.agree ? `agree (${worst})` : `DISAGREE (${worst})${agreement.firstLayer ? ` from ${agreement.firstLayer.path}` : ""}`;
    out(`${graph.name.padEnd(30)}${sizes.join(", ").padEnd(34)}${verdict}\n`);
  }
  return sound ? 0 : 1;
}
