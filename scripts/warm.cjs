"use strict";
// Runs representative checks in one process, and keeps what V8 compiled for them beside the script, in the folder named on the command line.
const { mkdtempSync, readFileSync, rmSync, writeFileSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
const { Script } = require("node:vm");

const folder = process.argv[2];
const script = new Script(readFileSync(join(folder, "lwmc.cjs"), "latin1"), { filename: join(__dirname, "..", "dist", "lwmc.cjs") });
const { main } = script.runInThisContext()(require, folder);

const sample = `/// A small network.
import { stem } from "./other.lwm"
model Small(width: float in 0.25..2 step 0.25 = 1, classes: int = 10, act: layer = relu6) {
  input image(mean=[127.5, 127.5, 127.5], std=[127.5, 127.5, 127.5]): [3, 64, 64]
  defaults batchnorm(eps=1e-3)
  stem
  let deep = 2 * 3 - 1
  stages: mbconv(act=swish) {
    | expand | out | repeat | kernel |
    |      1 |  16 |      1 |      3 |
    |      6 |  24 |      2 |      - |
  }
  skip: conv(deep * 8, kernel=1) -> if (deep > 3 and not false) relu else identity
  require it.channels == 40, "forty"
  head: conv(floor(64 * width), kernel=1, act=act) * 2 -> global_avgpool -> dropout(20%)
  output logits(labels="imagenet"): dense(classes)
}
model Smaller = Small(width=0.5) { budget { params <= 1M, macs <= 1G } }
`;
const other = "block stem(out: channels = 8) {\n  conv(out, stride=2)\n}\n";

const work = mkdtempSync(join(tmpdir(), "lwm-build-"));
(async () => {
  writeFileSync(join(work, "other.lwm"), other);
  writeFileSync(join(work, "small.lwm"), sample);
  await main(["check", "EfficientNetB7"]);
  await main(["check", join(work, "small.lwm")]);
  await main(["check", "MobileNetV2(width=0.75)"]);
  const library = JSON.parse(readFileSync(join(folder, "library", "index.json"), "utf8"));
  for (const { path } of library.files) {
    if (!path.startsWith("networks/")) continue;
    const copy = join(work, path.replaceAll("/", "_"));
    writeFileSync(copy, readFileSync(join(folder, "library", path.replaceAll("/", "__"))));
    await main(["check", copy]);
  }
  writeFileSync(join(folder, "lwmc.cache"), script.createCachedData());
})().finally(() => rmSync(work, { recursive: true, force: true }));
