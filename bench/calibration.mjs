/**
 * How well a calibrated machine predicts itself: `lwmc calibrate`, then ten library networks at three resolutions that it did not see, in
 * onnxruntime-web and TensorFlow.js on wasm, one thread. Times are 10th percentiles of runs in turns, relative to anchor networks in the same turns.
 *
 *   node bench/calibration.mjs [--runs=60] [--seconds=40] [--runtime=ort_wasm,tfjs_wasm]
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { bin, option } from "./measure.mjs";

const networks = [
  "MobileNetV1(", "MobileNetV1(width=0.5, ", "MobileNetV2(", "MobileNetV2(width=0.5, ", "MobileNetV3Large(", "MobileNetV3Small(", "MobileNetV3LargeMinimalistic(", "SqueezeNet11(", "EfficientNetB0(", "EfficientNetLite0(",
];
const resolutions = [96, 192, 224];
const runtimes = option("runtime", "ort_wasm,tfjs_wasm").split(",");
const work = mkdtempSync(join(tmpdir(), "lwm-bench-"));

function lwmc(args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], { encoding: "utf8", maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`lwmc ${args.join(" ")}: ${stderr}`);
  return stdout;
}

const percent = (share) => `${share < 0 ? "−" : "+"}${(100 * Math.abs(share)).toFixed(1)} %`;

try {
  const host = join(work, "host.lwm");
  console.log(`load average ${loadavg()[0].toFixed(1)}; networks: milliseconds measured, predicted, error`);
  for (const runtime of runtimes) {
    const started = Date.now();
    console.log(`\n${lwmc(["calibrate", "-o", host, "--runtime", runtime, "--seconds", option("seconds", "40")]).trimEnd().split("\n").slice(0, -1).join("\n")}`);
    const calibrated = Date.now();
    const calls = resolutions.flatMap((resolution) => networks.map((network) => `${network}resolution=${resolution})`));
    const { results } = JSON.parse(lwmc(["bench", ...calls, "--runtime", runtime, "--target", `${host}#host`, "--runs", option("runs", "60"), "--no-layers", "--json"]));
    const errors = results.map(({ tenth, predicted }) => predicted.seconds / tenth - 1);
    for (const [i, { model, tenth, predicted }] of results.entries()) {
      console.log(`  ${model.padEnd(50)} ${(1e3 * tenth).toFixed(2).padStart(8)} ${(1e3 * predicted.seconds).toFixed(2).padStart(8)}  ${percent(errors[i])}`);
    }
    const sizes = errors.map(Math.abs);
    console.log(`  mean error ${(100 * sizes.reduce((a, b) => a + b, 0) / sizes.length).toFixed(1)} %, at most ${(100 * Math.max(...sizes)).toFixed(1)} %, within 10 %: ${sizes.filter((e) => e <= 0.1).length} of ${sizes.length}`);
    console.log(`  the anchors took ${results[0].predicted.anchor.toFixed(2)} times what was predicted for them; calibrated in ${((calibrated - started) / 1000).toFixed(0)} s, run in ${((Date.now() - calibrated) / 1000).toFixed(0)} s`);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
