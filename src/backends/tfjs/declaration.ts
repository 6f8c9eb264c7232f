/** What the module of a network exports, as types that name nothing of TensorFlow.js: shapes, costs and classes are literal. */
import type { EmitRequest } from "../artifact.ts";
import { batched, commented, declared, figureMembers, modelDoc, propertyOf, tuple, type Declaration, type Piece } from "../declaration.ts";
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.ts";
import type { GraphInput } from "../../compiler/ir/graph.ts";
import type { Shape } from "../../compiler/ir/shape.ts";
import type { Span } from "../../compiler/source.ts";
import { deployed, unfused } from "../../compiler/passes/index.ts";
import { lower, unsupported } from "./lower.ts";
import { formShape } from "./lowering.ts";
import { classListOf, classOutput, pictureInput } from "./module.ts";
import { peakBytes } from "./program.ts";
import { identifier, numberText } from "./text.ts";

export type Declarable = Pick<EmitRequest, "graph" | "figures" | "reading" | "labels">;

/** The declaration of a model as a namespace; `at` is where its name stands. Undefined with a reason where TensorFlow.js cannot express it. */
export function declaration(request: Declarable, at: Span): { readonly declaration: Declaration } | { readonly declaration: undefined; readonly diagnostics: readonly Diagnostic[] } {
  const folded = deployed(request.graph);
  const diagnostics = unsupported(folded);
  if (diagnostics.length > 0) return { declaration: undefined, diagnostics };
  const graph = unfused(request.graph);
  const picture = pictureInput(graph);
  const answer = picture && classOutput(graph);
  const list = classListOf(graph);
  const classes = list === undefined ? undefined : request.labels(list);
  const named = answer !== undefined && classes !== undefined;
  const figures = { ...request.figures, peak: peakBytes(lower(folded, "code")) };
  const lines: (readonly Piece[])[] = [];
  const line = (...pieces: readonly Piece[]): void => void lines.push(pieces);
  const plain = (texts: readonly string[]): void => texts.forEach((text) => line(text));

  plain(modelDoc(graph.doc, request.figures, request.reading));
  line("export declare namespace ", { word: graph.name, span: at }, " {");
  line(`  const name: ${JSON.stringify(graph.name)};`);
  plain(commented(["For one example: numbers, multiply-adds, operations, and bytes in float32; `peak` as TensorFlow.js counts its tensors."], "  "));
  line("  const costs: {");
  plain(figureMembers(figures).map((member) => `    ${member}`));
  line("  };");
  plain(commented(["Shapes without the batch: height, width, channels."], "  "));
  line("  const inputs: {");
  for (const input of graph.inputs) line("    readonly ", { word: propertyOf(input.name), span: input.span }, `: ${inputType(input)};`);
  line("  };");
  line("  const outputs: {");
  for (const output of graph.outputs) {
    const labels = output.labels === undefined ? "" : `; readonly labels: ${JSON.stringify(output.labels)}`;
    line("    readonly ", { word: propertyOf(output.name), span: output.span }, `: { readonly shape: ${tuple(sizes(output.tensor.shape!))}${labels} };`);
  }
  line("  };");
  if (named) {
    plain(commented([`The classes of \`${answer.name}\`, in order${answer.offset > 0 ? ` from index ${answer.offset}` : ""}.`], "  "));
    line(`  const classes: ${tuple(classes)};`);
    line("  type ClassName = (typeof classes)[number];");
  }
  line("  interface Outputs {");
  for (const output of graph.outputs) line("    readonly ", { word: propertyOf(output.name), span: output.span }, `: lwm.Tensor<${batched(sizes(output.tensor.shape!))}>;`);
  line("  }");
  if (answer) {
    line("  interface Classification {");
    plain(["    index: number;", ...(named ? ["    name: ClassName;"] : []), `    ${answer.scores === "logits" ? "probability" : "score"}: number;`]);
    line("  }");
  }
  plain(commented(["The network with batch norms folded away. Results belong to the caller, who disposes of them, and of the inputs."], "  "));
  line("  interface Inference {");
  plain(predictLines(graph.inputs).map((text) => `    ${text}`));
  if (answer) plain([...commented(["The `k` likeliest classes of a picture."], "    "), "    classify(picture: lwm.Picture, k?: number): Promise<Classification[]>;"]);
  plain([...commented(["Gives the weights' memory back."], "    "), "    dispose(): void;"]);
  line("  }");
  plain(commented(["The network for inference, with the weights that the build placed beside the code."], "  "));
  line("  function load(): Promise<Inference>;");
  plain(commented([`The network for inference; \`weights\` are the bytes of \`${graph.name}.bin\`, as the build or \`lwmc compile\` writes it.`], "  "));
  line("  function loadInference(weights: lwm.Bytes): Inference;");
  plain(commented(["The network for training, initialised from `seed`, or with weights from a safetensors file."], "  "));
  line("  function createModel(options?: { seed?: number; weights?: lwm.Bytes }): lwm.LayersModel;");
  plain(commented(["Puts a safetensors file's weights into a model; and a model's weights as such a file."], "  "));
  line("  function loadWeights(model: lwm.LayersModel, safetensors: lwm.Bytes): void;");
  line("  function saveWeights(model: lwm.LayersModel): Promise<Uint8Array>;");
  if (picture) {
    plain(commented(["A picture as the network takes it."], "  "));
    line(`  function pictureTensor(picture: lwm.Picture): lwm.Tensor<${batched(sizes(graph.inputs[0].tensor.shape!))}>;`);
  }
  line("}");
  return { declaration: declared(lines) };
}

/** One type parameter for each input: the shape of what is handed in. */
function predictLines(inputs: readonly GraphInput[]): readonly string[] {
  const shapes = inputs.map(({ tensor }) => batched(sizes(tensor.shape!)));
  const parameter = (i: number): string => (inputs.length === 1 ? "Shape" : `Shape${i + 1}`);
  const generics = shapes.map((shape, i) => `${parameter(i)} extends lwm.OfRank<${shape}>`).join(", ");
  const types = shapes.map((shape, i) => `lwm.Input<${parameter(i)}, ${shape}>`);
  const taken = inputs.length === 1 ? `${identifier(inputs[0].name)}: ${types[0]}` : `inputs: { ${inputs.map(({ name }, i) => `readonly ${propertyOf(name)}: ${types[i]}`).join("; ")} }`;
  return [`predict<${generics}>(${taken}): Outputs;`];
}

function inputType({ tensor, order, mean, std }: GraphInput): string {
  const numbers = (values: readonly number[]): string => tuple(values.map((value) => Number(numberText(value))));
  const facts = [`readonly shape: ${tuple(sizes(tensor.shape!))}`, ...(order ? [`readonly order: ${JSON.stringify(order)}`] : []), ...(mean ? [`readonly mean: ${numbers(mean)}`] : []), ...(std ? [`readonly std: ${numbers(std)}`] : [])];
  return `{ ${facts.join("; ")} }`;
}

/** Height, width, channels. */
function sizes(shape: Shape): Shape {
  return formShape(shape, "canonical").slice(1);
}
