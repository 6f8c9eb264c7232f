/** EfficientNet-B7 from safetensors to a folded ONNX file, against a Node process that reads and writes as many bytes; and what both hold in memory. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bin, interleaved, median, node, option, printRatios } from "./measure.mjs";

const work = mkdtempSync(join(option("folder", tmpdir()), "lwm-bench-"));
const copy = `
const { openSync, readSync, writeSync, closeSync } = require("fs");
const from = openSync(process.argv[1]), to = openSync(process.argv[2], "w"), part = Buffer.alloc(1 << 22);
for (let got; (got = readSync(from, part)) > 0; ) writeSync(to, part, 0, got);
closeSync(to);
`;

/** The peak of resident memory in MiB, as the system counts it. */
function residentPeak(args) {
  const { stderr } = spawnSync("/usr/bin/time", ["-f", "%M", process.execPath, ...args], { stdio: ["ignore", "ignore", "pipe"], encoding: "utf8" });
  return Number(stderr.trim().split("\n").at(-1)) / 1024;
}

try {
  node([bin, "compile", "EfficientNetB7", "--target", "tfjs", "--seed", "1", "-o", work]);
  const weights = join(work, "EfficientNetB7.safetensors");
  const compile = [bin, "compile", "EfficientNetB7", "--target", "onnx", "--weights", weights, "-o", join(work, "onnx")];
  const copying = ["-e", copy, weights, join(work, "copy")];
  const times = await interleaved(Number(option("pairs", 30)), { "read and write": () => node(copying), "lwmc compile": () => node(compile) });
  console.log(`${statSync(weights).size.toLocaleString("en")} bytes of weights, ${statSync(join(work, "onnx", "EfficientNetB7.onnx")).size.toLocaleString("en")} of ONNX`);
  printRatios("EfficientNet-B7, safetensors to folded ONNX", times);
  const peaks = (args) => median([1, 2, 3, 4, 5].map(() => residentPeak(args)));
  const idle = peaks(["-e", "0"]);
  console.log(`  peak memory: idle ${idle.toFixed(0)} MiB, lwmc compile ${(peaks(compile) - idle).toFixed(0)} MiB more, read and write ${(peaks(copying) - idle).toFixed(0)} MiB more`);
} finally {
  rmSync(work, { recursive: true, force: true });
}
