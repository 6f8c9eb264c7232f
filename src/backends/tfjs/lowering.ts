/**
 * What lowerings share: where each tensor of the graph is held, and how a kernel call is added.
 *
 * A tensor of the graph may be held in several forms; they are made when first asked for.
 * - `canonical`: rank 3 as [1, height, width, channels], others as they are with the batch in front.
 * - `plain`: the graph's own order of axes with the batch in front; differs from `canonical` at rank 3 only.
 * - `pixel`: the last axis as channels of an image: [n] as [1, 1, 1, n], [steps, n] as [1, steps, 1, n]. Dense layers work on it.
 */
import type { Node, Tensor } from "../../compiler/ir/graph.ts";
import { elements, sameShape, type Shape } from "../../compiler/ir/shape.ts";
import type { Role, Weight } from "../../compiler/ir/weight.ts";
import { layoutShape, type WeightLayout } from "./weight-layout.ts";
import type { Call, Constant, Kernel, Operand, Value } from "./program.ts";

export type Form = "canonical" | "plain" | "pixel";
type Held = { readonly [F in Form]?: Operand } & { readonly constant?: ConstantTensor };

interface ConstantTensor {
  readonly name: string;
  readonly data: readonly number[];
}

/**
 * Where the program will stand. The graph model's poolings know only TensorFlow's own paddings, so it needs other kernels
 * than code does.
 */
export type Target = "code" | "graph";

export interface Lowering {
  readonly target: Target;
  readonly calls: Call[];
  readonly held: Map<Tensor, Held>;
  /** How many nodes and outputs read each tensor, and the only node that does. */
  readonly readers: ReadonlyMap<Tensor, readonly Node[]>;
  /** Set to a result of the graph's, which must stay what it is. */
  readonly results: ReadonlySet<Tensor>;
  /** The path of the node that is being lowered. */
  path: string;
  nextValue: number;
}

/** The shape without its leading batch. */
function shapeOf(tensor: Tensor): Shape {
  if (!tensor.shape) throw new Error("a tensor of unknown shape reached the backend");
  return tensor.shape;
}

/** The shape in which a tensor is held in a form. */
export function formShape(shape: Shape, form: Form): Shape {
  if (shape.length === 3 && form !== "plain") return [1, shape[1], shape[2], shape[0]];
  if (form === "pixel" && shape.length === 1) return [1, 1, 1, shape[0]];
  if (form === "pixel" && shape.length === 2) return [1, shape[0], 1, shape[1]];
  return [1, ...shape];
}

export function newValue(to: Lowering, shape: Shape): Value {
  return { kind: "value", id: to.nextValue++, shape };
}

/** Adds a call with one result. */
export function emit(to: Lowering, kernel: Kernel, inputs: readonly Operand[], shape: Shape): Value {
  const value = newValue(to, shape);
  to.calls.push({ kernel, inputs, outputs: [value], path: to.path });
  return value;
}

/** Says in which form a tensor is now held. */
export function hold(to: Lowering, tensor: Tensor, operand: Operand, form: Form = "canonical"): void {
  to.held.set(tensor, { ...to.held.get(tensor), [form]: operand });
}

export function holdConstant(to: Lowering, tensor: Tensor, constant: ConstantTensor): void {
  to.held.set(tensor, { constant });
}

/** The tensor in a form; a constant stays one. */
export function take(to: Lowering, tensor: Tensor, form: Form = "canonical"): Operand {
  const held = to.held.get(tensor);
  if (!held) throw new Error("a tensor is read before it is made");
  const shape = shapeOf(tensor);
  const present = held[form];
  if (present) return present;
  const made = held.constant ? constantIn(held.constant, shape, form) : convert(to, held, shape, form);
  hold(to, tensor, made, form);
  return made;
}

/** The tensor in a form, computed: a constant is repeated for every example. */
export function takeValue(to: Lowering, tensor: Tensor, form: Form = "canonical"): Value {
  const operand = take(to, tensor, form);
  return operand.kind === "value" ? operand : emit(to, { name: "repeat" }, [operand], operand.shape);
}

/** The tensor as it is, and the form that it is in: what element by element operators work on. */
export function takeAnyForm(to: Lowering, tensor: Tensor): { readonly operand: Operand; readonly form: Form } {
  const held = to.held.get(tensor);
  for (const form of ["canonical", "pixel", "plain"] as const) if (held?.[form]) return { operand: held[form], form };
  return { operand: take(to, tensor), form: "canonical" };
}

function convert(to: Lowering, held: Held, shape: Shape, form: Form): Operand {
  const target = formShape(shape, form);
  if (shape.length !== 3) {
    const from = held.canonical ?? held.plain ?? held.pixel!;
    return reshaped(to, from, target);
  }
  if (form === "plain") return transposed(to, held.canonical ?? held.pixel!, [0, 3, 1, 2]);
  return held.canonical ?? held.pixel ?? transposed(to, held.plain!, [0, 2, 3, 1]);
}

function constantIn(constant: ConstantTensor, shape: Shape, form: Form): Constant {
  const target = formShape(shape, form);
  const numbers = shape.length === 3 && form !== "plain" ? channelsLast(constant.data, shape) : constant.data;
  return numbersConstant(form === "canonical" ? constant.name : `${constant.name}.${form}`, target, numbers);
}

function channelsLast(data: readonly number[], [channels, height, width]: Shape): readonly number[] {
  const out: number[] = [];
  for (let p = 0; p < height * width; p++) for (let c = 0; c < channels; c++) out.push(data[c * height * width + p]);
  return out;
}

/** The same elements in the same order under another shape; nothing where it has that shape. */
export function reshaped(to: Lowering, x: Operand, shape: Shape): Operand {
  if (sameShape(x.shape, shape)) return x;
  if (x.kind === "constant") return { ...x, name: `${x.name}.${shape.slice(1).join("x")}`, shape };
  return emit(to, { name: "reshape", shape }, [x], shape);
}

/** Exchanges axes; a reshape where only sides of 1 move, nothing where none does. */
export function transposed(to: Lowering, x: Operand, order: readonly number[]): Operand {
  const shape = order.map((axis) => x.shape[axis]);
  const moving = order.filter((axis) => x.shape[axis] !== 1);
  if (moving.every((axis, i) => i === 0 || moving[i - 1] < axis)) return reshaped(to, x, shape);
  const value = x.kind === "value" ? x : emit(to, { name: "repeat" }, [x], x.shape);
  return emit(to, { name: "transpose", order }, [value], shape);
}

export function numbersConstant(name: string, shape: Shape, numbers: readonly number[]): Constant {
  if (numbers.length !== elements(shape)) throw new Error(`${name} has ${numbers.length} numbers`);
  return { kind: "constant", name, shape, source: { kind: "numbers", numbers } };
}

/** All elements alike. */
export function filled(name: string, shape: Shape, value: number): Constant {
  return { kind: "constant", name, shape, source: { kind: "fill", value } };
}

export function weightOf(node: Pick<Node, "weights">, role: Role): Weight | undefined {
  return node.weights.find((weight) => weight.role === role);
}

/** How a weight becomes a constant: under which name, and multiplied and shifted by what. */
export interface Naming {
  readonly name: string;
  readonly scale?: number;
  readonly shift?: number;
}

/** A weight in TF.js's layout. `shape` is that of a weight which is only shaped anew. */
export function weightConstant(weight: Weight, layout: WeightLayout, naming: Naming, shape: Shape = weight.shape): Constant {
  const { name, scale = 1, shift = 0 } = naming;
  return { kind: "constant", name, shape: layoutShape(layout, shape), source: { kind: "weight", weight, layout, scale, shift } };
}

/** The name of the layer that owns a weight: `stem.conv2d` of `stem.conv2d.weight`. */
export function ownerOf(weight: Weight): string {
  return weight.name.endsWith(`.${weight.role}`) ? weight.name.slice(0, -weight.role.length - 1) : weight.name;
}

/** Whether one node reads the tensor, and no output is it. */
export function onlyReader(to: Lowering, tensor: Tensor): Node | undefined {
  const readers = to.readers.get(tensor) ?? [];
  return readers.length === 1 && !to.results.has(tensor) ? readers[0] : undefined;
}
