/**
 * Fits the costs of the devices in stdlib/devices/ to the measured runs that stand in their files, and writes them there.
 *
 *   node scripts/fit-devices.mjs           writes the files, and prints how well each profile is predicted
 *   node scripts/fit-devices.mjs --check   only says which files would change
 */
import { build } from "esbuild";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const bundle = join(root, `node_modules/.lwm-fit-devices-${process.pid}.mjs`);
const check = process.argv.includes("--check");

const texts = {};
for (const folder of ["stdlib", "examples"]) {
  for (const name of readdirSync(join(root, folder), { recursive: true }).sort()) {
    if (name.endsWith(".lwm")) texts[`${folder}/${name.replaceAll("\\", "/")}`] = readFileSync(join(root, folder, name), "utf8");
  }
}

await build({ entryPoints: [join(root, "scripts/fit-devices.ts")], bundle: true, platform: "node", format: "esm", target: "node20", outfile: bundle, logLevel: "error" });
try {
  const { refitDevices } = await import(pathToFileURL(bundle).href);
  const percent = (value) => (value === undefined ? "" : `${(100 * value).toFixed(1)} %`);
  const columns = (cells) => cells.map((cell, i) => (i === 0 ? String(cell).padEnd(78) : String(cell).padStart(9))).join(" ");
  console.log(columns(["profile", "runs", "mean", "left out", "worst", "error", "family"]));
  for (const { path, text, profiles } of refitDevices(texts)) {
    for (const { device, profile, fitted, familyError } of profiles) {
      const { fit, error } = fitted;
      const name = `${device.name}: ${profile.runtime}, ${profile.precision}, ${profile.threads}`;
      console.log(columns([name, profile.measured.filter((run) => run.fitted).length, percent(fit.mape), percent(fit.loo?.mean), percent(fit.loo?.max), percent(error), percent(familyError)]));
    }
    if (text === texts[path]) continue;
    if (check) {
      console.log(`${path} is not what its runs say`);
      process.exitCode = 1;
    } else writeFileSync(join(root, path), text);
  }
} finally {
  await rm(bundle, { force: true });
}
