/**
 * The model that calibration runs: the deployed network in float32, with more outputs. Either each tensor's lowest and highest value and channels' means,
 * computed inside, so that no tensor need outlive its use; or some of the tensors themselves.
 */
import { plainSpellings, type Spellings } from "../../compiler/devices/support/spellings.ts";
import { deployed } from "../../compiler/passes/index.ts";
import { elements, type Shape } from "../../compiler/ir/shape.ts";
import type { EmitRequest } from "../artifact.ts";
import { modelOf } from "./model.ts";
import { encodeModel, type NodeProto, type ValueInfo } from "./onnx.ts";
import { chunks } from "./protobuf.ts";
import { calibratedValues } from "./quantise-forms.ts";
import { kernelsOf } from "./integer-kernels.ts";
import { lower } from "./lower.ts";
import type { Initializer, TargetGraph } from "./target.ts";

/** A tensor whose range calibration finds: its name in the lowered graph, and how many numbers it has. */
export interface Calibrated {
  readonly name: string;
  readonly elements: number;
}

/** Names of the outputs that the model has beyond the network's own, by tensor. */
export interface CalibrationModel {
  readonly bytes: Uint8Array;
  readonly lowest: ReadonlyMap<string, string>;
  readonly highest: ReadonlyMap<string, string>;
  /** Means of the channels of what kernels take. */
  readonly means: ReadonlyMap<string, string>;
  /** The tensors that were asked for. */
  readonly whole: ReadonlyMap<string, string>;
}

export function calibratedTensors({ graph }: EmitRequest, spellings?: Spellings): readonly Calibrated[] {
  const lowered = lower(deployed(graph), 1, () => "", spellings);
  const shapes = shapesOf(lowered);
  return calibratedValues(lowered).map((name) => ({ name, elements: elements(shapes.get(name)!) }));
}

/** With the batch of 1. */
function shapesOf({ inputs, values }: TargetGraph): ReadonlyMap<string, Shape> {
  return new Map([...inputs.map(({ name, dims }) => [name, dims as Shape] as const), ...values.map(({ name, shape }) => [name, [1, ...shape]] as const)]);
}

/**
 * @param spellings those of the model that the ranges are for
 * @param want `extremes`: lowest and highest value of every tensor and the means; or the names of tensors that are wanted whole
 */
export function calibrationModel(request: EmitRequest, want: "extremes" | readonly string[], spellings?: Spellings): CalibrationModel {
  const lowered = lower(deployed(request.graph), 1, () => "", spellings);
  const shapes = shapesOf(lowered);
  const nodes: NodeProto[] = [];
  const infos: ValueInfo[] = [];
  const added: Initializer[] = [];
  const taken = { lowest: new Map<string, string>(), highest: new Map<string, string>(), means: new Map<string, string>(), whole: new Map<string, string>() };
  const take = (into: keyof typeof taken, opType: string, name: string, dims: Shape, numbers: readonly number[] = []): void => {
    const output = `${name}/${into}`;
    const list = `ints/${numbers.join(",")}`;
    if (numbers.length > 0 && !added.some((one) => one.name === list)) added.push({ name: list, type: "int64", dims: [numbers.length], source: { numbers } });
    nodes.push({ name: output, opType, inputs: [name, ...(numbers.length > 0 ? [list] : [])], outputs: [output], attributes: opType === "Reshape" ? {} : { keepdims: { int: 0 } }, doc: "" });
    infos.push({ name: output, dims });
    taken[into].set(name, output);
  };
  if (want === "extremes") {
    for (const name of calibratedValues(lowered)) {
      take("lowest", "ReduceMin", name, []);
      take("highest", "ReduceMax", name, []);
    }
    for (const [name, taker] of new Map(kernelsOf(lowered).flatMap(({ takers }) => takers.map((taker) => [taker.inputs[0], taker.opType] as const)))) {
      const shape = shapes.get(name)!;
      // a Gemm takes rows of features, whatever they were made of
      if (taker === "Gemm") take("means", "ReduceMean", name, shape.slice(-1), [0]);
      else take("means", "ReduceMean", name, [shape[1]], [0, 2, 3]);
    }
  } else {
    for (const name of want) take("whole", "Reshape", name, [elements(shapes.get(name)!)], [-1]);
  }
  const encoded = encodeModel(modelOf(request, { ...lowered, spellings: plainSpellings, layers: [], nodes: [...lowered.nodes, ...nodes], outputs: [...lowered.outputs, ...infos], initializers: [...lowered.initializers, ...added] }));
  const bytes = new Uint8Array(encoded.length);
  let at = 0;
  for (const chunk of chunks(encoded)) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return { bytes, ...taken };
}
