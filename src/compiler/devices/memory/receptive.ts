/**
 * Which part of each tensor a part of a later one depends on. Rows and columns do not mix in the operators that are local, so that each axis is
 * traced by itself, in intervals that are cut at the tensor's border: what lies beyond is padding.
 */
import type { Node, Tensor } from "../../ir/graph.ts";
import type { Pair } from "../../ir/op.ts";

/** From the first row or column to before the second number. */
export type Interval = readonly [from: number, to: number];
/** 0: rows, 1: columns. */
export type Axis = 0 | 1;

/** Whether each output pixel of the node depends on a bounded neighbourhood of its inputs. */
export function isLocal(node: Node): boolean {
  if ([...node.inputs, ...node.outputs].some(({ shape, node: maker }) => shape?.length !== 3 && maker?.op.kind !== "source")) return false;
  switch (node.op.name) {
    case "conv2d":
    case "depthwise":
    case "maxpool":
    case "avgpool":
    case "channel_shuffle":
    case "batchnorm":
      return true;
    case "concat":
    case "split":
    case "slice":
    case "softmax":
    case "layernorm":
      return (node.attrs as { readonly axis?: number }).axis === 0;
    default:
      return node.op.kind === "activation" || (node.op.kind === "elementwise" && node.inputs.every((input) => input.node?.op.kind === "source" || sameSides(input, node.outputs[0])));
  }
}

function sameSides(a: Tensor, b: Tensor): boolean {
  return a.shape![1] === b.shape![1] && a.shape![2] === b.shape![2];
}

/** What a local node reads along an axis to make this interval of its outputs. */
function reads(node: Node, axis: Axis, [from, to]: Interval): Interval {
  const { kernel, stride, dilation = [1, 1], pads } = node.attrs as { readonly kernel?: Pair; readonly stride?: Pair; readonly dilation?: Pair; readonly pads?: readonly number[] };
  if (!kernel || !stride || !pads) return [from, to];
  const side = node.inputs[0].shape![axis + 1];
  const first = from * stride[axis] - pads[axis];
  const last = (to - 1) * stride[axis] - pads[axis] + (kernel[axis] - 1) * dilation[axis];
  return [Math.min(Math.max(first, 0), side), Math.max(Math.min(last + 1, side), 0)];
}

/**
 * For each tensor that the nodes read or make, by its id, the interval that `wanted` of the last one's output needs.
 *
 * @param nodes local ones in execution order; the last makes the only tensor that is wanted
 */
export function needed(nodes: readonly Node[], axis: Axis, wanted: Interval): ReadonlyMap<number, Interval> {
  const found = new Map<number, Interval>([[nodes[nodes.length - 1].outputs[0].id, wanted]]);
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i];
    const made = node.outputs.flatMap(({ id }) => {
      const interval = found.get(id);
      return interval ? [interval] : [];
    });
    if (made.length === 0) continue;
    const interval = reads(node, axis, hull(made));
    for (const output of node.outputs) found.set(output.id, hull(made));
    for (const { id, node: maker } of node.inputs) {
      if (maker?.op.kind === "source") continue;
      const known = found.get(id);
      found.set(id, known ? hull([known, interval]) : interval);
    }
  }
  return found;
}

function hull(intervals: readonly Interval[]): Interval {
  return [Math.min(...intervals.map(([from]) => from)), Math.max(...intervals.map(([, to]) => to))];
}
