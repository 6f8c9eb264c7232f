/**
 * A network at other input sizes, without expanding it anew: one pass over the layers of the deployed network works out their shapes, what
 * they compute and what is alive meanwhile. What hangs on the size, as `same` padding does, is resolved again from the layers' arguments.
 *
 * It holds where the expansion did not look at sizes (`Model.inputSizes`), and while no image changes its channels, which the expansion may have
 * read. Where that is not so, or where the size does not fit, the answer is undefined, and the model has to be varied instead.
 */
import { storage, type Figures } from "../analyse/cost.ts";
import type { Model } from "../elaborate/model.ts";
import type { InputValues } from "../elaborate/input-sizes.ts";
import type { Graph, Node } from "../ir/graph.ts";
import { isProblem, type Op } from "../ir/op.ts";
import { elements, MAX_ELEMENTS, type Shape } from "../ir/shape.ts";
import { outputSide, type Window } from "../ops/window.ts";
import { deployed } from "../passes/index.ts";
import { fingerprint, mixFirst, mixSecond, structureOf } from "./fingerprint.ts";

export interface Resized {
  readonly figures: Figures;
  /** Elements of the largest tensor. */
  readonly largest: number;
  /** Tells networks apart: equal for equal layers of equal shapes. */
  readonly fingerprint: number;
}

export interface Resizer {
  /** Whether a parameter changes the inputs' sizes and nothing else. */
  readonly holds: (param: string) => boolean;
  readonly at: (values: InputValues) => Resized | undefined;
}

/** One layer, by the ids of its tensors; with what it is in the network as it stands. */
interface Step {
  readonly op: Op;
  /** Undefined for what depends on no input. */
  readonly given: Readonly<Record<string, unknown>> | undefined;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly inputShapes: readonly Shape[];
  readonly outputShapes: readonly Shape[];
  readonly activation: Node["activation"];
  readonly macs: number;
  readonly flops: number;
  /** Set for convolutions, whose work grows with the positions of their output and whose weights hang on the channels alone. */
  readonly window: { readonly window: Window; readonly channels: number; readonly macs: number; readonly flops: number } | undefined;
  /** Elements of its weights, trained and only stored. */
  readonly trained: number;
  readonly stored: number;
  readonly counted: boolean;
  /** Tensors that nobody needs after it. */
  readonly last: readonly number[];
}

interface Plan {
  readonly steps: readonly Step[];
  readonly inputs: readonly { readonly id: number; readonly shape: Shape; readonly read: boolean }[];
  /** Outputs whose classes have names: their number has been checked. */
  readonly labelled: readonly { readonly id: number; readonly classes: number }[];
  readonly tensors: number;
}

const BYTES = 4;

/** @returns undefined where the model cannot be resized at all */
export function resizer(model: Model): Resizer | undefined {
  const { inputSizes, complete } = model;
  if (!inputSizes || !complete) return undefined;
  const graph = deployed(model.graph);
  const { steps, inputs, labelled, tensors } = planOf(graph);
  const kept = storage(model.graph);
  const structure = structureOf(graph);
  const sharing = sharesWeights(model.graph.nodes);
  // By tensor; filled anew by each call.
  const shapes: Shape[] = Array.from({ length: tensors }, () => []);
  const counts = new Float64Array(tensors);
  return {
    holds: inputSizes.holds,
    at: (values) => {
      const given = inputSizes.shapes(values);
      return given && resized(given);
    },
  };

  function resized(given: readonly Shape[]): Resized | undefined {
    let alive = 0;
    for (let i = 0; i < inputs.length; i++) {
      const { id, shape, read } = inputs[i];
      const now = given[i];
      if (now.length !== shape.length || (now.length === 3 && now[0] !== shape[0])) return undefined;
      shapes[id] = sameSides(now, shape) ? shape : now;
      counts[id] = elements(now);
      if (read) alive += counts[id];
    }
    let most = alive;
    let largest = 0;
    for (let i = 0; i < inputs.length; i++) largest = Math.max(largest, counts[inputs[i].id]);
    let macs = 0;
    let flops = 0;
    let { params, buffers, weights } = kept;
    let { first, second } = structure;
    for (let s = 0; s < steps.length; s++) {
      const step = steps[s];
      const { op, outputs, window } = step;
      const x = shapes[step.inputs[0]];
      if (unchanged(step)) {
        for (let i = 0; i < outputs.length; i++) {
          shapes[outputs[i]] = step.outputShapes[i];
          counts[outputs[i]] = elements(step.outputShapes[i]);
        }
        macs += step.macs;
        flops += step.flops;
      } else if (window) {
        const height = outputSide(x[1], window.window, 0);
        const width = outputSide(x[2], window.window, 1);
        const positions = height * width;
        const count = window.channels * positions;
        if (height < 1 || width < 1 || count > MAX_ELEMENTS) return undefined;
        const [before] = step.outputShapes;
        shapes[outputs[0]] = height === before[1] && width === before[2] ? before : [window.channels, height, width];
        counts[outputs[0]] = count;
        macs += window.macs * positions;
        flops += window.flops * positions;
      } else {
        const xs = step.inputs.length === 1 ? [x] : step.inputs.map((id) => shapes[id]);
        const inferred = op.infer(xs, step.given as never);
        if (isProblem(inferred) || inferred.outputs.length !== outputs.length) return undefined;
        const { attrs } = inferred;
        for (let i = 0; i < outputs.length; i++) {
          const before = step.outputShapes[i];
          const now = inferred.outputs[i];
          const count = elements(now);
          if (now.length !== before.length || (now.length === 3 && now[0] !== before[0]) || count > MAX_ELEMENTS) return undefined;
          shapes[outputs[i]] = sameSides(now, before) ? before : now;
          counts[outputs[i]] = count;
        }
        const work = op.macs ? op.macs(xs, inferred.outputs, attrs) : 0;
        macs += work;
        flops += 2 * work + op.flops(xs, inferred.outputs, attrs);
        if (step.activation) flops += step.activation.op.flops(inferred.outputs, inferred.outputs, step.activation.attrs);
        if (op.weights) {
          const [trained, stored] = weightElements(op, xs, attrs);
          // Weights of another size must fit all that share them: that is for the expansion to say.
          if (trained > MAX_ELEMENTS || stored > MAX_ELEMENTS || (sharing && (trained !== step.trained || stored !== step.stored))) return undefined;
          params += trained - step.trained;
          buffers += stored - step.stored;
          // Running statistics are not deployed: they are part of the other weights by then.
          weights += BYTES * (trained - step.trained);
        }
      }
      if (step.counted) {
        for (let i = 0; i < outputs.length; i++) {
          const shape = shapes[outputs[i]];
          const count = counts[outputs[i]];
          alive += count;
          if (count > largest) largest = count;
          for (let side = 0; side < shape.length; side++) {
            first = mixFirst(first, shape[side]);
            second = mixSecond(second, shape[side]);
          }
        }
        if (alive > most) most = alive;
      }
      for (let i = 0; i < step.last.length; i++) alive -= counts[step.last[i]];
    }
    for (const { id, classes } of labelled) if (shapes[id][0] !== classes) return undefined;
    return { figures: { params, buffers, macs, flops, weights, activations: BYTES * most }, largest, fingerprint: fingerprint(first, second) };
  }

  function unchanged({ given, inputs, inputShapes }: Step): boolean {
    if (given !== undefined) for (let i = 0; i < inputs.length; i++) if (shapes[inputs[i]] !== inputShapes[i]) return false;
    return true;
  }
}

function planOf(graph: Graph): Plan {
  const lastReader: number[] = [];
  graph.nodes.forEach((node, i) => node.inputs.forEach(({ id }) => (lastReader[id] = i)));
  for (const { tensor } of graph.outputs) lastReader[tensor.id] = graph.nodes.length;
  const free: number[][] = graph.nodes.map(() => []);
  let tensors = 0;
  for (const { tensor } of graph.inputs) {
    tensors = Math.max(tensors, tensor.id + 1);
    free[lastReader[tensor.id] ?? -1]?.push(tensor.id);
  }
  graph.nodes.forEach((node, i) => {
    for (const { id } of node.outputs) {
      tensors = Math.max(tensors, id + 1);
      if (node.op.kind !== "source") free[lastReader[id] ?? i]?.push(id);
    }
  });
  return {
    steps: graph.nodes.map((node, i) => stepOf(node, free[i])),
    inputs: graph.inputs.map(({ tensor }) => ({ id: tensor.id, shape: tensor.shape!, read: lastReader[tensor.id] !== undefined })),
    labelled: graph.outputs.flatMap(({ tensor, labels }) => (labels === undefined ? [] : [{ id: tensor.id, classes: tensor.shape![0] }])),
    tensors,
  };
}

function stepOf(node: Node, last: readonly number[]): Step {
  const { op, attrs, given, activation } = node;
  const inputShapes = node.inputs.map((x) => x.shape!);
  const outputShapes = node.outputs.map((y) => y.shape!);
  const macs = op.macs ? op.macs(inputShapes, outputShapes, attrs) : 0;
  const flops = 2 * macs + op.flops(inputShapes, outputShapes, attrs) + (activation ? activation.op.flops(outputShapes, outputShapes, activation.attrs) : 0);
  const [trained, stored] = op.weights ? weightElements(op, inputShapes, attrs) : [0, 0];
  const [channels, height, width] = outputShapes[0];
  const positions = height * width;
  const slides = given !== undefined && (op.name === "conv2d" || op.name === "depthwise");
  return {
    op,
    given,
    inputs: node.inputs.map(({ id }) => id),
    outputs: node.outputs.map(({ id }) => id),
    inputShapes,
    outputShapes,
    activation,
    macs,
    flops,
    window: slides ? { window: given as unknown as Window, channels, macs: macs / positions, flops: flops / positions } : undefined,
    trained,
    stored,
    counted: op.kind !== "source",
    last,
  };
}

/** How many numbers an operator's weights have, trained and only stored. */
function weightElements(op: Op, inputs: readonly Shape[], attrs: unknown): readonly [number, number] {
  let trained = 0;
  let stored = 0;
  for (const { shape, trainable } of op.weights!(inputs, attrs)) {
    if (trainable) trained += elements(shape);
    else stored += elements(shape);
  }
  return [trained, stored];
}

function sharesWeights(nodes: readonly Node[]): boolean {
  const seen = new Set<string>();
  for (const { weights } of nodes) {
    if (weights.length === 0) continue;
    if (seen.has(weights[0].name)) return true;
    seen.add(weights[0].name);
  }
  return false;
}

function sameSides(a: Shape, b: Shape): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
