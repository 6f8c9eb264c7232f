/** The network as a trainable `tf.LayersModel`, in TypeScript: one line a layer of the language, batch norms and activations stand by themselves. */
import type { Graph, Node, Tensor } from "../../compiler/ir/graph.ts";
import { sameShape, type Shape } from "../../compiler/ir/shape.ts";
import type { Weight } from "../../compiler/ir/weight.ts";
import type { ConvAttrs, ConvTransposeAttrs } from "../../compiler/ops/conv.ts";
import type { NodeOf, OpName } from "../../compiler/ops/index.ts";
import { adaptiveWindow } from "../../compiler/ops/pool.ts";
import type { Pads } from "../../compiler/ops/window.ts";
import { ownerOf, weightOf } from "./lowering.ts";
import { transposedFit } from "./lowerings/convolution.ts";
import { physicalAxis } from "./lowerings/movement.ts";
import { literal, numberText } from "./text.ts";
import type { OperationName } from "./training-layers.ts";

/** A layer of the model that has weights: its name, and the weights' shapes in the language, in TF.js's order. */
export interface TrainedLayer {
  readonly name: string;
  readonly weights: readonly Weight[];
}

export interface TrainingCode {
  readonly lines: readonly string[];
  /** The names of the input layers: the inputs' own, unless a layer has one of them. */
  readonly inputNames: readonly string[];
  /** The expression of each output, by name. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly operations: readonly OperationName[];
  /** Whether the module needs layers of its own: `Convolution`, `BatchNorm`. */
  readonly convolution: boolean;
  readonly batchNorm: boolean;
  readonly layers: readonly TrainedLayer[];
}

interface Writing {
  readonly lines: string[];
  readonly names: Map<Tensor, string>;
  readonly operations: Set<OperationName>;
  readonly layers: Map<string, TrainedLayer>;
  /** Weights that more than one node reads, and the variable of their layer once it is written. */
  readonly shared: ReadonlySet<string>;
  readonly variables: Map<string, string>;
  /** An input of the model, which tells a constant the batch. */
  readonly anchor: string;
  /** Names of layers that are taken. */
  readonly taken: Set<string>;
  convolution: boolean;
  batchNorm: boolean;
  count: number;
}

/** @param graph as elaborated, without what no output needs */
export function trainingCode(graph: Graph, inputs: readonly string[], heading: (path: string) => string): TrainingCode {
  const readers = new Map<string, number>();
  for (const node of graph.nodes) for (const { name } of node.weights) readers.set(name, (readers.get(name) ?? 0) + 1);
  const to: Writing = {
    lines: [],
    names: new Map(graph.inputs.map(({ tensor }, i) => [tensor, inputs[i]])),
    operations: new Set(),
    layers: new Map(),
    shared: new Set([...readers].filter(([, count]) => count > 1).map(([name]) => name)),
    variables: new Map(),
    anchor: inputs[0],
    taken: new Set(graph.nodes.flatMap((node) => [node.path, ...node.weights.map(ownerOf)])),
    convolution: false,
    batchNorm: false,
    count: 0,
  };
  const inputNames = graph.inputs.map(({ name }) => extraName(to, name));
  let last = "";
  for (const node of graph.nodes) {
    const title = heading(node.path);
    if (title !== last) to.lines.push(`${to.lines.length > 0 ? "\n" : ""}// ${title}`);
    last = title;
    (table[node.op.name as OpName] as Write<any>)(to, node);
  }
  const given = new Set(inputs);
  const outputs = Object.fromEntries(
    graph.outputs.map(({ name, tensor }) => {
      let variable = to.names.get(tensor)!;
      // An input, or an output under another name, becomes a tensor of its own.
      if (given.has(variable)) variable = apply(to, variable, layer("activation", { activation: "linear", name: extraName(to, `${name}.output`) }));
      given.add(variable);
      return [name, variable];
    }),
  );
  return { lines: to.lines, inputNames, outputs, operations: [...to.operations].sort(), convolution: to.convolution, batchNorm: to.batchNorm, layers: [...to.layers.values()] };
}

type Write<N extends OpName> = (to: Writing, node: NodeOf<N>) => void;

const activation =
  (make: (to: Writing, node: Node) => string): ((to: Writing, node: Node) => void) =>
  (to, node) =>
    result(to, node, make(to, node));

const named = (node: Node, settings: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> => ({ name: node.path, ...settings });
const plainActivation = (name: string) => activation((_to, node) => layer("activation", named(node, { activation: name })));

const table: { readonly [N in OpName]: Write<N> } = {
  conv2d: convolution,
  depthwise: convolution as Write<"depthwise">,
  conv_transpose2d: convolution as Write<"conv_transpose2d">,
  dense,
  matmul: (to, node) => joined(to, node, "matMul", { transposeA: node.attrs.transposeA, transposeB: node.attrs.transposeB }, true),
  batchnorm: (to, node) => {
    to.batchNorm = true;
    result(to, node, weighted(to, node, (name) => `new BatchNorm(${settingsText({ name, epsilon: node.attrs.eps, momentum: node.attrs.momentum })})`));
  },
  layernorm: (to, node) => result(to, node, weighted(to, node, (name) => layer("layerNormalization", { name, axis: axisOf(node.attrs.axis, node), epsilon: node.attrs.eps }))),
  maxpool: (to, node) => pooling(to, node, "max"),
  avgpool: (to, node) => pooling(to, node as never, "avg", node.attrs.countIncludePad),
  global_avgpool: (to, node) => result(to, node, layer("averagePooling2d", named(node, { poolSize: side(node.inputs[0].shape!.slice(1)) }))),
  global_maxpool: (to, node) => result(to, node, layer("maxPooling2d", named(node, { poolSize: side(node.inputs[0].shape!.slice(1)) }))),
  adaptive_avgpool: (to, node) => adaptive(to, node, "mean"),
  adaptive_maxpool: (to, node) => adaptive(to, node as never, "max"),
  relu: activation((_to, node) => layer("reLU", named(node))),
  relu6: activation((_to, node) => layer("reLU", named(node, { maxValue: 6 }))),
  leaky_relu: activation((_to, node) => layer("leakyReLU", named(node, { alpha: node.attrs.slope }))),
  prelu: (to, node) => result(to, node, weighted(to, node, (name) => layer("prelu", { name, ...(node.inputs[0].shape!.length === 3 ? { sharedAxes: [1, 2] } : {}), alphaInitializer: raw(`fill(${numberText(node.attrs.initial)})`) }))),
  elu: activation((to, node) => (node.attrs.alpha === 1 ? layer("elu", named(node)) : operation(to, "scaledElu", node, { alpha: node.attrs.alpha }))),
  sigmoid: plainActivation("sigmoid"),
  hardsigmoid: activation((to, node) => operation(to, "hardSigmoid", node, { slope: node.attrs.slope, offset: node.attrs.offset })),
  tanh: plainActivation("tanh"),
  swish: plainActivation("swish"),
  hardswish: activation((to, node) => operation(to, "hardSwish", node)),
  gelu: activation((to, node) => operation(to, "gelu", node, { tanh: node.attrs.approximate === "tanh" })),
  softmax,
  add: (to, node) => arithmetic(to, node, "add"),
  sub: (to, node) => arithmetic(to, node as never, "sub"),
  mul: (to, node) => arithmetic(to, node as never, "mul"),
  div: (to, node) => arithmetic(to, node as never, "div"),
  concat: (to, node) => {
    const parts = node.inputs.map((input) => to.names.get(input)!);
    set(to, node.outputs[0], parts.length === 1 ? parts[0] : apply(to, `[${parts.join(", ")}]`, layer("concatenate", named(node, { axis: axisOf(node.attrs.axis, node) }))));
  },
  split: (to, node) => {
    let begin = 0;
    const axis = axisOf(node.attrs.axis, node);
    node.attrs.sizes.forEach((size, i) => {
      set(to, node.outputs[i], apply(to, to.names.get(node.inputs[0])!, operation(to, "cut", node, { axis, begin, end: begin + size, step: 1 }, node.outputs[i], `.${i}`)));
      begin += size;
    });
  },
  slice: (to, node) => result(to, node, operation(to, "cut", node, { axis: axisOf(node.attrs.axis, node), begin: node.attrs.start, end: node.attrs.end, step: node.attrs.step })),
  pad: (to, node) => {
    const { pads, mode, value } = node.attrs;
    result(to, node, mode === "constant" && value === 0 ? zeroPadding(node.path, pads) : operation(to, "pad", node, { sides: pads, mode, value }));
  },
  reshape: (to, node) => set(to, node.outputs[0], reshaped(to, node, node.attrs.shape)),
  flatten: (to, node) => set(to, node.outputs[0], reshaped(to, node, node.outputs[0].shape!)),
  transpose: (to, node) => {
    const { order } = node.attrs;
    const dims = order.length === 3 ? [1, 2, 0].map((axis) => physicalAxis(order[axis], 3)) : order.map((axis) => axis + 1);
    result(to, node, layer("permute", named(node, { dims })));
  },
  channel_shuffle: (to, node) => result(to, node, operation(to, "channelShuffle", node, { groups: node.attrs.groups })),
  resize: (to, node) => {
    const { mode, size, coordinates } = node.attrs;
    result(to, node, operation(to, "resize", node, { bilinear: mode === "bilinear", size, alignCorners: coordinates === "align_corners", halfPixel: coordinates === "half_pixel" }));
  },
  reduce_mean: (to, node) => reduce(to, node, "mean"),
  reduce_sum: (to, node) => reduce(to, node as never, "sum"),
  reduce_max: (to, node) => reduce(to, node as never, "max"),
  dropout: (to, node) => result(to, node, layer("dropout", named(node, { rate: node.attrs.rate }))),
  drop_path: (to, node) => result(to, node, operation(to, "dropPath", node, { rate: node.attrs.rate })),
  constant: (to, node) => {
    const shape = node.attrs.shape;
    const sides = physicalShape(shape);
    const data = shape.length === 3 ? channelsLast(node.attrs.data, shape) : node.attrs.data;
    set(to, node.outputs[0], apply(to, to.anchor, operation(to, "constant", node, { data, sides })));
  },
};

/** An expression that stands as it is in a literal. */
interface Raw {
  readonly raw: string;
}
const raw = (text: string): Raw => ({ raw: text });

function settingsText(settings: Readonly<Record<string, unknown>>): string {
  const members = Object.entries(settings).filter(([, value]) => value !== undefined);
  return `{ ${members.map(([key, value]) => `${key}: ${value !== null && typeof value === "object" && "raw" in value ? (value as Raw).raw : literal(value)}`).join(", ")} }`;
}

/** `tf.layers.reLU({ name: "stem.relu6", maxValue: 6 })` */
function layer(kind: string, settings: Readonly<Record<string, unknown>>): string {
  return `tf.layers.${kind}(${settingsText(settings)})`;
}

/** `operation("hardSwish", "stem.hardswish", [112, 112, 16], {})` */
function operation(to: Writing, name: OperationName, node: Node, settings: Readonly<Record<string, unknown>> = {}, output: Tensor = node.outputs[0], suffix = ""): string {
  to.operations.add(name);
  const text = Object.keys(settings).length === 0 ? "{}" : settingsText(settings);
  return `operation(${[literal(name), literal(node.path + suffix), literal(physicalShape(output.shape!)), text].join(", ")})`;
}

/** A name for a layer that the language knows nothing of. */
function extraName(to: Writing, wanted: string): string {
  let name = wanted;
  while (to.taken.has(name)) name += "_";
  to.taken.add(name);
  return name;
}

/** The line that applies a layer, and the variable of its result. */
function apply(to: Writing, x: string, made: string): string {
  const variable = `t${++to.count}`;
  to.lines.push(`const ${variable} = on(${x}, ${made});`);
  return variable;
}

function set(to: Writing, tensor: Tensor, variable: string): void {
  to.names.set(tensor, variable);
}

function result(to: Writing, node: Node, made: string): void {
  set(to, node.outputs[0], apply(to, to.names.get(node.inputs[0])!, made));
}

/** A layer with weights; one that several nodes share is made once and has a variable. */
function weighted(to: Writing, node: Node, make: (name: string) => string): string {
  const [first] = node.weights;
  const name = ownerOf(first);
  to.layers.set(name, { name, weights: node.weights });
  if (!to.shared.has(first.name)) return make(name);
  let variable = to.variables.get(first.name);
  if (variable === undefined) {
    variable = `shared${to.variables.size + 1}`;
    to.variables.set(first.name, variable);
    to.lines.push(`const ${variable} = ${make(name)};`);
  }
  return variable;
}

/** The module's own layer. One that several nodes share leaves padding to each of them. */
function convolution(to: Writing, node: Node<string, ConvAttrs & Partial<ConvTransposeAttrs>>): void {
  const { attrs } = node;
  const { kernel, stride, dilation, groups, outputPad: wanted = [0, 0] } = attrs;
  const kind = node.op.name === "conv_transpose2d" ? "transposed" : node.op.name === "depthwise" ? "depthwise" : undefined;
  const start = initializer(weightOf(node, "weight")!, kind === "transposed");
  const none = attrs.pads.every((pad) => pad === 0);
  to.convolution = true;
  let x = to.names.get(node.inputs[0])!;
  const apart = kind !== "transposed" && !none && to.shared.has(node.weights[0].name);
  if (apart) x = apply(to, x, zeroPadding(extraName(to, `${node.path}.pad`), attrs.pads));
  const { pads, zeros } = kind === "transposed" ? transposedFit({ ...attrs, outputPad: wanted }) : { pads: attrs.pads, zeros: [0, 0] };
  const outputPad = wanted.map((rows, axis) => rows - (attrs.pads[axis + 2] - pads[axis + 2]) - zeros[axis]);
  const settings = {
    kind,
    filters: attrs.out,
    kernelSize: side(kernel),
    strides: unless(1, stride),
    dilation: unless(1, dilation),
    padding: apart ? undefined : unless(0, pads),
    outputPad: unless(0, outputPad),
    zeros: unless(0, zeros),
    groups: kind === "depthwise" || groups === 1 ? undefined : groups,
    useBias: attrs.bias ? undefined : false,
  };
  const made = weighted(to, node, (name) => `new Convolution(${settingsText({ name, ...settings })}, ${start})`);
  set(to, node.outputs[0], apply(to, x, made));
}

function zeroPadding(name: string, [top, left, bottom, right]: Pads): string {
  return layer("zeroPadding2d", { name, padding: [[top, bottom], [left, right]] });
}

function dense(to: Writing, node: NodeOf<"dense">): void {
  const shape = node.inputs[0].shape!;
  let x = to.names.get(node.inputs[0])!;
  if (shape.length === 3) x = apply(to, x, layer("flatten", { name: extraName(to, `${node.path}.flatten`) }));
  const made = weighted(to, node, (name) => layer("dense", { name, units: node.attrs.out, useBias: node.attrs.bias ? undefined : false, kernelInitializer: raw(initializer(weightOf(node, "weight")!, false)) }));
  set(to, node.outputs[0], apply(to, x, made));
}

/** How training starts, as the weight says; fans by the language's layout. */
function initializer({ init, shape }: Weight, transposed: boolean): string {
  const area = shape.slice(2).reduce((a, b) => a * b, 1);
  switch (init.kind) {
    case "fill":
      return `fill(${numberText(init.value)})`;
    case "normal":
      return `normal(${numberText(init.std)})`;
    case "he":
      return `normal(${numberText(Number(Math.sqrt(2 / (shape[(init.fan === "out") !== transposed ? 0 : 1] * area)).toPrecision(6)))})`;
    case "glorot":
      return `uniform(${numberText(Number(Math.sqrt(6 / ((shape[0] + shape[1]) * area)).toPrecision(6)))})`;
  }
}

function pooling(to: Writing, node: NodeOf<"maxpool">, f: "max" | "avg", countIncludePad = false): void {
  const { kernel, stride, pads } = node.attrs;
  const input = node.inputs[0].shape!;
  const output = node.outputs[0].shape!;
  const counted = countIncludePad && pads.some((side) => side > 0);
  const inner: Pads = counted ? [0, 0, 0, 0] : pads;
  const end = (axis: 0 | 1) => Math.max(0, (output[axis + 1] - 1) * stride[axis] + kernel[axis] - input[axis + 1] - (counted ? pads[axis] + pads[axis + 2] : 0) - inner[axis]);
  const sides: Pads = [inner[0], inner[1], end(0), end(1)];
  if (!counted && sides.every((side) => side === 0)) {
    return result(to, node, layer(f === "max" ? "maxPooling2d" : "averagePooling2d", named(node, { poolSize: side(kernel), strides: side(stride) })));
  }
  result(to, node, operation(to, "pool", node, { f, window: kernel, strides: stride, sides, ...(counted ? { counted: pads } : {}) }));
}

/** An average pooling where all windows are alike and do not overlap. */
function adaptive(to: Writing, node: NodeOf<"adaptive_avgpool">, f: "mean" | "max"): void {
  const [, height, width] = node.inputs[0].shape!;
  const { size } = node.attrs;
  const whole = height % size[0] === 0 && width % size[1] === 0;
  const window = [adaptiveWindow(0, size[0], height)[1], adaptiveWindow(0, size[1], width)[1]];
  if (whole) return result(to, node, layer(f === "max" ? "maxPooling2d" : "averagePooling2d", named(node, { poolSize: side(window), strides: side(window) })));
  result(to, node, operation(to, "adaptivePool", node, { f, size }));
}

function softmax(to: Writing, node: NodeOf<"softmax">): void {
  const shape = node.inputs[0].shape!;
  const axis = physicalAxis(node.attrs.axis, shape.length);
  const last = shape.length;
  if (axis === last) return result(to, node, layer("softmax", named(node, { axis: -1 })));
  const dims = shape.map((_, a) => (a + 1 === axis ? last : a + 1 === last ? axis : a + 1));
  const turned = apply(to, to.names.get(node.inputs[0])!, layer("permute", { name: extraName(to, `${node.path}.before`), dims }));
  const soft = apply(to, turned, layer("softmax", named(node, { axis: -1 })));
  set(to, node.outputs[0], apply(to, soft, layer("permute", { name: extraName(to, `${node.path}.after`), dims })));
}

function arithmetic(to: Writing, node: NodeOf<"add">, f: "add" | "sub" | "mul" | "div"): void {
  const [a, b] = node.inputs.map((x) => x.shape!);
  if (sameShape(a, b) && (f === "add" || f === "mul")) {
    const parts = node.inputs.map((input) => to.names.get(input)!);
    return set(to, node.outputs[0], apply(to, `[${parts.join(", ")}]`, layer(f === "add" ? "add" : "multiply", named(node))));
  }
  joined(to, node, "arithmetic", { f }, false);
}

/** An operation on two tensors, each brought to the rank of the result. `plain`: with the graph's own order of axes. */
function joined(to: Writing, node: Node, name: OperationName, settings: Readonly<Record<string, unknown>>, plain: boolean): void {
  const rank = node.outputs[0].shape!.length;
  const parts = node.inputs.map((input, i) => {
    const x = to.names.get(input)!;
    const own = input.shape!;
    if (plain && own.length === 3) return apply(to, x, layer("permute", { name: extraName(to, `${node.path}.channels_first_${i}`), dims: [3, 1, 2] }));
    if (own.length === rank) return x;
    const wide = [...Array.from<number>({ length: rank - own.length }).fill(1), ...own];
    const first = own.length === 3 ? apply(to, x, layer("permute", { name: extraName(to, `${node.path}.channels_first_${i}`), dims: [3, 1, 2] })) : x;
    return apply(to, first, layer("reshape", { name: extraName(to, `${node.path}.wide_${i}`), targetShape: physicalShape(wide) }));
  });
  const shape = plain && rank === 3 ? node.outputs[0].shape! : physicalShape(node.outputs[0].shape!);
  to.operations.add(name);
  const y = apply(to, `[${parts.join(", ")}]`, `operation(${literal(name)}, ${literal(node.path)}, ${literal(shape)}, ${settingsText(settings)})`);
  set(to, node.outputs[0], plain && rank === 3 ? apply(to, y, layer("permute", { name: extraName(to, `${node.path}.channels_last`), dims: [2, 3, 1] })) : y);
}

/** The same elements in the graph's order: an image is turned to channels first before, and back behind. */
function reshaped(to: Writing, node: Node, shape: Shape): string {
  const from = node.inputs[0].shape!;
  let x = to.names.get(node.inputs[0])!;
  if (from.length === 3 && from[0] > 1 && from[1] * from[2] > 1) x = apply(to, x, layer("permute", { name: extraName(to, `${node.path}.channels_first`), dims: [3, 1, 2] }));
  if (shape.length !== 3) return apply(to, x, shape.length === 1 ? layer("flatten", named(node)) : layer("reshape", named(node, { targetShape: shape })));
  x = apply(to, x, layer("reshape", named(node, { targetShape: shape })));
  return apply(to, x, layer("permute", { name: extraName(to, `${node.path}.channels_last`), dims: [2, 3, 1] }));
}

function reduce(to: Writing, node: NodeOf<"reduce_mean">, f: "mean" | "sum" | "max"): void {
  const { axes, keepdims } = node.attrs;
  const input = node.inputs[0].shape!;
  const physical = axes.map((axis) => physicalAxis(axis, input.length)).sort((a, b) => a - b);
  // Two axes are left in the order of the image; the graph has the channels first.
  const turned = input.length === 3 && !keepdims && axes.length === 1 && axes[0] !== 0;
  const shape = keepdims ? physicalShape(node.outputs[0].shape!) : physicalShape(input).filter((_, a) => !physical.includes(a + 1));
  to.operations.add("reduce");
  const y = apply(to, to.names.get(node.inputs[0])!, `operation("reduce", ${literal(node.path)}, ${literal(shape)}, ${settingsText({ f, axes: physical, keep: keepdims })})`);
  set(to, node.outputs[0], turned ? apply(to, y, layer("permute", { name: extraName(to, `${node.path}.channels_first`), dims: [2, 1] })) : y);
}

/** One number for a square. */
function side(pair: readonly number[]): number | readonly number[] {
  return pair[0] === pair[1] ? pair[0] : pair;
}

/** Nothing where all are the usual number. */
function unless(usual: number, numbers: readonly number[]): number | readonly number[] | undefined {
  const [first] = numbers;
  if (numbers.some((n) => n !== first)) return numbers;
  return first === usual ? undefined : first;
}

function axisOf(axis: number, node: Node): number {
  return physicalAxis(axis, node.inputs[0].shape!.length);
}

function physicalShape(shape: Shape): Shape {
  return shape.length === 3 ? [shape[1], shape[2], shape[0]] : shape;
}

function channelsLast(data: readonly number[], [channels, height, width]: Shape): readonly number[] {
  const out: number[] = [];
  for (let p = 0; p < height * width; p++) for (let c = 0; c < channels; c++) out.push(data[c * height * width + p]);
  return out;
}
