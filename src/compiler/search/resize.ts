/**
 * A network at other input sizes, without expanding it anew: one pass over the layers of the deployed network works out their shapes, what
 * they compute and what is alive meanwhile. What hangs on the size, as `same` padding does, is resolved again from the layers' arguments.
 *
 * It holds where the expansion did not look at sizes (`Model.inputSizes`), and while no image changes its channels, which the expansion may have
 * read. Where that is not so, or where the size does not fit, the answer is undefined, and the model has to be varied instead.
 */
import type { Figures } from "../analyse/figures.ts";
import { storage } from "../analyse/cost.ts";
import type { Model, InputValues } from "../elaborate/model.ts";
import type { Graph, Node } from "../ir/graph.ts";
import { isProblem, type Op } from "../ir/op.ts";
import { elements, MAX_ELEMENTS, sameShape, type Shape } from "../ir/shape.ts";
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

/**
 * How a layer's output follows from its input. `window`: a convolution, whose work grows with the positions of its output, and whose weights hang on the
 * channels alone. `alike`: an output of the inputs' shape, where these are all the same, and work for each of its elements. `any`: as the operator says.
 */
type Form = "window" | "alike" | "any";

/** One layer, by the ids of its tensors; with what it is in the network as it stands. */
interface Step {
  readonly form: Form;
  readonly op: Op;
  /** Undefined for what depends on no input. */
  readonly given: Readonly<Record<string, unknown>> | undefined;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly activation: Node["activation"];
  readonly macs: number;
  readonly flops: number;
  /** For each position of the output. */
  readonly positionMacs: number;
  readonly positionFlops: number;
  /** Elements of its weights, trained and only stored. */
  readonly trained: number;
  readonly stored: number;
  /** Tensors that nobody needs after it. */
  readonly last: readonly number[];
}

interface Plan {
  readonly steps: readonly Step[];
  /** The shapes as the network stands, by tensor. */
  readonly shapes: readonly Shape[];
  readonly inputs: readonly { readonly id: number; readonly read: boolean }[];
  /** Outputs whose classes have names: their number has been checked. */
  readonly labelled: readonly number[];
}

const BYTES = 4;

/** @returns undefined where the model cannot be resized at all */
export function resizer(model: Model): Resizer | undefined {
  const { inputSizes, complete } = model;
  if (!inputSizes || !complete) return undefined;
  const graph = deployed(model.graph);
  const { steps, inputs, labelled, shapes } = planOf(graph);
  const kept = storage(model.graph);
  const structure = structureOf(graph);
  const sharing = sharesWeights(model.graph.nodes);
  // By tensor, filled anew by each call: an image's height and width, any other tensor's shape, and the number of elements.
  const heights = new Int32Array(shapes.length);
  const widths = new Int32Array(shapes.length);
  const counts = new Float64Array(shapes.length);
  const others = shapes.slice();
  const inRange = rangeCheck(model);
  return {
    holds: inputSizes.holds,
    at: (values) => {
      const given = inRange(values) ? inputSizes.shapes(values) : undefined;
      return given && resized(given);
    },
  };

  function resized(given: readonly Shape[]): Resized | undefined {
    let alive = 0;
    let largest = 0;
    for (let i = 0; i < inputs.length; i++) {
      const { id, read } = inputs[i];
      if (!placed(id, given[i])) return undefined;
      const count = counts[id];
      if (read) alive += count;
      if (count > largest) largest = count;
    }
    let most = alive;
    let macs = 0;
    let flops = 0;
    let { params, buffers, weights } = kept;
    let { first, second } = structure;
    for (let s = 0; s < steps.length; s++) {
      const step = steps[s];
      const { form, inputs, outputs } = step;
      const x = inputs[0];
      const y = outputs[0];
      if (form === "window") {
        const window = step.given as unknown as Window;
        const height = outputSide(heights[x], window, 0);
        const width = outputSide(widths[x], window, 1);
        const positions = height * width;
        const count = shapes[y][0] * positions;
        if (height < 1 || width < 1 || count > MAX_ELEMENTS) return undefined;
        heights[y] = height;
        widths[y] = width;
        counts[y] = count;
        macs += step.positionMacs * positions;
        flops += step.positionFlops * positions;
      } else if (form === "alike" && sameImages(inputs)) {
        heights[y] = heights[x];
        widths[y] = widths[x];
        counts[y] = counts[x];
        flops += step.positionFlops * heights[x] * widths[x];
      } else if (step.given === undefined || isUnchanged(inputs)) {
        for (let i = 0; i < outputs.length; i++) placed(outputs[i], shapes[outputs[i]]);
        macs += step.macs;
        flops += step.flops;
      } else {
        const { op, activation } = step;
        const xs = inputs.map(shapeOf);
        const inferred = op.infer(xs, step.given as never);
        if (isProblem(inferred) || inferred.outputs.length !== outputs.length) return undefined;
        const { attrs, outputs: ys } = inferred;
        for (let i = 0; i < outputs.length; i++) if (!placed(outputs[i], ys[i])) return undefined;
        const work = op.macs ? op.macs(xs, ys, attrs) : 0;
        macs += work;
        flops += 2 * work + op.flops(xs, ys, attrs) + (activation ? activation.op.flops(ys, ys, activation.attrs) : 0);
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
      if (step.op.kind !== "source") {
        for (let i = 0; i < outputs.length; i++) {
          const id = outputs[i];
          const count = counts[id];
          alive += count;
          if (count > largest) largest = count;
          if (shapes[id].length === 3) {
            first = mixFirst(mixFirst(first, heights[id]), widths[id]);
            second = mixSecond(mixSecond(second, heights[id]), widths[id]);
            continue;
          }
          for (const side of others[id]) {
            first = mixFirst(first, side);
            second = mixSecond(second, side);
          }
        }
        if (alive > most) most = alive;
      }
      for (let i = 0; i < step.last.length; i++) alive -= counts[step.last[i]];
    }
    for (const id of labelled) if (shapes[id].length !== 3 && others[id][0] !== shapes[id][0]) return undefined;
    return { figures: { params, buffers, macs, flops, weights, activations: BYTES * most }, largest, fingerprint: fingerprint(first, second) };
  }

  /** Keeps a tensor's new shape; false where the expansion might have taken notice of it: another rank, or other channels. */
  function placed(id: number, now: Shape): boolean {
    const before = shapes[id];
    const count = elements(now);
    if (now.length !== before.length || count > MAX_ELEMENTS) return false;
    counts[id] = count;
    if (now.length !== 3) others[id] = now;
    else if (now[0] !== before[0]) return false;
    else {
      heights[id] = now[1];
      widths[id] = now[2];
    }
    return true;
  }

  function shapeOf(id: number): Shape {
    return shapes[id].length === 3 ? [shapes[id][0], heights[id], widths[id]] : others[id];
  }

  /** Whether images that have the same shape in the network as it stands have the same shape now. */
  function sameImages(ids: readonly number[]): boolean {
    for (let i = 1; i < ids.length; i++) if (heights[ids[i]] !== heights[ids[0]] || widths[ids[i]] !== widths[ids[0]]) return false;
    return true;
  }

  function isUnchanged(ids: readonly number[]): boolean {
    for (const id of ids) {
      const before = shapes[id];
      if (before.length === 3 ? heights[id] !== before[1] || widths[id] !== before[2] : !sameShape(others[id], before)) return false;
    }
    return true;
  }
}

/** What lies outside a parameter's range is a mistake at the call. */
function rangeCheck({ params }: Model): (values: InputValues) => boolean {
  const ranges = new Map(params.map(({ name, range }) => [name, range]));
  return (values) => {
    for (const name in values) {
      const value = values[name];
      const range = ranges.get(name);
      if (range && typeof value === "number" && (value < range.low || value > range.high)) return false;
    }
    return true;
  };
}

function planOf(graph: Graph): Plan {
  const lastReader: number[] = [];
  const shapes: Shape[] = [];
  graph.nodes.forEach((node, i) => node.inputs.forEach(({ id }) => (lastReader[id] = i)));
  for (const { tensor } of graph.outputs) lastReader[tensor.id] = graph.nodes.length;
  const free: number[][] = graph.nodes.map(() => []);
  for (const { tensor } of graph.inputs) {
    shapes[tensor.id] = tensor.shape!;
    free[lastReader[tensor.id] ?? -1]?.push(tensor.id);
  }
  graph.nodes.forEach((node, i) => {
    for (const { id, shape } of node.outputs) {
      shapes[id] = shape!;
      if (node.op.kind !== "source") free[lastReader[id] ?? i]?.push(id);
    }
  });
  return {
    steps: graph.nodes.map((node, i) => stepOf(node, free[i])),
    shapes,
    inputs: graph.inputs.map(({ tensor }) => ({ id: tensor.id, read: lastReader[tensor.id] !== undefined })),
    labelled: graph.outputs.flatMap(({ tensor, labels }) => (labels === undefined ? [] : [tensor.id])),
  };
}

function stepOf(node: Node, last: readonly number[]): Step {
  const { op, attrs, given, activation } = node;
  const inputs = node.inputs.map((x) => x.shape!);
  const outputs = node.outputs.map((y) => y.shape!);
  const macs = op.macs ? op.macs(inputs, outputs, attrs) : 0;
  const flops = 2 * macs + op.flops(inputs, outputs, attrs) + (activation ? activation.op.flops(outputs, outputs, activation.attrs) : 0);
  const [trained, stored] = op.weights ? weightElements(op, inputs, attrs) : [0, 0];
  const form = formOf(node, inputs, outputs);
  const positions = form === "any" ? 1 : outputs[0][1] * outputs[0][2];
  return {
    form,
    op,
    given,
    inputs: node.inputs.map(({ id }) => id),
    outputs: node.outputs.map(({ id }) => id),
    activation,
    macs,
    flops,
    positionMacs: macs / positions,
    positionFlops: flops / positions,
    trained,
    stored,
    last,
  };
}

function formOf({ op, given }: Node, inputs: readonly Shape[], [output]: readonly Shape[]): Form {
  if (given === undefined) return "any";
  if (op.name === "conv2d" || op.name === "depthwise") return "window";
  const alike = (op.kind === "elementwise" || op.kind === "activation") && !op.weights && output.length === 3;
  return alike && inputs.every((x) => sameShape(x, output)) ? "alike" : "any";
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
