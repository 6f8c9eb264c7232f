/**
 * The demonstration: the library's networks with both backends, and, where reference data lies beside the repository, trained
 * networks on photographs.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const shared = process.env.LWM_SHARED ?? join(root, "..", "shared");

function lwmc(...args) {
  const { status } = spawnSync(process.execPath, [join(root, "bin", "lwmc.cjs"), ...args], { stdio: "inherit" });
  if (status !== 0) process.exitCode = 1;
}

lwmc("demo", join(root, "examples", "picture.png"));

const trained = [
  ["MobileNetV1(width=0.25)", "mobilenet_v1_0.25_224-keras"],
  ["MobileNetV2(reading=tf_slim)", "mobilenet_v2_1.0_224-coral"],
  ["MobileNetV3LargeMinimalistic(reading=tf_slim)", "mobilenet_v3_large_minimalistic_224-tflite"],
  ["SqueezeNet11", "squeezenet1.1-onnxzoo"],
].map(([model, folder]) => [model, join(shared, "weights", folder, "model.safetensors")]);

if (!existsSync(shared)) console.log("\nTrained networks on photographs: left out, there is no ../shared");
else {
  console.log("\nTrained networks on photographs\n");
  for (const [model, weights] of trained) {
    for (const runtime of ["onnx", "tfjs"]) {
      console.log(`${model}, ${runtime}:`);
      lwmc("run", model, "--weights", weights, "--image", join(shared, "photos", "dog_segmentation.png"), "--runtime", runtime, "--top", "2");
    }
  }
}
