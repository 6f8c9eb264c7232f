/** A picture through the network, in this browser: the runtimes are loaded only here, from beside the page. */
import { ask } from "./ask.ts";
import { button, el } from "./elements.ts";
import { seconds } from "./figures.ts";
import type { Fed, MadeFile, ModelCosts } from "./protocol.ts";
import { RUNTIMES, started, type RuntimeName } from "./runtimes.ts";
import { weights, weightsPicker } from "./weights.ts";

/** Runs that are timed, after the first. */
const RUNS = 10;

let picture: ImageBitmap | undefined;
let runtime: RuntimeName = "tfjs_wasm";

export function runPanel(panel: HTMLElement, model: ModelCosts): void {
  const canvas = el("canvas", { width: "320", height: "320", role: "img", "aria-label": "The picture" });
  const result = el("div", { id: "result", "aria-live": "polite" });
  const choose = el("select", { id: "runtime" }, ...Object.entries(RUNTIMES).map(([name, { title }]) => el("option", { value: name, selected: name === runtime }, title)));
  choose.addEventListener("change", () => (runtime = choose.value as RuntimeName));
  const file = el("input", { type: "file", accept: "image/*", id: "picture" });
  const show = (next: ImageBitmap): void => {
    picture = next;
    const side = Math.min(next.width, next.height);
    canvas.getContext("2d")!.drawImage(next, (next.width - side) / 2, (next.height - side) / 2, side, side, 0, 0, 320, 320);
  };
  file.addEventListener("change", () => file.files?.[0] && void createImageBitmap(file.files[0]).then(show, () => (result.textContent = "that file is no picture that this browser reads")));
  const camera = button("Camera", () => void fromCamera(canvas, show).catch((error: Error) => (result.textContent = `no camera: ${error.message}`)));
  const go = button("Run", () => void run(), { class: "main", id: "run" });
  const run = async (): Promise<void> => {
    go.disabled = true;
    result.replaceChildren(el("p", { class: "quiet" }, "running…"));
    try {
      result.replaceChildren(...(await outcome(model)));
    } catch (error) {
      result.replaceChildren(el("p", { class: "error" }, (error as Error).message));
    }
    go.disabled = false;
  };
  panel.replaceChildren(weightsPicker(), el("div", { class: "bar" }, el("label", {}, "Picture ", file), camera, el("label", {}, "Runtime ", choose), go), el("div", { class: "run" }, canvas, result));
  if (picture) show(picture);
  else void fetch(new URL("picture.png", import.meta.url)).then((answer) => answer.blob()).then(createImageBitmap).then((sample) => picture ?? show(sample));
}

async function fromCamera(canvas: HTMLCanvasElement, show: (picture: ImageBitmap) => void): Promise<void> {
  // browsers show it to secure pages only
  if (!navigator.mediaDevices) throw new Error("it needs a page that comes by https");
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  const video = el("video", { autoplay: true, playsinline: true, muted: true });
  video.srcObject = stream;
  const take = button("Take this picture", () => {
    void createImageBitmap(video).then((taken) => {
      for (const track of stream.getTracks()) track.stop();
      holder.replaceWith(canvas);
      show(taken);
    });
  });
  const holder = el("div", {}, video, take);
  canvas.replaceWith(holder);
  await video.play();
  take.focus();
}

async function outcome(model: ModelCosts): Promise<readonly Node[]> {
  if (!picture) throw new Error("choose a picture first");
  const { title, backend, predicted } = RUNTIMES[runtime];
  const { files, origin, refused } = await ask("make", { model: model.name, backend, toRun: true, weights: weights() });
  if (files.length === 0) throw new Error(refused.join("\n"));
  const { width, height } = picture;
  const pixels = new OffscreenCanvas(width, height).getContext("2d")!;
  pixels.drawImage(picture, 0, 0);
  const rgba = new Uint8Array(pixels.getImageData(0, 0, width, height).data.buffer);
  const { input, outputs, remark } = await ask("feed", { model: model.name, width, height, rgba }, [rgba.buffer]);
  const { name, first, times, results } = await timed(files, input, outputs);
  const middle = [...times].sort((a, b) => a - b)[times.length >> 1];
  const expected = await ask("predict", { model: model.name, runtime: predicted });
  const tables = await Promise.all(results.map((output) => tableOf(model.name, output, results.length > 1)));
  const row = (label: string, value: string, note: string): HTMLElement => el("tr", {}, el("th", { scope: "row" }, label), el("td", { class: "n" }, value), el("td", { class: "wrap" }, note));
  return [
    ...tables,
    el("h3", {}, "Time"),
    el("table", { id: "times" }, el("tbody", {},
      row("measured", seconds(middle / 1000), `median of ${times.length} runs in ${name}, this browser; the first took ${seconds(first / 1000)}`),
      row("predicted", expected?.latency === undefined ? "unknown" : seconds(expected.latency), expected?.latency === undefined ? `the library has no measured costs of ${title}` : [`${expected.title}, ${expected.profile}`, ...expected.doubts.filter((doubt) => doubt.startsWith("Latency")).slice(0, 1)].join("; ")),
    )),
    el("p", { class: "quiet" }, [weights() ? `Weights: ${origin}.` : "The weights are random (seed 0): the classes mean nothing. A safetensors checkpoint gives them a meaning.", remark].filter(Boolean).join(" ")),
  ];
}

async function timed(files: readonly MadeFile[], input: Fed, outputs: readonly { readonly name: string; readonly shape: readonly number[] }[]): Promise<{ readonly name: string; readonly first: number; readonly times: readonly number[]; readonly results: readonly Fed[] }> {
  const network = await started(runtime, files, input, outputs);
  try {
    const clock = async (): Promise<number> => {
      const before = performance.now();
      await network.run();
      return performance.now() - before;
    };
    const first = await clock();
    const times: number[] = [];
    // slow networks are timed for 5 s, at least once
    for (let i = 0, spent = 0; i < RUNS && (i === 0 || spent < 5000); i++) {
      times.push(await clock());
      spent += times[i];
    }
    return { name: network.name, first, times, results: await network.results() };
  } finally {
    await network.dispose();
  }
}

async function tableOf(model: string, output: Fed, named: boolean): Promise<HTMLElement> {
  const top = await ask("rank", { model, output: output.name, values: output.values });
  if (!top) {
    let [min, max] = [Infinity, -Infinity];
    for (const value of output.values) [min, max] = [Math.min(min, value), Math.max(max, value)];
    return el("p", {}, `${output.name} [${output.shape.join(", ")}]: from ${min.toPrecision(5)} to ${max.toPrecision(5)}`);
  }
  const rows = top.map(({ index, name, probability }) => {
    const bar = el("i");
    bar.style.width = `calc(${(100 * probability).toFixed(1)}% - 8px)`;
    return el("tr", {}, el("td", {}, name ?? `class ${index}`), el("td", { class: "n" }, bar, `${(100 * probability).toFixed(1)} %`));
  });
  return el("table", { class: "top", "aria-label": "The likeliest classes" }, el("thead", {}, el("tr", {}, el("th", {}, named ? output.name : "class"), el("th", { class: "n" }, "probability"))), el("tbody", {}, ...rows));
}
