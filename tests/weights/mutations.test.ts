import { expect, test } from "vitest";
import { dtypes, type Dtype } from "../../src/backends/weights/dtype.ts";
import { fill } from "../../src/backends/weights/random.ts";
import { bytesOf, memoryBytes, open, plan, toBytes } from "../../src/backends/weights/safetensors.ts";
import { fileStore } from "../../src/backends/weights/store.ts";

/** Whole numbers from a seed: `below(n)` is in [0, n). */
function drawer(name: string): (below: number) => number {
  let drawn: Float32Array = new Float32Array(0);
  let used = 0;
  let round = 0;
  return (below) => {
    if (used === drawn.length) {
      drawn = fill({ kind: "uniform", low: 0, high: 1 }, name, round++, 4096);
      used = 0;
    }
    return Math.min(below - 1, Math.floor(drawn[used++] * below));
  };
}

const specs = dtypes.map((dtype: Dtype, i) => ({ name: `layer.${i}.${dtype.toLowerCase()}`, dtype, shape: i % 3 === 0 ? [4, 2] : [8] }));
const whole = toBytes(plan(specs, { format: "pt" }), (name) => {
  const { dtype } = specs.find((s) => s.name === name)!;
  const bits = { F4: 4, F6_E2M3: 6, F6_E3M2: 6 }[dtype as string] ?? (/64/.test(dtype) ? 64 : /32/.test(dtype) ? 32 : /16/.test(dtype) ? 16 : 8);
  return bytesOf(fill({ kind: "normal", std: 1 }, name, 1, bits)).slice(0, bits);
});
const headerEnd = 8 + new DataView(whole.buffer).getUint32(0, true);

const tokens = ["{", "}", "[", "]", ",", ":", '"', "\\", "-1", "0", "9007199254740991", "18446744073709551616", "1e9", "0.5", "null", "__proto__", "__metadata__", "C64", "F4", "\\ud800", " ", "\u0000"];

function mutated(draw: (below: number) => number): Uint8Array {
  const file = [...whole];
  for (let edits = 1 + draw(3); edits > 0; edits--) {
    const at = draw(4) === 0 ? draw(file.length) : 8 + draw(headerEnd - 8);
    const span = 1 + draw(12);
    const kind = draw(7);
    if (kind === 0) file[at] ^= 1 << draw(8);
    else if (kind === 1) file.splice(at, span);
    else if (kind === 2) file.splice(at, 0, ...file.slice(at, at + span));
    else if (kind === 3) file.splice(at, draw(2) * span, ...new TextEncoder().encode(tokens[draw(tokens.length)]));
    else if (kind === 4) file[at] = 48 + draw(10);
    else if (kind === 5) file.length = draw(file.length + 1);
    else file[draw(8)] = draw(256);
    if (file.length === 0) break;
  }
  // Half of them get a length that matches again, so that the header's own damage is what is met.
  const header = String.fromCharCode(...file.slice(8)).lastIndexOf("}") + 1;
  const bytes = Uint8Array.from(file);
  if (draw(2) === 0 && bytes.length >= 8) new DataView(bytes.buffer).setBigUint64(0, BigInt(header), true);
  return bytes;
}

test("5,000 mutated files are read or refused with a reason", () => {
  const draw = drawer("mutations");
  const codes = new Map<string, number>();
  for (let i = 0; i < 5000; i++) {
    const file = mutated(draw);
    const { store, diagnostics } = open(memoryBytes(file), "w");
    for (const { code, message } of diagnostics) {
      codes.set(code, (codes.get(code) ?? 0) + 1);
      expect(message.length).toBeLessThan(1000);
    }
    if (!store) {
      expect(diagnostics.length).toBeGreaterThan(0);
      continue;
    }
    codes.set("read", (codes.get("read") ?? 0) + 1);
    const weights = fileStore(store);
    for (const name of weights.names()) weights.get(name);
  }
  expect([...codes.keys()].sort()).toEqual(
    expect.arrayContaining(["bad-tensor-offsets", "bad-weights-header", "read", "truncated-weights-file", "unknown-dtype", "unused-weight-bytes", "weights-header-too-large"]),
  );
});

test("a header cut off at any byte", () => {
  for (let length = 0; length < whole.length; length++) expect(open(memoryBytes(whole.subarray(0, length)), "w").store).toBeUndefined();
});
