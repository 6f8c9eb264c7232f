/** What runs in the page that `lwmc calibrate --page` writes: the compiler, the benchmarks, and the form around them. Built into one script. */
import type { Artifact } from "../../backends/artifact.ts";
import type { Graph } from "../../compiler/ir/graph.ts";
import { parse } from "../../compiler/syntax/parse.ts";
import { memoryHost } from "../../workspace/host.ts";
import { libraryOf, type Library, type LibraryIndex } from "../../workspace/library.ts";
import { workspace } from "../../workspace/workspace.ts";
import { PAGE_BACKEND, pageRuntime, type PageInput, type PageRuntime } from "../runtimes/page.ts";
import { calibrate, type Loaded } from "./calibration.ts";
import { deviceFile, type MeasuredProfile } from "./device-file.ts";
import { emitted } from "./emitted.ts";
import { interleaved, type Clock } from "./timing.ts";

/** The standard library as the page carries it. */
export interface PageLibrary {
  readonly index: LibraryIndex;
  readonly texts: Readonly<Record<string, string>>;
}

const RUNTIMES = new URL("lwm-runtimes/", location.href).href;
/** Clocks of pages that are not isolated tick ten thousand times a second. */
const SHORTEST = 5e-3;
const clock: Clock = () => [performance.now() / 1000];

function library(): Library {
  const { index, texts } = JSON.parse(document.getElementById("library")!.textContent!) as PageLibrary;
  return libraryOf(index, (path) => (texts[path] === undefined ? undefined : parse({ uri: `lwm:${path}`, text: texts[path] }).file), (path) => texts[path]);
}

async function compile(text: string): Promise<readonly Graph[]> {
  const files = workspace(memoryHost({ "measure.lwm": text }), library());
  await files.load("measure.lwm");
  const { models, diagnostics } = files.snapshot("measure.lwm");
  const wrong = diagnostics.find(({ severity }) => severity === "error");
  if (wrong) throw new Error(`a benchmark does not compile: ${wrong.message}`);
  return models.map(({ model }) => model.graph);
}

async function measured(name: PageRuntime, seconds: number, only: ReadonlySet<string> | undefined, progress: (done: number, what: string) => void): Promise<MeasuredProfile> {
  let runtime = "";
  const calibration = await calibrate({
    kernels: name,
    compile,
    async load(graph): Promise<Loaded> {
      const { artifacts, diagnostics } = await emitted(PAGE_BACKEND[name], graph);
      if (diagnostics.length > 0) throw new Error(diagnostics[0].message);
      const network = await pageRuntime(name, RUNTIMES, artifacts, graph.inputs.map(({ name: input, tensor }) => ({ name: input, shape: tensor.shape! })));
      runtime = network.name;
      return network;
    },
    clock,
    shortest: SHORTEST,
    seconds,
    ...(only ? { only } : {}),
    async progress(done, what) {
      progress(done, what);
      await new Promise((resolve) => setTimeout(resolve));
    },
  });
  return { runtime, kernels: name, backend: PAGE_BACKEND[name], calibration };
}

/** The browser and its system, in a few words. */
function title(): string {
  const [, browser, version] = /(Firefox|Edg|OPR|Chrome|Version)\/(\d+)/.exec(navigator.userAgent) ?? ["", "Browser", ""];
  const system = /\(([^;)]+)(?:;\s*([^;)]+))?/.exec(navigator.userAgent);
  return [`${browser === "Version" ? "Safari" : browser} ${version}`, system?.[2]?.trim() ?? system?.[1], `${navigator.hardwareConcurrency} cores`].filter(Boolean).join(", ");
}

interface PageRequest {
  readonly runtimes: readonly PageRuntime[];
  readonly seconds: number;
  readonly only?: readonly string[];
}

/** Calibrates, and returns the text of the device file. */
async function calibratePage({ runtimes, seconds, only }: PageRequest, progress: (done: number, what: string) => void = () => {}): Promise<string> {
  const profiles: MeasuredProfile[] = [];
  for (const [i, name] of runtimes.entries()) {
    profiles.push(await measured(name, seconds, only && new Set(only), (done, what) => progress((i + done) / runtimes.length, `${name}: ${what}`)));
  }
  return deviceFile({ name: "my_browser", title: title(), family: "browser", date: new Date().toISOString().slice(0, 10), profiles });
}

interface PageBench {
  readonly runtime: PageRuntime;
  /** The network's files, and where they are. */
  readonly files: readonly { readonly path: string; readonly url: string }[];
  readonly inputs: readonly PageInput[];
  readonly runs: number;
  readonly settle: number;
}

/** Runs an emitted network; its times in seconds. */
async function benchPage({ runtime, files, inputs, runs, settle }: PageBench): Promise<object> {
  const artifacts: Artifact[] = [];
  for (const { path, url } of files) {
    const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
    artifacts.push({ path, bytes: bytes.length, chunks: () => [bytes] });
  }
  const begun = performance.now();
  const network = await pageRuntime(runtime, RUNTIMES, artifacts, inputs);
  const ready = performance.now();
  await network.run();
  const first = performance.now();
  const [times] = await interleaved([network], { warmups: 3, settle, seconds: 0, least: runs, most: runs, shortest: SHORTEST, clock });
  await network.dispose();
  return { name: network.name, times, start: (ready - begun) / 1000, first: (first - ready) / 1000 };
}

function form(): void {
  const element = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;
  if (location.protocol === "file:") element("note").textContent = "This page has to come from a server: `npx http-server` or `python3 -m http.server` in its folder, then open it at http://localhost.";
  element<HTMLButtonElement>("start").onclick = async () => {
    const button = element<HTMLButtonElement>("start");
    const runtimes = [...document.querySelectorAll<HTMLInputElement>("input[name=runtime]:checked")].map(({ value }) => value as PageRuntime);
    button.disabled = true;
    element("result").hidden = true;
    try {
      const text = await calibratePage({ runtimes, seconds: Number(element<HTMLInputElement>("seconds").value) }, (done, what) => {
        element<HTMLProgressElement>("progress").value = done;
        element("note").textContent = `${Math.round(100 * done)} %, ${what}`;
      });
      element("note").textContent = "Done.";
      element("file").textContent = text;
      const link = element<HTMLAnchorElement>("download");
      link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
      element("result").hidden = false;
    } catch (error) {
      element("note").textContent = `It stopped: ${error instanceof Error ? error.message : String(error)}`;
    }
    button.disabled = false;
  };
}

Object.assign(globalThis, { lwmCalibrate: calibratePage, lwmBench: benchPage });
if (document.getElementById("start")) form();
