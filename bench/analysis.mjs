/** Warm analysis of EfficientNet-B7 in one process: from its text as just edited to its graph, costs and budgets. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { libraryOf, memoryHost, parse, workspace } from "../dist/index.js";
import { median, option, root } from "./measure.mjs";

const index = JSON.parse(readFileSync(join(root, "dist", "library", "index.json"), "utf8"));
const text = (path) => readFileSync(join(root, "stdlib", path), "utf8");
const library = libraryOf(index, (path) => parse({ uri: `lwm:${path}`, text: text(path) }).file, text);
const source = text("networks/efficientnet.lwm");

const files = workspace(memoryHost({ "b7.lwm": source }), library);
await files.load("b7.lwm");
const parsing = [];
const analysing = [];
for (let i = 0; i < Number(option("rounds", 800)); i++) {
  const start = performance.now();
  await files.edit("b7.lwm", `${source}${" ".repeat(1 + (i % 2))}`);
  const parsed = performance.now();
  const { models } = files.snapshot("b7.lwm", { model: "EfficientNetB7" });
  if (models[0].cost.params !== 66347960) throw new Error("this is not EfficientNet-B7");
  const end = performance.now();
  if (i < 200) continue;
  parsing.push(parsed - start);
  analysing.push(end - parsed);
}
console.log("warm analysis of EfficientNet-B7");
console.log(`  parsing the file: ${median(parsing).toFixed(2)} ms`);
console.log(`  expansion, costs, budgets: ${median(analysing).toFixed(2)} ms`);
