/**
 * A sweep over MobileNetV2's width and resolution on one thread: how many distinct networks are analysed a second. Networks are distinct if their layers'
 * shapes are; settings that round to the same channels count once. Every network is analysed by itself: parameters, MACs, FLOPs, weights, activations.
 *
 * First in a fresh process, warm-up included, as the command runs it; then again and again. Before it ends, networks drawn at random are expanded and
 * analysed on their own and compared, and their layers' shapes are counted.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { libraryOf, memoryHost, networks, parse, steps, workspace } from "../dist/index.js";
import { median, option, root } from "./measure.mjs";

const index = JSON.parse(readFileSync(join(root, "dist", "library", "index.json"), "utf8"));
const text = (path) => readFileSync(join(root, "stdlib", path), "utf8");
const files = workspace(memoryHost({ "net.lwm": "model Net = MobileNetV2()" }), libraryOf(index, (path) => parse({ uri: `lwm:${path}`, text: text(path) }).file, text));
await files.load("net.lwm");
const { model } = files.snapshot("net.lwm").models[0];

const axes = [
  { name: "width", values: steps(0.25, 1.4, 0.01) },
  { name: "resolution", values: steps(64, 320, 2) },
];

const rates = [];
let all = [];
for (let round = 0; round < Number(option("rounds", 9)); round++) {
  const start = performance.now();
  const distinct = new Set();
  all = [];
  for (const network of networks(model, axes)) {
    const { values, figures } = network;
    const fingerprint = network.fingerprint();
    distinct.add(fingerprint);
    all.push({ values, figures, fingerprint });
  }
  const seconds = (performance.now() - start) / 1000;
  rates.push(distinct.size / seconds);
  if (round === 0) console.log(`${all.length} settings, ${distinct.size} distinct networks; the first time, in ${seconds.toFixed(2)} s: ${Math.round(rates[0])} distinct networks a second`);
}
console.log(`warm: ${Math.round(median(rates.slice(1)))} distinct networks a second (median of ${rates.length - 1})`);

const sample = Array.from({ length: Number(option("sample", 300)) }, (_, i) => all[(i * 7919) % all.length]);
const shapes = new Set();
const prints = new Set();
for (const network of sample) {
  const width = network.values.width;
  const resolution = network.values.resolution;
  await files.edit("net.lwm", `model Net = MobileNetV2(width=${width}, resolution=${resolution})`);
  const compiled = files.snapshot("net.lwm").models[0];
  for (const figure of ["params", "macs", "flops", "weights", "activations"]) {
    if (compiled.cost[figure] !== network.figures[figure]) throw new Error(`${figure} at ${width}, ${resolution}: ${network.figures[figure]}, by itself ${compiled.cost[figure]}`);
  }
  shapes.add(compiled.cost.layers.map(({ outputs }) => outputs.join()).join(";"));
  prints.add(network.fingerprint);
}
if (shapes.size !== prints.size) throw new Error(`${shapes.size} networks by their layers' shapes, ${prints.size} by their fingerprints`);
console.log(`${sample.length} of them expanded by themselves: the same figures, and ${shapes.size} distinct by their layers' shapes as by their fingerprints`);
