/**
 * Emitted ONNX in onnxruntime-web (wasm, one thread) against torchvision's own export of the same network.
 *
 *   python3 bench/export_torchvision.py mobilenet_v2 mobilenet_v2.onnx
 *   node bench/onnx.mjs MobileNetV2 mobilenet_v2.onnx
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as ort from "onnxruntime-web";
import { bin, interleaved, node, option, printRatios } from "./measure.mjs";

const [model, exported] = process.argv.slice(2).filter((word) => !word.startsWith("--"));
if (!exported) throw new Error("usage: node bench/onnx.mjs MODEL EXPORTED.onnx");
ort.env.wasm.numThreads = 1;
ort.env.logLevel = "error";

const work = mkdtempSync(join(tmpdir(), "lwm-bench-"));
try {
  node([bin, "compile", model, "--target", "onnx", "--seed", "1", "-o", work]);
  const runner = async (path) => {
    const session = await ort.InferenceSession.create(readFileSync(path), { executionProviders: ["wasm"] });
    const [input] = session.inputMetadata;
    const shape = input.shape.map((side) => (typeof side === "number" ? side : 1));
    const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i));
    const feeds = { [input.name]: new ort.Tensor("float32", values, shape) };
    for (let i = 0; i < 5; i++) await session.run(feeds);
    return () => session.run(feeds);
  };
  const times = await interleaved(Number(option("pairs", 50)), {
    "torchvision's export": await runner(exported),
    "lwmc's": await runner(join(work, `${model.match(/^\w+/)[0]}.onnx`)),
  });
  printRatios(`${model} in onnxruntime-web ${ort.env.versions.web ?? ""}, one thread`, times);
} finally {
  rmSync(work, { recursive: true, force: true });
}
