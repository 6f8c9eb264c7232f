/** The module and the graph model in headless Chromium, on wasm and on WebGL: compared with wasm in Node, and trained. */
import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { build } from "esbuild";
import { chromium, type Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { elements } from "../../src/compiler/ir/shape.ts";
import { noise, noisyWeights } from "../onnx/networks.ts";
import { emitFiles, loadTf, runForms, type Files } from "./forms.ts";
import { everything, small } from "./graphs.ts";

const executablePath = process.env.LWM_CHROMIUM ?? "/usr/bin/chromium";
const absent = existsSync(executablePath) ? "" : ` (skipped: needs ${executablePath} or LWM_CHROMIUM)`;
const root = join(import.meta.dirname, "../..");

/** Runs in the page: what the module and the graph model make of one example. */
const page = `import * as tf from "@tensorflow/tfjs";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import * as small from "./Digits.ts";
import * as everything from "./Everything.ts";

globalThis.runNetwork = async (name, backend, values, shape) => {
  setWasmPaths("/wasm/");
  await tf.setBackend(backend);
  await tf.ready();
  if (tf.getBackend() !== backend) throw new Error("no " + backend);
  const x = tf.tensor(values, shape);
  const bytes = new Uint8Array(await (await fetch("/" + name + ".bin")).arrayBuffer());
  const network = { Digits: small, Everything: everything }[name].loadInference(bytes);
  const [inference] = Object.values(network.predict(x));
  const model = await tf.loadGraphModel("/" + name + ".json");
  const graph = model.predict(x);
  return [Array.from(await inference.data()), Array.from(await graph.data())];
};

globalThis.trainNetwork = async (name, backend) => {
  await tf.setBackend(backend);
  const model = { Digits: small, Everything: everything }[name].createModel({ seed: 7 });
  model.compile({ optimizer: tf.train.adam(0.02), loss: "meanSquaredError" });
  const x = tf.randomUniform([4, ...model.inputs[0].shape.slice(1)], -1, 1, "float32", 1);
  const y = tf.randomUniform([4, ...model.outputs[0].shape.slice(1)], -1, 1, "float32", 2);
  const { history } = await model.fit(x, y, { epochs: 6, batchSize: 4, shuffle: false });
  return history.loss;
};`;

describe.skipIf(absent !== "")(`in Chromium${absent}`, () => {
  let browser: Browser;
  let server: Server;
  let origin = "";
  const graphs = [small(), everything()];
  const files = new Map<string, Files>();

  beforeAll(async () => {
    const served = new Map<string, string | Uint8Array>([["/", "<!doctype html><script src=/page.js></script>"]]);
    for (const graph of graphs) {
      const emitted = await emitFiles(graph, noisyWeights(graph));
      files.set(graph.name, emitted);
      served.set(`/${graph.name}.json`, emitted.json).set(`/${graph.name}.bin`, emitted.bin);
    }
    const bundle = await build({
      stdin: { contents: page, resolveDir: root, loader: "ts" },
      bundle: true,
      format: "iife",
      platform: "browser",
      write: false,
      logLevel: "silent",
      plugins: [
        {
          name: "modules",
          setup({ onResolve, onLoad }) {
            onResolve({ filter: /^\.\/(Digits|Everything)\.ts$/ }, ({ path }) => ({ path: path.slice(2, -3), namespace: "emitted" }));
            onLoad({ filter: /./, namespace: "emitted" }, ({ path }) => ({ contents: files.get(path)!.module, loader: "ts", resolveDir: root }));
          },
        },
      ],
    });
    served.set("/page.js", bundle.outputFiles[0].contents);
    server = createServer(({ url = "/" }, response) => {
      const found = url.startsWith("/wasm/") ? readFileSync(join(root, "node_modules/@tensorflow/tfjs-backend-wasm/dist", url.slice(6))) : served.get(url);
      const type = url.endsWith(".wasm") ? "application/wasm" : url.endsWith(".js") ? "text/javascript" : url === "/" ? "text/html" : "application/octet-stream";
      response.writeHead(found ? 200 : 404, { "content-type": type }).end(found);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"] });
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  for (const backend of ["wasm", "webgl"] as const) {
    test(backend, async () => {
      const tf = await loadTf("wasm");
      const tab = await browser.newPage();
      await tab.goto(origin);
      for (const graph of graphs) {
        const [{ name, tensor }] = graph.inputs;
        const [channels, height, width] = tensor.shape!;
        const example = noise(`browser ${graph.name}`, elements(tensor.shape!));
        const { inference } = await runForms(tf, graph, files.get(graph.name)!, [{ [name]: example }]);
        const expected = Object.values(inference)[0];
        const pixels = Array.from({ length: example.length }, (_, i) => example[(i % channels) * height * width + Math.floor(i / channels)]);
        const results = (await tab.evaluate(`runNetwork(${JSON.stringify(graph.name)}, "${backend}", ${JSON.stringify(pixels)}, ${JSON.stringify([1, height, width, channels])})`)) as number[][];
        const scale = expected.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
        for (const found of results) {
          expect(found.length).toBe(expected.length);
          found.forEach((value, i) => expect(Math.abs(value - expected[i]) / scale).toBeLessThan(1e-4));
        }
        const losses = (await tab.evaluate(`trainNetwork(${JSON.stringify(graph.name)}, "${backend}")`)) as number[];
        expect(losses.at(-1)!).toBeLessThan(losses[0] * 0.9);
      }
      await tab.close();
    });
  }
});
