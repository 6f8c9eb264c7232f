/** Every message has a case: the catalogue's own `wrong` texts give it, the `right` ones give nothing. */
import { describe, expect, test } from "vitest";
import { catalogue, type Code } from "../../src/compiler/diagnostics/catalogue.ts";
import { format } from "../../src/compiler/syntax/format.ts";
import { compileText } from "../library/network.ts";
import { elaborateText, listed } from "../program.ts";

/** Given by pricing, which comes after elaboration. */
const priced: readonly string[] = ["no-target", "figure-unknown", "budget-uncertain", "does-not-fit", "no-setting-fits", "too-many-settings", "operator-fallback", "operator-unsupported", "fragile-in-integers"];

const withCases = (Object.keys(catalogue) as Code[]).filter((code) => catalogue[code].wrong !== undefined);

/** Codes that compilation gives and that no text alone can cause are tested where their causes are. */
const elsewhere: ReadonlySet<string> = new Set(["import-not-found", "unknown-import", "import-cycle", "unknown-model", "input-rank"]);

describe("each message", () => {
  test.each(withCases.filter((code) => !["budget-exceeded", "unsupported-operator", ...priced].includes(code)))("%s: its example causes it, the mended one nothing", (code) => {
    const { wrong, right } = catalogue[code];
    expect(listed(elaborateText(wrong!).diagnostics).map((line) => line.split(":")[0])).toContain(code);
    expect(listed(elaborateText(right!).diagnostics)).toEqual([]);
  });

  test.each(priced as readonly Code[])("%s, which pricing gives: its example causes it, the mended one not", async (code) => {
    const { wrong, right } = catalogue[code];
    expect((await compileText(wrong!)).diagnostics.map((found) => found.code)).toContain(code);
    expect((await compileText(right!)).diagnostics.map((found) => found.code)).not.toContain(code);
  });

  test("a mended example can be formatted", () => {
    for (const code of withCases) expect(format({ uri: "right.lwm", text: catalogue[code].right! }).diagnostics, code).toEqual([]);
  });

  test("those of names, values and shapes have an example", () => {
    const without = (Object.keys(catalogue) as Code[]).filter((code) => catalogue[code].wrong === undefined && !elsewhere.has(code));
    expect(without.filter((code) => /^(unknown|duplicate|missing|takes|not-a|no-|shape|type|shared|several)/.test(code) && !/dtype|file|tensor-|tensors$|device/.test(code) && !(code in catalogue && catalogue[code].explain.includes("checkpoint")))).toEqual([]);
  });

  test("every explanation is a paragraph", () => {
    for (const code of Object.keys(catalogue) as Code[]) expect(catalogue[code].explain.length, code).toBeGreaterThan(30);
  });
});

describe("files and command lines", () => {
  test("an import that leads nowhere", () => {
    expect(listed(elaborateText('import { a } from "./none.lwm"\nmodel M { input x: [3, 8, 8] relu }').diagnostics)).toEqual(["import-not-found: cannot find `./none.lwm`"]);
  });
  test("an import of a name that the file lacks, with the nearest one", () => {
    const { diagnostics } = elaborateText('import { gost } from "./g.lwm"\nmodel M { input x: [3, 8, 8] relu }', {}, { "g.lwm": "block ghosts { relu } block gosd { relu }" });
    expect(listed(diagnostics)).toEqual(["unknown-import: `./g.lwm` has no `gost`"]);
    expect(diagnostics[0].fixes[0].title).toBe("did you mean `gosd`?");
  });
  test("imports in a circle show the circle", () => {
    const { diagnostics } = elaborateText('import { b } from "./b.lwm"\nblock a { relu }\nmodel M { input x: [3, 8, 8] b }', {}, { "b.lwm": 'import { a } from "./test.lwm"\nblock b { a }' });
    expect(listed(diagnostics)[0]).toBe("import-cycle: the imports go in a circle: test.lwm → b.lwm → test.lwm");
  });
  test("a model that the file lacks", () => {
    const { diagnostics } = elaborateText("model Net { input x: [3, 8, 8] relu }", { model: "Nett" });
    expect(listed(diagnostics)).toEqual(["unknown-model: there is no model `Nett`"]);
    expect(diagnostics[0].notes[0].message).toBe("did you mean `Net`?");
  });
  test("an input size of another rank", () => {
    expect(listed(elaborateText("model Net { input x: [3, 8, 8] relu }", { inputs: { x: [3, 8] } }).diagnostics)).toEqual(["input-rank: the size [3, 8] given for `x` has not its 3 sides"]);
  });
});

describe("mistakes in numbers", () => {
  test("a file with ten mistakes shows ten, and nothing besides", () => {
    const text = `
block spare(n: integer) { conv2d(n) }
model A(width: float in 0.25..2 = 1) {
  input x: [3, 32, 32]
  conv2d(8, kernal=3)
  a: conv2d(8, stride=2)
  b: a -> conv2d(16)
  add(a, b)
  relux
  a: relu
  x -> conv2d(8, groups=2)
  x -> dense(10)
  budget { params <= 4MB }
  output logits(lables="imagenet"): x -> global_avgpool -> dense(10)
}
model B = A(width=3)
`;
    expect(listed(elaborateText(text).diagnostics)).toEqual([
      "unknown-argument: `conv2d` has no parameter `kernal`",
      "shape-mismatch: `add` cannot bring [8, 16, 16] and [16, 16, 16] to one shape: the number of channels is 8 in one and 16 in the other",
      "unknown-name: unknown name `relux`",
      "duplicate-name: `a` is bound twice",
      "shape-mismatch: `conv2d` cannot divide its 3 input channels into 2 groups",
      "shape-mismatch: `dense` takes a vector, not the image [3, 32, 32]; put `flatten` or `global_avgpool` before it",
      "unit-mismatch: expected params as a plain number, like `5M`, found bytes",
      "unknown-argument: `output` has no parameter `lables`",
      "out-of-range: `width` is 3, outside 0.25..2",
      "unknown-type: unknown type `integer`",
    ]);
  });

  test("a limit of another unit says what its cost takes, and what the unit belongs to", () => {
    const said = (limit: string) => {
      const [found] = elaborateText(`model M { input x: [3, 8, 8] conv2d(4) budget { ${limit} } }`).diagnostics;
      return [found.message, ...found.fixes.map(({ title }) => title)];
    };
    expect(said("latency <= 5KiB")).toEqual(["expected latency in seconds, like `5ms`, found bytes"]);
    expect(said("energy <= 5ms")).toEqual(["expected energy in joules, like `5mJ`, found seconds", "did you mean `latency <= …`?"]);
    expect(said("params <= 4MB")).toEqual(["expected params as a plain number, like `5M`, found bytes", "did you mean `weights <= …`?"]);
    expect(said("macs < 4MB")).toEqual(["expected macs as a plain number, like `5M`, found bytes"]);
    expect(said("weights <= 4M")).toEqual(["expected weights in bytes, like `512KiB`, found a plain number", "did you mean `params <= …`?"]);
    expect(said("ram <= 3W")).toEqual(["expected ram in bytes, like `512KiB`, found watts"]);
  });

  test("what is named or given twice is shown at both places", () => {
    const text = `block z(q: int, q: int) { conv2d(q) }
model M(a: int = 1, a: int = 2) { input x: [3, 8, 8] conv2d(4, kernel=3, kernel=5) mbconv { | out | out |
  | 8 | 16 | } }
let d = device("t", family=mcu, family=mcu, profiles=[profile(runtime="r", precision=int8)])`;
    const { diagnostics } = elaborateText(text);
    const at = ({ start, end }: { readonly start: number; readonly end: number }) => [start, text.slice(start, end)] as const;
    expect(diagnostics.map(({ code }) => code).sort()).toEqual(["duplicate-argument", "duplicate-argument", "duplicate-name", "duplicate-name", "duplicate-name"]);
    for (const { span, notes: [first] } of diagnostics) {
      expect(first).toMatchObject({ message: "first here" });
      expect(at(first.span!)[0]).toBeLessThan(at(span)[0]);
      expect(at(first.span!)[1].slice(0, 6)).toBe(at(span)[1].slice(0, 6));
    }
  });

  test("a mistake inside the library is shown at the user's line, with the way there", () => {
    const { diagnostics } = elaborateText("model M {\n  input x: [3, 8, 8]\n  conv(9, groups=2)\n}");
    expect(listed(diagnostics)).toEqual(["shape-mismatch: `conv2d` cannot divide its 3 input channels into 2 groups"]);
    expect(diagnostics[0].span.file).toBe("test.lwm");
    expect(diagnostics[0].notes[0].span?.file).toBe("stdlib/blocks/conv.lwm");
  });

  test("behind a sum or a convolution with a mistake, what was meant is plain, and further mistakes are found", () => {
    const text = `
model A {
  input x: [3, 32, 32]
  a: conv2d(8, kernel=1)
  b: conv2d(16, kernel=1)
  sum: add(a, b)
  dense(10)
  grouped: x -> conv2d(8, groups=2)
  add(grouped, x -> relux)
  dense(9)
  grouped -> conv2d(8, pad=[0, 0]) -> reshape([5])
  add(it, x -> relux) -> dense(7)
  add(a, conv2d(3, kernel=99, pad=valid)) -> conv2d(16, groups=3)
}
`;
    expect(listed(elaborateText(text).diagnostics)).toEqual([
      "shape-mismatch: `add` cannot bring [8, 32, 32] and [16, 32, 32] to one shape: the number of channels is 8 in one and 16 in the other",
      "shape-mismatch: `dense` takes a vector, not the image [16, 32, 32]; put `flatten` or `global_avgpool` before it",
      "shape-mismatch: `conv2d` cannot divide its 3 input channels into 2 groups",
      "unknown-name: unknown name `relux`",
      "shape-mismatch: `dense` takes a vector, not the image [8, 32, 32]; put `flatten` or `global_avgpool` before it",
      "type-mismatch: expected a padding (`same`, `half`, `valid`, an int, or [top, left, bottom, right]), found a list of 2",
      "unknown-name: unknown name `relux`",
      "shape-mismatch: `conv2d` cannot divide its 8 input channels into 3 groups",
    ]);
  });
});
