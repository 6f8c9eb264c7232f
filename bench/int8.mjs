/**
 * A network on 8-bit integers against the same in float32, in onnxruntime-node on one thread, each for a while before the other's turn: a network in
 * use runs again and again, and finds its weights in the caches. Seeded pictures serve for calibration: values do not change the time.
 *
 *   node bench/int8.mjs MobileNetV2 [--blocks=12]
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PNG } from "pngjs";
import * as ort from "onnxruntime-node";
import { bin, block, interleaved, node, option, printRatios } from "./measure.mjs";

const models = process.argv.slice(2).filter((word) => !word.startsWith("--"));
if (models.length === 0) throw new Error("usage: node bench/int8.mjs MODEL...");
const flags = readFileSync("/proc/cpuinfo", "utf8").match(/\b(avx2|avx512_vnni|avx_vnni)\b/g) ?? [];
console.log(`${[...new Set(flags)].join(", ") || "no AVX2"}; 8-bit products are fast where the processor has VNNI`);

const work = mkdtempSync(join(tmpdir(), "lwm-bench-"));
try {
  mkdirSync(join(work, "pictures"));
  for (let i = 0; i < 2; i++) {
    const png = new PNG({ width: 224, height: 224 });
    png.data.forEach((_, at) => (png.data[at] = at % 4 === 3 ? 255 : Math.floor(128 + 127 * Math.sin((i + 1) * at))));
    writeFileSync(join(work, "pictures", `${i}.png`), PNG.sync.write(png));
  }
  for (const model of models) {
    const runner = async (folder, args) => {
      node([bin, "compile", model, "--target", "onnx", "--seed", "1", "-o", join(work, folder), ...args]);
      const session = await ort.InferenceSession.create(join(work, folder, `${model.match(/^\w+/)[0]}.onnx`), { intraOpNumThreads: 1, interOpNumThreads: 1 });
      const [{ name, shape }] = session.inputMetadata;
      const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i));
      const feeds = { [name]: new ort.Tensor("float32", values, shape) };
      return () => session.run(feeds);
    };
    const times = await interleaved(Number(option("blocks", 12)), {
      float32: await runner("float32", []),
      int8: await runner("int8", ["--precision", "int8", "--calibrate", join(work, "pictures")]),
      "int8, 7-bit kernels": await runner("reduced", ["--precision", "int8", "--reduce-range", "--calibrate", join(work, "pictures")]),
    }, block);
    printRatios(`${model} in onnxruntime-node, one thread`, times, "blocks of 15 runs");
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
