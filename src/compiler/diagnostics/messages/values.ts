/** Values and types known at compile time: numbers, units, arguments, ranges, and the limits of evaluation. */
import { entry } from "../entry.ts";

export const valueMessages = {
  "type-mismatch": entry<{ expected: string; found: string }>({
    severity: "error",
    message: ({ expected, found }) => `expected ${expected}, found ${found}`,
    explain: "The value is of another type than the place where it stands wants.",
    wrong: "model M { input x: [3, 8, 8] conv2d(4.5) }",
    right: "model M { input x: [3, 8, 8] conv2d(4) }",
  }),
  "out-of-range": entry<{ what: string; value: string; range: string }>({
    severity: "error",
    message: ({ what, value, range }) => `${what} is ${value}, ${/^at /.test(range) ? "and must be" : "outside"} ${range}`,
    explain: "A parameter or attribute has bounds, and the value lies outside.",
    wrong: "model M { input x: [3, 8, 8] conv2d(0) }",
    right: "model M { input x: [3, 8, 8] conv2d(1) }",
  }),
  "unknown-unit": entry<{ unit: string; known: string }>({
    severity: "error",
    message: ({ unit, known }) => `unknown unit \`${unit}\`; there are ${known}`,
    explain: "Numbers take multipliers (k, M, G, %), bytes (B, kB, KiB, MB, MiB, …), times (s, ms, us, ns), energies (J, mJ, uJ), powers (W, mW) and frequencies (MHz, GHz).",
    wrong: "model M { input x: [3, 8, 8] budget { weights <= 4Mb } relu }",
    right: "model M { input x: [3, 8, 8] budget { weights <= 4MB } relu }",
  }),
  "unit-mismatch": entry<{ expected: string; found: string }>({
    severity: "error",
    message: ({ expected, found }) => `expected ${expected}, found ${found}`,
    explain: "Units are checked: parameters and MACs are plain numbers, weights and activations are bytes.",
    wrong: "model M { input x: [3, 8, 8] budget { params <= 4MB } relu }",
    right: "model M { input x: [3, 8, 8] budget { weights <= 4MB } relu }",
  }),
  "missing-else": entry<{ expected: string }>({
    severity: "error",
    message: ({ expected }) => `an \`if\` that stands for ${expected} needs an \`else\``,
    explain: "Without `else`, an `if` is the identity, which is a layer. Where a value is wanted, both sides must be written.",
    wrong: "model M { input x: [3, 8, 8] conv2d(if (x.channels == 4) 8) }",
    right: "model M { input x: [3, 8, 8] conv2d(if (x.channels == 4) 8 else 16) }",
  }),
  "bad-arguments": entry<{ of: string; problem: string }>({
    severity: "error",
    message: ({ of, problem }) => `\`${of}\` ${problem}`,
    explain: "A function was called with values that it is not defined for.",
    wrong: "model M { input x: [3, 8, 8] conv2d(sqrt(-4)) }",
    right: "model M { input x: [3, 8, 8] conv2d(sqrt(4)) }",
  }),
  "not-finite": entry<{ what: string }>({
    severity: "error",
    message: ({ what }) => `${what} has no value`,
    explain: "Arithmetic must stay finite: no division by zero, no overflow.",
    wrong: "model M { input x: [3, 8, 8] conv2d(4 / 0) }",
    right: "model M { input x: [3, 8, 8] conv2d(4 / 2) }",
  }),
  "tensor-arithmetic": entry<{ op: string; named: string }>({
    severity: "error",
    message: ({ op, named }) => `\`${op}\` works on numbers${named ? `; for tensors write \`${named}(a, b)\`` : ""}`,
    explain: "Operators between values are compile-time arithmetic. Tensors are added, multiplied and compared by layers.",
    wrong: "model M { input x: [3, 8, 8] x + x }",
    right: "model M { input x: [3, 8, 8] add(x, x) }",
  }),
  "requirement-failed": entry<{ message: string }>({
    severity: "error",
    message: ({ message }) => (message ? `a requirement does not hold: ${message}` : "a requirement does not hold"),
    explain: "A block states by `require` what it needs of its input and arguments.",
    wrong: 'block b { require in.channels == 4, "four channels, not {in.channels}" relu } model M { input x: [3, 8, 8] b }',
    right: 'block b { require in.channels == 4, "four channels, not {in.channels}" relu } model M { input x: [4, 8, 8] b }',
  }),
  "endless-let": entry<{ name: string }>({
    severity: "error",
    message: ({ name }) => `\`${name}\` is defined by itself`,
    explain: "The value of a `let` needs itself to be computed.",
    wrong: "let a = b let b = a model M { input x: [3, 8, 8] conv2d(a) }",
    right: "let a = 4 let b = a model M { input x: [3, 8, 8] conv2d(b) }",
  }),
  "expansion-limit": entry<{ limit: string }>({
    severity: "error",
    message: ({ limit }) => `the expansion was stopped at its limit of ${limit}`,
    explain: "Everything is evaluated at compile time, and evaluation is bounded: 64 nested uses of blocks, 20,000 layers, 500,000 steps. A block that uses itself without end reaches the first.",
    wrong: "block b { b } model M { input x: [3, 8, 8] b }",
    right: "block b { relu } model M { input x: [3, 8, 8] b }",
  }),
  "bad-budget": entry({
    severity: "error",
    message: () => "a budget entry is a cost, `<=` or `<`, and a limit",
    explain: "`budget { params <= 3.5M, macs <= 300M, weights <= 4MB, activations <= 2MiB }`.",
    wrong: "model M { input x: [3, 8, 8] budget { params > 3 } relu }",
    right: "model M { input x: [3, 8, 8] budget { params <= 3 } relu }",
  }),
};
