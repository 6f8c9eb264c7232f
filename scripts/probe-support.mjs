/**
 * Probes what runtimes make of each operator: some three hundred one-operator networks, emitted by our own backends, in onnxruntime and TF.js, in
 * Node and in headless Chromium. Writes `tests/support/probed.json`, with which the rules in `src/compiler/devices/support/` must agree.
 *
 *   node scripts/probe-support.mjs --date=2026-11
 *
 * TF.js's WebGPU backend is probed where NODE_PATH leads to @tensorflow/tfjs-backend-webgpu.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

const folder = join(import.meta.dirname, "../tests/support");
const date = process.argv.find((word) => word.startsWith("--date="))?.slice("--date=".length);
if (!date) throw new Error("--date=YYYY-MM");
// beside its sources, which find their files by their own place
const bundle = join(folder, "probe.bundle.mjs");
try {
  await build({ entryPoints: [join(folder, "probe.ts")], outfile: bundle, bundle: true, format: "esm", platform: "node", packages: "external", logLevel: "error" });
  const { probe } = await import(pathToFileURL(bundle).href);
  await probe(date);
  process.exit();
} finally {
  rmSync(bundle, { force: true });
}
