/**
 * A 1×1 convolution of one pixel that ends in results of the network is a matrix product: Conv(x) ⇒ Reshape(Gemm(Flatten(x))). On integers a Gemm
 * gives float32, so that the scores of classes are not rounded to 256 steps and do not tie.
 */
import { elements } from "../../compiler/ir/shape.ts";
import type { NodeProto } from "./onnx.ts";
import { wiring } from "./quantise-forms.ts";
import type { Initializer, TargetGraph } from "./target.ts";

export function denseHeads(graph: TargetGraph): TargetGraph {
  const wires = wiring(graph);
  const initializers = new Map(graph.initializers.map((one) => [one.name, one]));
  const shapes = new Map(graph.values.map(({ name, shape }) => [name, shape]));
  const ends = (value: string): boolean => wires.readers(value).every((node) => wires.form(node) === "float" || (wires.form(node) === "same" && node.outputs.every(ends)));
  const made: Initializer[] = [];
  const dense = (node: NodeProto): readonly NodeProto[] => {
    const [x, weight, ...bias] = node.inputs;
    const [y] = node.outputs;
    const kernel = initializers.get(weight);
    const { group } = node.attributes;
    const onePixel = [shapes.get(x), shapes.get(y)].every((shape) => shape?.length === 3 && shape[1] * shape[2] === 1);
    if (node.opType !== "Conv" || !kernel || elements(kernel.dims.slice(2)) !== 1 || !("int" in group && group.int === 1) || !onePixel || !ends(y)) return [node];
    const matrix = { ...kernel, name: `${weight}/matrix`, dims: kernel.dims.slice(0, 2) };
    const sides = { name: `${y}/sides`, type: "int64", dims: [4], source: { numbers: [0, kernel.dims[0], 1, 1] } } as const;
    made.push(matrix, sides);
    return [
      { name: `${node.name}/flatten`, opType: "Flatten", inputs: [x], outputs: [`${y}/flat`], attributes: { axis: { int: 1 } }, doc: "" },
      { ...node, opType: "Gemm", inputs: [`${y}/flat`, matrix.name, ...bias], outputs: [`${y}/row`], attributes: { transB: { int: 1 } } },
      { name: `${node.name}/pixel`, opType: "Reshape", inputs: [`${y}/row`, sides.name], outputs: [y], attributes: {}, doc: "" },
    ];
  };
  const nodes = graph.nodes.flatMap(dense);
  return { ...graph, nodes, initializers: [...graph.initializers, ...made.filter(({ name }, i) => made.findIndex((other) => other.name === name) === i)] };
}
