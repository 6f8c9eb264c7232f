/**
 * The TypeScript module beside an ONNX file: it opens the file in onnxruntime-web, knows the network's names, shapes, classes and costs as types
 * and constants, and takes pictures. Its only dependency is onnxruntime-web, which is loaded when first needed or handed in.
 */
import type { GraphInput, GraphOutput } from "../../compiler/ir/graph.ts";
import type { Shape } from "../../compiler/ir/shape.ts";
import type { EmitRequest } from "../artifact.ts";
import { version } from "../version.ts";
import { openText } from "./module-open.ts";
import { classifyText, pictureText, propertyName } from "./module-picture.ts";
import type { Batch } from "./target.ts";

export function moduleText(request: EmitRequest, batch: Batch): string {
  const { graph, figures, reading } = request;
  const picture = pictureInput(request);
  const classified = picture ? classifiedOutput(graph.outputs) : undefined;
  const names = classified?.labels === undefined ? undefined : request.labels(classified.labels);
  const sizes = [...graph.inputs, ...graph.outputs].map(({ tensor }) => shapeOf(tensor.shape));
  const perRun = batch === 1 ? "one example" : "any number of examples";
  const blocks = [
    comment([
      `${graph.name}${reading === undefined ? "" : ` (reading ${reading})`}, compiled by lwm ${version}: ${count(figures.params)} parameters, ${count(figures.macs)} multiply-adds.`,
      ...(graph.doc ? ["", ...graph.doc.split("\n")] : []),
      "",
      `    const network = await open("${graph.name}.onnx");`,
      ...(classified ? ["    const [best] = await network.classify(picture);"] : [`    const { ${graph.outputs.map(({ name }) => name).join(", ")} } = await network.run({ ${graph.inputs.map(({ name }) => name).join(", ")} });`]),
    ]),
    `import type * as Runtime from "onnxruntime-web";`,
    `export const name = ${JSON.stringify(graph.name)};`,
    ...(reading === undefined ? [] : [comment(["Which of the published implementations this network is, where they differ."]) + `\nexport const reading = ${JSON.stringify(reading)};`]),
    comment(["For one example: parameters and buffers (numbers), multiply-adds, floating-point operations, bytes of weights, peak bytes of activations."]) +
      `\nexport const costs = {\n${Object.entries(figures).map(([key, value]) => `  ${key}: ${grouped(value)},`).join("\n")}\n} as const;`,
    comment(["Shapes are without the batch; an image is [channels, height, width]."]) +
      `\nexport const inputs = {\n${graph.inputs.map((input) => `  ${propertyName(input.name)}: ${inputFacts(input)},`).join("\n")}\n} as const;`,
    `export const outputs = {\n${graph.outputs.map((output) => `  ${propertyName(output.name)}: ${outputFacts(output)},`).join("\n")}\n} as const;`,
    ...(names ? [comment([`The classes of \`${classified!.name}\`, in its order${classified!.offset ? `, from its element ${classified!.offset} on` : ""}.`]) + `\nexport const classes = [\n${names.map((label) => `  ${JSON.stringify(label)},`).join("\n")}\n] as const;\nexport type ClassName = (typeof classes)[number];`] : []),
    `export type Input = keyof typeof inputs;\nexport type Output = keyof typeof outputs;`,
    comment([`Numbers of ${perRun}, row-major: ${graph.inputs.map(({ name }, i) => `\`${name}\` ${shown(batch, sizes[i])}`).join(", ")}.`]) + `\nexport type Inputs = { readonly [K in Input]: Float32Array };`,
    comment([`Numbers of as many examples: ${graph.outputs.map(({ name }, i) => `\`${name}\` ${shown(batch, sizes[graph.inputs.length + i])}`).join(", ")}.`]) + `\nexport type Outputs = { readonly [K in Output]: Float32Array };`,
    networkText(picture !== undefined, classified !== undefined),
    openText(batch, picture?.name, classified !== undefined),
    ...(picture ? [pictureText(picture.name)] : []),
    ...(classified ? [classifyText(classified, names !== undefined, isProbability(classified))] : []),
  ];
  return `${blocks.join("\n\n")}\n`;
}

/** The input that takes a picture: the only one, of one or three channels. */
export function pictureInput({ graph }: Pick<EmitRequest, "graph">): GraphInput | undefined {
  const [input] = graph.inputs;
  const shape = input?.tensor.shape;
  return graph.inputs.length === 1 && shape?.length === 3 && (shape[0] === 3 || shape[0] === 1) ? input : undefined;
}

/** The output that scores classes: the first that names its labels, or the only one; it is a vector. */
export function classifiedOutput(outputs: readonly GraphOutput[]): GraphOutput | undefined {
  const vectors = outputs.filter(({ tensor }) => tensor.shape?.length === 1);
  return vectors.find(({ labels }) => labels !== undefined) ?? (outputs.length === 1 ? vectors[0] : undefined);
}

/** Whether an output's elements are probabilities already. */
function isProbability({ tensor }: GraphOutput): boolean {
  let { node } = tensor;
  while (node && (node.op.name === "flatten" || node.op.name === "reshape")) ({ node } = node.inputs[0]);
  return node?.op.name === "softmax" || node?.op.name === "sigmoid";
}

function networkText(takesPictures: boolean, classifies: boolean): string {
  return [
    "export interface Network {",
    "  readonly session: Runtime.InferenceSession;",
    "  run(inputs: Inputs): Promise<Outputs>;",
    ...(takesPictures ? ["  /** Runs on a picture, as `prepare` makes it fit. */", "  runOnPicture(picture: Picture): Promise<Outputs>;"] : []),
    ...(classifies ? ["  /** The `k` likeliest classes of a picture, the likeliest first. */", "  classify(picture: Picture, k?: number): Promise<readonly Classification[]>;"] : []),
    "  /** Frees the memory; the network cannot be used afterwards. */",
    "  close(): Promise<void>;",
    "}",
  ].join("\n");
}

function inputFacts({ tensor, order, mean, std }: GraphInput): string {
  const facts = [`shape: [${shapeOf(tensor.shape).join(", ")}]`];
  if (order) facts.push(`order: ${JSON.stringify(order)}`);
  if (mean) facts.push(`mean: [${mean.join(", ")}]`);
  if (std) facts.push(`std: [${std.join(", ")}]`);
  return `{ ${facts.join(", ")} }`;
}

function outputFacts({ tensor, labels, offset }: GraphOutput): string {
  const facts = [`shape: [${shapeOf(tensor.shape).join(", ")}]`];
  if (labels !== undefined) facts.push(`labels: ${JSON.stringify(labels)}`, `offset: ${offset}`);
  return `{ ${facts.join(", ")} }`;
}

function shapeOf(shape: Shape | undefined): Shape {
  return shape ?? [];
}

function shown(batch: Batch, shape: Shape): string {
  return `[${[batch, ...shape].join(", ")}]`;
}

/** A doc comment; what would end it early is broken up. */
function comment(lines: readonly string[]): string {
  const safe = lines.map((line) => line.replaceAll("*/", "*\\/").trimEnd());
  return safe.length === 1 ? `/** ${safe[0]} */` : `/**\n${safe.map((line) => (line ? ` * ${line}` : " *")).join("\n")}\n */`;
}

/** 3,504,872 */
function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** 3_504_872 */
function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, "_");
}
