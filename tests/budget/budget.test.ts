import { describe, expect, test } from "vitest";
import { checkBudget } from "../../src/compiler/budget/budget.ts";
import { analyse } from "../../src/compiler/analyse/cost.ts";
import type { Limit, Model, ModelParam } from "../../src/compiler/elaborate/model.ts";
import type { Graph } from "../../src/compiler/ir/graph.ts";
import { net } from "../graphs.ts";
import { compileText } from "../library/network.ts";

const at = (start: number) => ({ file: "net.lwm", start, end: start + 4 });

/** A model of one parameter, which `graph` makes a network of. */
function modelOf(param: Partial<ModelParam> & { readonly value: number }, limits: readonly Partial<Limit>[], graph: (value: number) => Graph | undefined, tried: number[] = []): Model {
  const made = (value: number): Model => ({
    name: "Net",
    file: "net.lwm",
    span: at(0),
    graph: graph(value)!,
    complete: true,
    reading: undefined,
    params: [{ name: "width", type: "int", shown: String(value), ...param, value }],
    targets: [],
    aims: [],
    holes: [],
    limits: limits.map((limit, i) => ({ metric: "params", op: "<=", limit: 0, span: at(100 + 10 * i), ...limit })),
    vary(overrides) {
      const next = Object.values(overrides)[0] as number;
      tried.push(next);
      return graph(next) ? made(next) : undefined;
    },
    written: { program: {}, text: () => "" },
  });
  return made(param.value);
}

/** A dense layer of `width` outputs on 10 inputs: 11·width parameters. */
function wide(width: number): Graph {
  const n = net();
  return n.outputs(n.add("dense", "fc", n.input("x", [10]), { out: width }));
}

const priced = ({ graph }: Model) => ({ cost: analyse(graph), prices: [] });
const check = (model: Model) => checkBudget(model, priced(model), priced);
const titles = (model: Model) => check(model)[0].fixes.map((fix) => fix.title);
const range = { low: 8, high: 64, step: 8 };

test("a budget that is kept says nothing and tries nothing", () => {
  const tried: number[] = [];
  expect(check(modelOf({ value: 64, range }, [{ limit: 704 }], wide, tried))).toEqual([]);
  expect(tried).toEqual([]);
});

test("what is exceeded, by how much, who owns it, and the nearest setting that fits, as an edit", () => {
  const [found, ...more] = check(modelOf({ value: 64, range, span: at(40) }, [{ limit: 500 }], wide));
  expect(more).toEqual([]);
  expect(found).toEqual({
    code: "budget-exceeded",
    severity: "error",
    message: "Net is over its budget",
    span: at(100),
    label: "704 parameters, 204 too many",
    notes: [{ message: "most of them: fc (100%)" }],
    fixes: [{ title: "width=40 fits (440)", edits: [{ span: at(40), text: "40" }] }],
  });
});

test("below is not the same as at most", () => {
  expect(check(modelOf({ value: 64, range }, [{ op: "<", limit: 704 }], wide))[0].label).toBe("704 parameters, which is not below 704");
  expect(titles(modelOf({ value: 64, range }, [{ op: "<", limit: 704 }], wide))).toEqual(["width=56 fits (616)"]);
});

test("a setting must keep the whole budget", () => {
  const found = check(modelOf({ value: 64, range }, [{ limit: 700 }, { metric: "activations", limit: 100 }], wide));
  expect(found.map((d) => d.label)).toEqual(["704 parameters, 4 too many", "296 bytes of activations (296 B), 196 too many (196 B)"]);
  expect(found.map((d) => d.fixes.map((fix) => fix.title))).toEqual([["width=8 fits (88)"], ["width=8 fits (72 B)"]]);
});

test("a larger value where that is what costs less", () => {
  expect(titles(modelOf({ value: 8, range }, [{ limit: 300 }], (value) => wide(80 - value)))).toEqual(["width=56 fits (264)"]);
});

test("no setting, no help: out of range, without a range, or nothing that compiles", () => {
  expect(titles(modelOf({ value: 64, range }, [{ limit: 50 }], wide))).toEqual([]);
  expect(titles(modelOf({ value: 64 }, [{ limit: 500 }], wide))).toEqual([]);
  expect(titles(modelOf({ value: 64, range }, [{ limit: 500 }], (value) => (value === 64 ? wide(64) : undefined)))).toEqual([]);
});

test("small values that do not compile are no obstacle", () => {
  expect(titles(modelOf({ value: 64, range }, [{ limit: 500 }], (value) => (value < 24 ? undefined : wide(value))))).toEqual(["width=40 fits (440)"]);
});

test("a value between two steps goes to the next below", () => {
  expect(titles(modelOf({ value: 63, range }, [{ limit: 690 }], wide))).toEqual(["width=56 fits (616)"]);
});

test("few trials in a wide range", () => {
  const tried: number[] = [];
  expect(titles(modelOf({ value: 4096, range: { low: 1, high: 4096, step: 1 } }, [{ limit: 11_000 }], wide, tried))).toEqual(["width=1000 fits (11,000)"]);
  expect(tried.length).toBeLessThan(30);
});

test("activations: where the peak is, and what is alive there", () => {
  const n = net();
  const x = n.add("conv2d", "b", n.add("conv2d", "a", n.input("image", [3, 32, 32]), { out: 16 }), { out: 8 });
  const [found] = check(modelOf({ value: 1 }, [{ metric: "activations", limit: 64 * 1024 }], () => n.outputs(x)));
  expect(found.label).toBe("98,304 bytes of activations (96 KiB), 32,768 too many (32 KiB)");
  expect(found.notes[0].message).toBe("the most is alive while b runs: a [16, 32, 32] (64 KiB), b [8, 32, 32] (32 KiB)");
});

describe("in the language", () => {
  test("where no parameter alone suffices, two together, neither further down than the other needs", async () => {
    const text = (width: string, side: string) => `model Net(width: int in 8..64 step 8 = 64, side: int in 8..32 step 4 = 32) {
  input image: [3, side, side]
  conv2d(width) -> conv2d(width)
}
model Mine = Net(width=${width}, side=${side}) {
  budget { macs <= 100k }
}
`;
    const { diagnostics } = await compileText(text("64", "32"));
    expect(diagnostics.map(({ code }) => code)).toEqual(["budget-exceeded"]);
    const [{ title, edits }] = diagnostics[0].fixes;
    const [, width, side] = /^width=(\d+) and side=(\d+) fit \([\d,]+\)$/.exec(title)!;
    expect(edits.map((edit) => edit.text)).toEqual([width, side]);
    expect((await compileText(text(width, side))).diagnostics).toEqual([]);
    expect((await compileText(text(String(Number(width) + 8), side))).diagnostics).toHaveLength(1);
    expect((await compileText(text(width, String(Number(side) + 4)))).diagnostics).toHaveLength(1);
    expect((await compileText(text("8", "32"))).diagnostics).toHaveLength(1);
    expect((await compileText(text("64", "8"))).diagnostics).toHaveLength(1);
  });

  test("an EfficientNet that is too large, as the language reference shows it", async () => {
    const { diagnostics } = await compileText(`model Mine = EfficientNet(phi=scaling(width=1.2, depth=1.4, resolution=300/224), drop=30%) {
  budget { params <= 12M, macs <= 1.9G }
}
`);
    expect(diagnostics).toHaveLength(1);
    const [{ message, label, notes, fixes }] = diagnostics;
    expect(message).toBe("Mine is over its budget");
    expect(label).toBe("12,233,232 parameters, 233,232 too many");
    expect(notes[0].message).toMatch(/^most of them: .*stages\.5 \(6 mbconv, 38%\), .*stages\.6 \(.*27%\), \w+ \(13%\)$/);
    expect(fixes[0].title).toBe("width=1.18 fits (11,745,842)");
  });
});
