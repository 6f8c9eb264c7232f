/** Graphs without the language: nodes are added one by one, by operators' names, with the operators' own defaults. */
import { addInput, addNode, graphBuilder, type Graph, type Node, type Tensor, type Trail } from "../src/compiler/ir/graph.ts";
import { isProblem, type Attribute, type Op } from "../src/compiler/ir/op.ts";
import type { Shape } from "../src/compiler/ir/shape.ts";
import { ops, type OpName } from "../src/compiler/ops/index.ts";

export interface Net {
  input(name: string, shape: Shape): Tensor;
  /** The node's first output. A `weightPath` shares the weights of another layer. */
  add(op: OpName, path: string, inputs: Tensor | readonly Tensor[], args?: Readonly<Record<string, unknown>>, more?: { readonly weightPath?: string; readonly trail?: Trail }): Tensor;
  outputs(...tensors: readonly Tensor[]): Graph;
}

const nowhere = { file: "net.lwm", start: 0, end: 0 };

export function net(name = "Net"): Net {
  const builder = graphBuilder();
  const inputs: { readonly name: string; readonly tensor: Tensor }[] = [];
  return {
    input(name, shape) {
      const tensor = addInput(builder, shape);
      inputs.push({ name, tensor });
      return tensor;
    },
    add(op, path, from, args = {}, { weightPath, trail = { span: nowhere, name: op, row: undefined, parent: undefined } } = {}) {
      const given = bound(op, args);
      const made = addNode(builder, ops[op] as unknown as Op, Array.isArray(from) ? from : [from as Tensor], given, { path, trail, ...(weightPath ? { weightPath } : {}) });
      if (isProblem(made)) throw new Error(`${path}: ${op} ${made.problem}`);
      return made.outputs[0];
    },
    outputs: (...tensors) => ({
      name,
      doc: undefined,
      inputs: inputs.map((input) => ({ ...input, span: nowhere, order: undefined, mean: undefined, std: undefined })),
      outputs: tensors.map((tensor, i) => ({ name: `out${i}`, tensor, span: nowhere, labels: undefined, offset: 0 })),
      nodes: builder.nodes,
    }),
  };
}

/** The arguments with defaults filled in; an int stands for a pair, and for four paddings. */
function bound(op: OpName, args: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const attributes: Readonly<Record<string, Attribute>> = ops[op].attributes;
  for (const name of Object.keys(args)) if (!attributes[name]) throw new Error(`${op} has no ${name}`);
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { type, default: preset }]) => {
      const value = args[name] ?? preset;
      if (typeof value !== "number") return [name, value];
      return [name, type === "pair" ? [value, value] : type === "padding" ? [value, value, value, value] : value];
    }),
  );
}

/** All parts of a tensor's node: the outputs of a split. */
export function parts(tensor: Tensor): readonly Tensor[] {
  return (tensor.node as Node).outputs;
}

/** conv → batchnorm → activation, under one path. */
export function conv(n: Net, path: string, x: Tensor, out: number, args: { kernel?: number; stride?: number; act?: OpName; depthwise?: boolean; eps?: number; bias?: boolean } = {}): Tensor {
  const { kernel = 1, stride = 1, act, depthwise = false, eps = 1e-5, bias = false } = args;
  const window = { kernel, stride, bias };
  let y = depthwise ? n.add("depthwise", `${path}.depthwise`, x, window) : n.add("conv2d", `${path}.conv2d`, x, { out, ...window });
  y = n.add("batchnorm", `${path}.batchnorm`, y, { eps });
  return act ? n.add(act, `${path}.${act}`, y) : y;
}

/** MobileNetV2 (Sandler et al. 2018, table 2), counted independently of the library. */
export function mobilenetV2(resolution = 224): Graph {
  const n = net("MobileNetV2");
  let x = conv(n, "stem", n.input("image", [3, resolution, resolution]), 32, { kernel: 3, stride: 2, act: "relu6" });
  const rows = [[1, 16, 1, 1], [6, 24, 2, 2], [6, 32, 3, 2], [6, 64, 4, 2], [6, 96, 3, 1], [6, 160, 3, 2], [6, 320, 1, 1]] as const;
  rows.forEach(([expand, out, repeat, first], row) => {
    for (let i = 0; i < repeat; i++) {
      const path = `stages.${row}.${i}`;
      const from = x;
      const channels = x.shape![0];
      const stride = i === 0 ? first : 1;
      if (expand > 1) x = conv(n, `${path}.expand_conv`, x, channels * expand, { act: "relu6" });
      x = conv(n, `${path}.depth_conv`, x, 0, { depthwise: true, kernel: 3, stride, act: "relu6" });
      x = conv(n, `${path}.project_conv`, x, out);
      if (stride === 1 && channels === out) x = n.add("add", `${path}.add`, [from, x]);
    }
  });
  x = conv(n, "head.conv", x, 1280, { act: "relu6" });
  x = n.add("global_avgpool", "head.global_avgpool", x);
  x = n.add("dropout", "head.dropout", x, { rate: 0.2 });
  return n.outputs(n.add("dense", "dense", x, { out: 1000 }));
}

/** The published scalings of EfficientNet (Tan & Le 2019): width, depth, resolution. */
export const efficientNets = {
  b0: [1, 1, 224], b1: [1, 1.1, 240], b2: [1.1, 1.2, 260], b3: [1.2, 1.4, 300], b4: [1.4, 1.8, 380], b5: [1.6, 2.2, 456], b6: [1.8, 2.6, 528], b7: [2, 3.1, 600],
  lite0: [1, 1, 224], lite1: [1, 1.1, 240], lite2: [1.1, 1.2, 260], lite3: [1.2, 1.4, 280], lite4: [1.4, 1.8, 300],
} as const;

/** EfficientNet by its table, counted independently of the library. Lite: relu6, no gates, ends that are not scaled. */
export function efficientNet(variant: keyof typeof efficientNets): Graph {
  const [width, depth, side] = efficientNets[variant];
  const lite = variant.startsWith("lite");
  const act = lite ? "relu6" : "swish";
  const scaled = (v: number): number => {
    if (width === 1) return v;
    const rounded = Math.max(8, Math.floor((v * width + 4) / 8) * 8);
    return rounded < 0.9 * v * width ? rounded + 8 : rounded;
  };
  const n = net(variant);
  let x = conv(n, "stem", n.input("image", [3, side, side]), lite ? 32 : scaled(32), { kernel: 3, stride: 2, act });
  const rows = [[1, 3, 1, 16, 1], [6, 3, 2, 24, 2], [6, 5, 2, 40, 2], [6, 3, 2, 80, 3], [6, 5, 1, 112, 3], [6, 5, 2, 192, 4], [6, 3, 1, 320, 1]] as const;
  rows.forEach(([expand, kernel, first, out, repeat], row) => {
    const count = lite && (row === 0 || row === rows.length - 1) ? repeat : Math.ceil(repeat * depth);
    for (let i = 0; i < count; i++) {
      const path = `stages.${row}.${i}`;
      const from = x;
      const channels = x.shape![0];
      const stride = i === 0 ? first : 1;
      if (expand > 1) x = conv(n, `${path}.expand_conv`, x, channels * expand, { act });
      x = conv(n, `${path}.depth_conv`, x, 0, { depthwise: true, kernel, stride, act });
      if (!lite) x = gated(n, `${path}.gate`, x, Math.max(1, Math.floor(channels / 4)), act);
      x = conv(n, `${path}.project_conv`, x, scaled(out));
      if (stride === 1 && channels === scaled(out)) x = n.add("add", `${path}.add`, [from, n.add("drop_path", `${path}.drop_path`, x, { rate: 0.1 })]);
    }
  });
  x = conv(n, "head.conv", x, lite ? 1280 : scaled(1280), { act });
  x = n.add("dropout", "head.dropout", n.add("global_avgpool", "head.global_avgpool", x), { rate: 0.2 });
  return n.outputs(n.add("dense", "dense", x, { out: 1000 }));
}

function gated(n: Net, path: string, x: Tensor, reduced: number, act: OpName): Tensor {
  let gate = n.add("global_avgpool", `${path}.global_avgpool`, x);
  gate = n.add(act, `${path}.${act}`, n.add("conv2d", `${path}.reduce`, gate, { out: reduced, kernel: 1 }));
  gate = n.add("sigmoid", `${path}.sigmoid`, n.add("conv2d", `${path}.expand`, gate, { out: x.shape![0], kernel: 1 }));
  return n.add("mul", `${path}.mul`, [x, gate]);
}
