#!/usr/bin/env node
"use strict";
// Starts dist/lwmc.cjs with the code that V8 compiled when it was built; V8 itself refuses a cache that is not of this engine, and then compiles anew.
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { Script } = require("node:vm");

const folder = join(__dirname, "..", "dist");
const filename = join(folder, "lwmc.cjs");

function read(name, encoding) {
  try {
    return readFileSync(join(folder, name), encoding);
  } catch {
    return undefined;
  }
}

const code = read("lwmc.cjs", "latin1");
if (code === undefined) {
  process.stderr.write("lwmc is not built: run `npm run build` in its folder\n");
  process.exitCode = 2;
} else {
  const script = new Script(code, { filename, cachedData: read("lwmc.cache") });
  if (process.argv[2] === "check" && script.cachedDataRejected === false) {
    // A check is over before optimised code or a tidy heap would pay: V8 need only begin with either later than it would.
    const { setFlagsFromString } = require("node:v8");
    setFlagsFromString("--interrupt-budget=2000000");
    setFlagsFromString("--semi-space-growth-factor=16");
  }
  script.runInThisContext()(require, folder).start();
}
