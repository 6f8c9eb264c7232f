/** Words of the language that stand for themselves, as completions show them. */

/** What begins a statement: what it does, and a text to put, with `$0` for the cursor. */
export const KEYWORDS: Readonly<Record<string, readonly [string, string]>> = {
  input: ["names a tensor and makes it current", "input ${1:image}: [3, ${2:224}, ${2:224}]$0"],
  output: ["names a result", "output ${1:logits}: $0"],
  if: ["chooses between layers", "if ($1) $0"],
  for: ["repeats for each number of a range", "for (${1:i} in ${2:0..3}) {\n  $0\n}"],
  let: ["a name for a value", "let ${1:name} = $0"],
  shared: ["a layer whose weights are made once", "shared ${1:name}: $0"],
  defaults: ["replaces the defaults of operators and blocks", "defaults $0"],
  require: ["what the block needs", "require $0"],
  budget: ["what the model may cost", "budget { $0 }"],
  target: ["a device that the model is for", "target $0"],
  maximize: ["what a search for holes is to raise", "maximize $0"],
  minimize: ["what a search for holes is to lower", "minimize $0"],
};

/** Columns of a table that are no parameters. */
export const COLUMN_DOCS: Readonly<Record<string, string>> = { repeat: "how often the row's layer is applied", scale: "the compound scaling of the row", label: "the row's name in paths", layer: "the layer of the row" };

export const UNITS: Readonly<Record<string, string>> = {
  k: "thousand", M: "million", G: "billion", "%": "hundredths", B: "bytes", kB: "1000 bytes", MB: "10^6 bytes", GB: "10^9 bytes", KiB: "1024 bytes", MiB: "1024^2 bytes", GiB: "1024^3 bytes",
  ns: "nanoseconds", us: "microseconds", ms: "milliseconds", s: "seconds", nJ: "nanojoules", uJ: "microjoules", mJ: "millijoules", J: "joules", uW: "microwatts", mW: "milliwatts", W: "watts",
  kHz: "kilohertz", MHz: "megahertz", GHz: "gigahertz",
};

/** The units of each kind of quantity. */
export const UNIT_KINDS: Readonly<Record<string, RegExp>> = { bytes: /^(B|kB|MB|GB|KiB|MiB|GiB)$/, seconds: /^(ns|us|ms|s)$/, joules: /^(nJ|uJ|mJ|J)$/ };
