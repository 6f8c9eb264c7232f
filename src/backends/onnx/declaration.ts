/** What the module beside an ONNX file exports, as types that name nothing of onnxruntime: shapes, costs and classes are literal. */
import type { EmitRequest } from "../artifact.ts";
import { commented, declared, figureMembers, modelDoc, propertyOf, tuple, type Declaration, type Piece } from "../declaration.ts";
import type { GraphInput, GraphOutput } from "../../compiler/ir/graph.ts";
import type { Span } from "../../compiler/source.ts";
import { classifiedOutput, pictureInput } from "./module.ts";

/** The declaration of a model as a namespace; `at` is where its name stands. */
export function declaration(request: Pick<EmitRequest, "graph" | "figures" | "reading" | "labels">, at: Span): Declaration {
  const { graph, figures, reading } = request;
  const picture = pictureInput(request);
  const answer = picture ? classifiedOutput(graph.outputs) : undefined;
  const classes = answer?.labels === undefined ? undefined : request.labels(answer.labels);
  const lines: (readonly Piece[])[] = [];
  const line = (...pieces: readonly Piece[]): void => void lines.push(pieces);
  const plain = (texts: readonly string[]): void => texts.forEach((text) => line(text));
  const members = (of: readonly (GraphInput | GraphOutput)[], type: (each: GraphInput | GraphOutput) => string): void => {
    for (const each of of) line("    readonly ", { word: propertyOf(each.name), span: each.span }, `: ${type(each)};`);
  };

  plain(modelDoc(graph.doc, figures, reading));
  line("export declare namespace ", { word: graph.name, span: at }, " {");
  line(`  const name: ${JSON.stringify(graph.name)};`);
  if (reading !== undefined) line(`  const reading: ${JSON.stringify(reading)};`);
  plain(commented(["For one example: numbers, multiply-adds, operations, and bytes in float32."], "  "));
  line("  const costs: {");
  plain(figureMembers(figures).map((member) => `    ${member}`));
  line("  };");
  plain(commented(["Shapes without the batch; a picture is channels, height, width."], "  "));
  line("  const inputs: {");
  members(graph.inputs, (input) => inputType(input as GraphInput));
  line("  };");
  line("  const outputs: {");
  members(graph.outputs, (output) => outputType(output as GraphOutput));
  line("  };");
  if (classes) {
    plain(commented([`The classes of \`${answer!.name}\`, in its order${answer!.offset ? `, from its element ${answer!.offset} on` : ""}.`], "  "));
    line(`  const classes: ${tuple(classes)};`);
    line("  type ClassName = (typeof classes)[number];");
  }
  plain(["  type Input = keyof typeof inputs;", "  type Output = keyof typeof outputs;"]);
  plain(commented(["Numbers of one example, row-major, channels first."], "  "));
  line("  interface Inputs {");
  members(graph.inputs, () => "Float32Array");
  line("  }");
  line("  interface Outputs {");
  members(graph.outputs, () => "Float32Array");
  line("  }");
  if (answer) plain(["  interface Classification {", "    readonly index: number;", ...(classes ? ["    readonly name: ClassName;"] : []), "    readonly probability: number;", "  }"]);
  line("  interface Network {");
  plain(["    readonly session: lwm.Session;", "    run(inputs: Inputs): Promise<Outputs>;"]);
  if (picture) plain([...commented(["Runs on a picture, as `prepare` makes it fit."], "    "), "    runOnPicture(picture: lwm.Picture): Promise<Outputs>;"]);
  if (answer) plain([...commented(["The `k` likeliest classes of a picture, the likeliest first."], "    "), "    classify(picture: lwm.Picture, k?: number): Promise<readonly Classification[]>;"]);
  plain([...commented(["Frees the memory; the network cannot be used afterwards."], "    "), "    close(): Promise<void>;", "  }"]);
  plain(commented(["Opens the network that the build placed beside the code, in onnxruntime-web's wasm flavour unless another is handed in."], "  "));
  line("  function load(runtime?: lwm.Runtime, options?: lwm.SessionOptions): Promise<Network>;");
  plain(commented(["Opens an ONNX file of this network: where it lies (to be fetched), or its bytes."], "  "));
  line("  function open(model: string | URL | lwm.Bytes, runtime?: lwm.Runtime, options?: lwm.SessionOptions): Promise<Network>;");
  if (picture) plain([...commented(["The network's input for a picture."], "  "), "  function prepare(picture: lwm.Picture): Float32Array;"]);
  line("}");
  return declared(lines);
}

function inputType({ tensor, order, mean, std }: GraphInput): string {
  const facts = [`readonly shape: ${tuple(tensor.shape ?? [])}`, ...(order ? [`readonly order: ${JSON.stringify(order)}`] : []), ...(mean ? [`readonly mean: ${tuple(mean)}`] : []), ...(std ? [`readonly std: ${tuple(std)}`] : [])];
  return `{ ${facts.join("; ")} }`;
}

function outputType({ tensor, labels, offset }: GraphOutput): string {
  return `{ readonly shape: ${tuple(tensor.shape ?? [])}${labels === undefined ? "" : `; readonly labels: ${JSON.stringify(labels)}; readonly offset: ${offset}`} }`;
}
