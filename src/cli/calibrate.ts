/** `lwmc calibrate`: what the kernels of light networks cost on this machine, as a device file. */
import { cpus } from "node:os";
import { memoryHost } from "../workspace/host.ts";
import { workspace } from "../workspace/workspace.ts";
import { initialStore } from "../backends/weights/initial.ts";
import type { Graph } from "../compiler/ir/graph.ts";
import { problem, usage, type Environment, type ExitCode } from "./environment.ts";
import { seededFeed } from "./runtimes/feeds.ts";
import { calibrate as calibrateRuntime, type Loaded } from "./measure/calibration.ts";
import { deviceFile, deviceName, type MeasuredProfile } from "./measure/device-file.ts";
import { emitted } from "./measure/emitted.ts";
import { CLOCK_NOTE, processClock, SHORTEST } from "./measure/process-clock.ts";
import { err, isTerminal, out } from "./output.ts";
import { BACKEND_OF, RUNTIME_NAMES, runtimeNamed, type RuntimeName } from "./runtimes/index.ts";
import type { Runtime } from "./runtimes/runtime.ts";
import { writeAll } from "./write.ts";

export interface CalibrateOptions {
  readonly runtime?: readonly string[];
  readonly output?: string;
  readonly page?: string;
  readonly seconds: number;
  readonly json?: boolean;
}

export async function calibrate(options: CalibrateOptions, environment: Environment): Promise<ExitCode> {
  if ((options.output === undefined) === (options.page === undefined)) throw usage("calibrate needs one of -o, the device file to write, and --page, the page to write for browsers");
  if (options.page !== undefined) return (await import("./calibrate-page.ts")).calibratePage(options.page, options.runtime ?? ["ort_wasm", "tfjs_wasm", "tfjs_webgl"], environment);
  const path = options.output!;
  if (!path.endsWith(".lwm")) throw usage(`\`-o ${path}\`: a device file ends in .lwm, as in my-host.lwm`);
  const names = chosen(options.runtime ?? ["ort_wasm", "tfjs_wasm"]);
  const profiles: MeasuredProfile[] = [];
  for (const [i, name] of names.entries()) profiles.push(await measured(name, `${name}${names.length > 1 ? ` (${i + 1} of ${names.length})` : ""}`, options.seconds, environment));
  const host = {
    name: deviceName(path),
    title: `${processor()}, Node ${process.versions.node}, ${process.platform} ${process.arch}`,
    family: "host" as const,
    date: new Date().toISOString().slice(0, 10),
    profiles,
  };
  const bytes = new TextEncoder().encode(deviceFile(host));
  await writeAll(".", [{ path, chunks: () => [bytes] }]);
  if (options.json) out(`${JSON.stringify({ schema: 1, file: path, device: host.name, title: host.title, profiles: profiles.map(profileData) }, null, 2)}\n`);
  else {
    for (const profile of profiles) out(profileText(profile));
    out(`${path}: ${host.name}. Price a network with \`lwmc check FILE --target '${path}#${host.name}'\`, run it with \`lwmc bench FILE --target '${path}#${host.name}'\`\n`);
    err(`${CLOCK_NOTE}\n`);
  }
  return 0;
}

/** The runtimes that a command line names: `all`, or any of them. */
export function chosen(given: readonly string[]): readonly RuntimeName[] {
  const names = given.flatMap((name) => (name === "all" ? RUNTIME_NAMES : [name]));
  const unknown = names.find((name) => !(RUNTIME_NAMES as readonly string[]).includes(name));
  if (unknown !== undefined) throw usage(`unknown runtime \`${unknown}\` (known: ${RUNTIME_NAMES.join(", ")}, all)`);
  return [...new Set(names)] as readonly RuntimeName[];
}

async function measured(name: RuntimeName, shown: string, seconds: number, environment: Environment): Promise<MeasuredProfile> {
  const bar = progressBar(shown);
  let called = "";
  const calibration = await calibrateRuntime({
    kernels: name,
    compile: compiler(environment),
    load: async (graph) => {
      const loaded = await loadFor(name, graph);
      called = loaded.name;
      return loaded;
    },
    clock: processClock,
    shortest: SHORTEST,
    seconds,
    progress: bar.show,
  });
  bar.end();
  return { runtime: runtimeText(called), kernels: name, backend: BACKEND_OF[name], calibration };
}

/** Models of texts that stand on the library alone. */
export function compiler(environment: Environment): (text: string) => Promise<readonly Graph[]> {
  return async (text) => {
    const files = workspace(memoryHost({ "measure.lwm": text }), environment.library());
    await files.load("measure.lwm");
    const { models, diagnostics } = files.snapshot("measure.lwm");
    const wrong = diagnostics.find(({ severity }) => severity === "error");
    if (wrong) throw problem(`a network to measure with does not compile: ${wrong.message}`);
    return models.map(({ model }) => model.graph);
  };
}

/** A network in a runtime, on values from a seed. */
export async function loadFor(name: RuntimeName, graph: Graph, store = initialStore(graph, 0)): Promise<Loaded & { readonly name: string }> {
  const { artifacts, diagnostics } = await emitted(BACKEND_OF[name], graph, store);
  if (diagnostics.length > 0) throw problem(diagnostics[0].message);
  const loaded: Runtime = await runtimeNamed(name, graph, artifacts);
  const prepared = loaded.prepare(seededFeed(graph, 0, 0));
  return {
    name: loaded.name,
    run: prepared.run,
    dispose: async () => {
      prepared.dispose();
      await loaded.dispose();
    },
  };
}

/** `onnxruntime-web 1.30.0, wasm` */
export function runtimeText(name: string): string {
  return name.replace(/ \((.*), one thread\)$/, ", $1");
}

function processor(): string {
  return (cpus()[0]?.model ?? process.arch).replaceAll(/\s+/g, " ").replace(/ @.*$/, "").trim();
}

/** One line on stderr: redrawn on a terminal, else written once. */
function progressBar(title: string): { readonly show: (done: number, what: string) => void; readonly end: () => void } {
  const live = isTerminal("stderr");
  if (!live) err(`${title}: calibrating\n`);
  let drawn = "";
  return {
    show(done, what) {
      if (!live) return;
      const filled = Math.round(30 * done);
      const line = `\r${title}: ${"█".repeat(filled)}${"░".repeat(30 - filled)} ${String(Math.round(100 * done)).padStart(3)} % ${what}`;
      if (line !== drawn) err((drawn = line));
    },
    end: () => live && err(`\r${" ".repeat(drawn.length)}\r`),
  };
}

function profileText({ runtime, calibration }: MeasuredProfile): string {
  const { error, heldOut, fusions, rounds, benchmarks } = calibration;
  const saved = fusions.map(({ op, saved: share }) => `${op} ${Math.round(100 * Math.min(1, Math.max(0, share)))} %`);
  const lines = [
    `${runtime}: ${benchmarks} benchmarks, ${rounds} rounds`,
    `  off by ${(100 * error.mean).toFixed(1)} % on average and ${(100 * error.max).toFixed(1)} % at worst on networks that had no part in the fit:`,
    ...heldOut.map(({ model, seconds, predicted }) => `    ${model}: ${(1e3 * seconds).toFixed(2)} ms, predicted ${(1e3 * predicted).toFixed(2)}`),
    `  saved after a convolution, as part of it: ${saved.join(", ")}`,
  ];
  return `${lines.join("\n")}\n`;
}

function profileData({ runtime, kernels, calibration: { call, costs, fits, fusions, anchor, heldOut, error, rounds, benchmarks } }: MeasuredProfile): object {
  return { runtime, kernels, benchmarks, rounds, error, anchor, held_out: heldOut, fusions, call, fits, costs };
}
