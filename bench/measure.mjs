/** Interleaved pairs and their medians: what varies with the machine's load varies for both sides alike. */
import { spawnSync } from "node:child_process";
import { performance } from "node:perf_hooks";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..");
export const bin = join(root, "bin", "lwmc.cjs");

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/**
 * Milliseconds of each side, one after the other, `pairs` times; the order alternates. `sides` maps names to functions, async or not; `timed` gives the
 * time of one.
 */
export async function interleaved(pairs, sides, timed = once) {
  const names = Object.keys(sides);
  const times = Object.fromEntries(names.map((name) => [name, []]));
  for (let i = 0; i < pairs; i++) {
    for (const name of i % 2 === 0 ? names : names.toReversed()) {
      times[name].push(await timed(sides[name]));
    }
  }
  return times;
}

async function once(side) {
  const start = performance.now();
  await side();
  return performance.now() - start;
}

/** Three runs of a side to warm its caches, then fifteen; milliseconds, their median. */
export async function block(side) {
  await interleaved(3, { side });
  return median((await interleaved(15, { side })).side);
}

/** Prints each side's median, and the median of the ratios of the pairs to the first. */
export function printRatios(title, times, pairs = "pairs") {
  const [first, ...others] = Object.keys(times);
  console.log(title);
  console.log(`  ${first}: ${median(times[first]).toFixed(2)} ms`);
  for (const name of others) {
    const ratio = median(times[name].map((time, i) => time / times[first][i]));
    console.log(`  ${name}: ${median(times[name]).toFixed(2)} ms, ${ratio.toFixed(2)} × ${first}`);
  }
  console.log(`  ${times[first].length} ${pairs}`);
}

/** Runs Node to its end; its output is thrown away. */
export function node(args, options = {}) {
  const { status, stderr } = spawnSync(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"], encoding: "utf8", ...options });
  if (status !== 0) throw new Error(`node ${args.join(" ")}: ${stderr}`);
}

/** The number behind `--name=` on the command line. */
export function option(name, otherwise) {
  const given = process.argv.find((word) => word.startsWith(`--${name}=`));
  return given === undefined ? otherwise : given.slice(name.length + 3);
}
