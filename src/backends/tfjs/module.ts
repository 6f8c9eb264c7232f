/** The TypeScript module of a network, put together with ts-morph. */
import type { SourceFile, StatementStructures, WriterFunction } from "ts-morph";
import type { Graph, GraphInput, GraphOutput } from "../../compiler/ir/graph.ts";
import type { Figures } from "../artifact.ts";
import { formShape } from "./lowering.ts";
import { inferenceCode, inferenceHelpers, tensorType } from "./inference-code.ts";
import { bytesSource, pictureTensorSource, safetensorsSource } from "./module-text.ts";
import type { Program } from "./program.ts";
import { docComment, identifier, literal, property } from "./text.ts";
import { trainingCode } from "./training-code.ts";
import { operationsSource } from "./training-layers.ts";
import { batchNormSource, convolutionSource } from "./weighted-layers.ts";
import type { Stored, StoredAs } from "./stored.ts";

export interface ModuleRequest {
  /** As elaborated, without what no output needs. */
  readonly graph: Graph;
  /** For the target "code". */
  readonly program: Program;
  readonly stored: Stored;
  /** Bytes of the weights file. */
  readonly weightsBytes: number;
  readonly figures: Figures;
  /** Bytes at the peak of inference, as TF.js counts them. */
  readonly peak: number;
  readonly reading: string | undefined;
  readonly classes: readonly string[] | undefined;
  /** `stages.2.0 (mobilenet_v2.lwm:9:5)` */
  readonly heading: (path: string) => string;
  readonly generatedBy: string;
  readonly files: { readonly weights: string; readonly training: string };
}

/** The module's text. ts-morph is loaded here, when it is first needed. */
export async function moduleText(request: ModuleRequest): Promise<string> {
  const { Project, IndentationText, QuoteKind } = await import("ts-morph");
  const project = new Project({ useInMemoryFileSystem: true, skipLoadingLibFiles: true, manipulationSettings: { indentationText: IndentationText.TwoSpaces, quoteKind: QuoteKind.Double } });
  const file: SourceFile = project.createSourceFile("module.ts", { statements: await statements(request) });
  return `${file.getFullText().replaceAll(/\n{3,}/g, "\n\n").trimEnd()}\n`;
}

async function statements(request: ModuleRequest): Promise<(string | StatementStructures)[]> {
  const { StructureKind } = await import("ts-morph");
  const constant = (name: string, initializer: string, doc: string): string => `\n${docComment([doc])}\nexport const ${name} = ${initializer};`;
  const { graph, program, figures } = request;
  const variables = variableNames(graph.inputs.map((input) => input.name));
  const inference = inferenceCode(program, variables, request.heading);
  const training = trainingCode(graph, variables, request.heading);
  const picture = pictureInput(graph);
  const answer = picture && classOutput(graph);
  const outputsType = `{ ${graph.outputs.map((o) => `${property(o.name)}: ${tensorType(formShape(o.tensor.shape!, "canonical"))}`).join("; ")} }`;
  const inputsType = graph.inputs.map((i) => ({ name: i.name, type: tensorType(formShape(i.tensor.shape!, "canonical")) }));
  const { classes } = request;
  const named = answer !== undefined && classes !== undefined;

  const parts: (string | StatementStructures)[] = [
    docComment(header(request)),
    { kind: StructureKind.ImportDeclaration, moduleSpecifier: "@tensorflow/tfjs", namespaceImport: "tf" },
    constant("costs", `{ ${Object.entries({ ...figures, peak: request.peak }).map(([key, value]) => `${key}: ${grouped(value)}`).join(", ")} } as const`, COSTS),
    constant("inputs", objectText(graph.inputs.map((input) => [input.name, inputFacts(input)])), "What goes in, without the batch: height, width, channels; a picture's values are (v − mean) / std of 0…255."),
    constant("outputs", objectText(graph.outputs.map((output) => [output.name, outputFacts(output)])), "What comes out, without the batch."),
  ];
  if (named) {
    parts.push(constant("classes", `[\n${wrapped(classes)}\n] as const`, `The classes of \`${answer.name}\`, in order${answer.offset > 0 ? ` from index ${answer.offset}` : ""}.`));
    parts.push({ kind: StructureKind.TypeAlias, isExported: true, name: "ClassName", type: "(typeof classes)[number]" });
  }
  parts.push({ kind: StructureKind.TypeAlias, isExported: true, name: "Outputs", type: outputsType, leadingTrivia: "\n" });
  if (answer) {
    parts.push({
      kind: StructureKind.Interface,
      isExported: true,
      name: "Classification",
      leadingTrivia: "\n",
      properties: [{ name: "index", type: "number" }, ...(named ? [{ name: "name", type: "ClassName" }] : []), { name: answer.scores === "logits" ? "probability" : "score", type: "number" }],
    });
  }
  parts.push({
    kind: StructureKind.Interface,
    isExported: true,
    name: "Inference",
    leadingTrivia: "\n",
    docs: ["The network with batch norms folded away. Results belong to the caller, who disposes of them, and of the inputs."],
    methods: [
      { name: "predict", parameters: predictParameters(inputsType, variables), returnType: "Outputs" },
      ...(answer ? [{ name: "classify", docs: ["The `k` likeliest classes of a picture."], parameters: [{ name: "picture", type: "Picture" }, { name: "k", hasQuestionToken: true, type: "number" }], returnType: "Promise<Classification[]>" }] : []),
      { name: "dispose", docs: ["Gives the weights' memory back."], returnType: "void" },
    ],
  });

  parts.push({
    kind: StructureKind.Function,
    isExported: true,
    name: "createModel",
    leadingTrivia: "\n",
    docs: [`The network for training, initialised from \`seed\`, or with weights from a safetensors file such as \`${request.files.training}\`.`],
    parameters: [{ name: "{ seed = 1, weights }", type: "{ seed?: number; weights?: ArrayBuffer | Uint8Array }", initializer: "{}" }],
    returnType: "tf.LayersModel",
    statements: trainingBody(graph, training, variables),
  });
  parts.push({
    kind: StructureKind.Function,
    isExported: true,
    name: "loadInference",
    leadingTrivia: "\n",
    docs: [`The network for inference. \`weights\`: the bytes of \`${request.files.weights}\`.`],
    parameters: [{ name: "weights", type: "ArrayBuffer | Uint8Array" }],
    returnType: "Inference",
    statements: inferenceBody(request, inference, variables, inputsType, answer),
  });

  const blocks: string[] = [];
  if (picture) blocks.push(pictureTensorSource(picture));
  blocks.push(safetensorsSource, bytesSource);
  const prefix = identifier(graph.name);
  const convolves = inference.helpers.includes("conv") || inference.helpers.includes("depthwise");
  if (convolves) blocks.push(layerTypes);
  if (convolves || training.convolution) blocks.push(windowTypes);
  if (training.convolution) blocks.push("type Initializer = ReturnType<typeof tf.initializers.randomNormal>;");
  if (training.operations.length > 0) blocks.push(operationsSource(training.operations, prefix));
  if (training.convolution) blocks.push(bothSource, convolutionSource(prefix));
  if (training.batchNorm) blocks.push(batchNormSource(prefix));
  blocks.push(layersTable(training), weightsTable(program, request.stored));
  parts.push(...blocks.map((block) => `\n${block}`));
  return parts;
}

const COSTS =
  "What it costs, for one example: multiply-adds, and floating-point operations of the folded network. `weights` and `activations` are bytes in float32: " +
  "deployed weights, and the most that layers hold at once. `peak` is the latter as TF.js counts it: `tf.profile().peakBytes` of `predict`, without weights and inputs.";

function header({ graph, reading, generatedBy, files, ...request }: ModuleRequest): string[] {
  const [input] = graph.inputs;
  const lines = [`${graph.name} for TensorFlow.js, made by ${generatedBy}${reading === undefined ? "" : ` (reading: ${reading})`}. An edit belongs into the .lwm source.`];
  if (graph.doc !== undefined) lines.push("", ...graph.doc.split("\n").map((line) => line.trim()));
  const answer = pictureInput(graph) && classOutput(graph);
  const use = graph.inputs.length === 1 ? `network.predict(${identifier(input.name)})` : `network.predict({ ${graph.inputs.map((i) => property(i.name)).join(", ")} })`;
  lines.push(
    "",
    "  const network = loadInference(bytes); // the bytes of " + files.weights,
    answer ? "  const best = await network.classify(canvas.getContext(\"2d\").getImageData(0, 0, width, height));" : `  const { ${graph.outputs.map((o) => identifier(o.name)).join(", ")} } = ${use};`,
    "",
    "  const model = createModel({ weights }); // to train on; the bytes of " + files.training,
    "  const trained = await saveWeights(model);",
  );
  const kinds = new Set([...request.stored.values()].map(({ dtype }) => dtype));
  if (kinds.size > 0) lines.push("", `Kernels are stored ${kinds.has("float16") ? "in half precision" : "as integers"} and computed with in single.`);
  return lines;
}

/** `{ image: { shape: [224, 224, 3], … } } as const`, one member a line. */
function objectText(members: readonly (readonly [string, string])[]): string {
  return `{\n${members.map(([name, value]) => `  ${property(name)}: ${value},`).join("\n")}\n} as const`;
}

function inputFacts({ tensor, order, mean, std }: GraphInput): string {
  return literal({ shape: formShape(tensor.shape!, "canonical").slice(1), order, mean, std });
}

function outputFacts({ tensor, labels }: GraphOutput): string {
  return literal({ shape: formShape(tensor.shape!, "canonical").slice(1), labels });
}

/** The input that a picture fits, where it is the only one: three channels, or one. */
export function pictureInput(graph: Graph) {
  const [input] = graph.inputs;
  const shape = input?.tensor.shape;
  if (graph.inputs.length !== 1 || shape?.length !== 3 || (shape[0] !== 3 && shape[0] !== 1)) return undefined;
  const order = input.order ?? (shape[0] === 1 ? "gray" : "rgb");
  if ((order === "gray") !== (shape[0] === 1)) return undefined;
  // Where the model does not say, values go from 0 to 1.
  return { name: input.name, height: shape[1], width: shape[2], order, mean: input.mean ?? shape.slice(0, 1).map(() => 0), std: input.std ?? shape.slice(0, 1).map(() => 255) } as const;
}

/** The output whose elements are classes: the first with labels, else the only vector. */
export function classOutput(graph: Graph) {
  const vectors = graph.outputs.filter(({ tensor }) => tensor.shape?.length === 1 && tensor.shape[0] > 1);
  const output = vectors.find((o) => o.labels !== undefined) ?? (vectors.length === 1 ? vectors[0] : undefined);
  if (!output) return undefined;
  const last = output.tensor.node?.op.name;
  return { name: output.name, labels: output.labels, offset: output.offset, scores: last === "softmax" || last === "sigmoid" ? "scores" : "logits" } as const;
}

/** The list of classes that a module for this graph names. */
export function classListOf(graph: Graph): string | undefined {
  return pictureInput(graph) && classOutput(graph)?.labels;
}

function predictParameters(inputs: readonly { readonly name: string; readonly type: string }[], variables: readonly string[]) {
  if (inputs.length === 1) return [{ name: variables[0], type: inputs[0].type }];
  return [{ name: "inputs", type: `{ ${inputs.map(({ name, type }) => `${property(name)}: ${type}`).join("; ")} }` }];
}

function variableNames(names: readonly string[]): readonly string[] {
  return names.map((name) => {
    const word = identifier(name);
    return /^(t|shared)\d+$/.test(word) ? `${word}_` : word;
  });
}

function trainingBody(graph: Graph, code: ReturnType<typeof trainingCode>, variables: readonly string[]): WriterFunction {
  const text = code.lines.join("\n");
  const starts = [
    ["normal", "const normal = (stddev: number) => (weights ? tf.initializers.zeros() : tf.initializers.randomNormal({ mean: 0, stddev, seed: next++ }));"],
    ["uniform", "const uniform = (limit: number) => (weights ? tf.initializers.zeros() : tf.initializers.randomUniform({ minval: -limit, maxval: limit, seed: next++ }));"],
    ["fill", "const fill = (value: number) => tf.initializers.constant({ value });"],
  ].filter(([name]) => new RegExp(`[ ,]${name}\\(`).test(text));
  const seeded = starts.some(([name]) => name !== "fill");
  return (writer) => {
    if (seeded) writer.writeLine("let next = seed;");
    else writer.writeLine("void seed;");
    for (const [, line] of starts) writer.writeLine(line);
    writer.writeLine("const on = (x: tf.SymbolicTensor | tf.SymbolicTensor[], layer: tf.layers.Layer) => layer.apply(x) as tf.SymbolicTensor;");
    writer.blankLine();
    graph.inputs.forEach(({ tensor }, i) => writer.writeLine(`const ${variables[i]} = tf.input({ shape: ${literal(formShape(tensor.shape!, "canonical").slice(1))}, name: ${literal(code.inputNames[i])} });`));
    writer.blankLine();
    for (const line of code.lines) writer.writeLine(line);
    writer.blankLine();
    const outputs = graph.outputs.map((output) => code.outputs[output.name]);
    writer.writeLine(`const model = tf.model({ name: ${literal(graph.name)}, inputs: [${variables.join(", ")}], outputs: [${outputs.join(", ")}] });`);
    writer.writeLine("if (weights) loadWeights(model, weights);");
    writer.writeLine("return model;");
  };
}

function inferenceBody(
  request: ModuleRequest,
  code: ReturnType<typeof inferenceCode>,
  variables: readonly string[],
  inputs: readonly { readonly name: string; readonly type: string }[],
  answer: ReturnType<typeof classOutput>,
): WriterFunction {
  const { program, graph, stored, classes, weightsBytes: bytes } = request;
  const parameters = predictParameters(inputs, variables);
  const batch = program.calls.some((call) => call.kernel.name === "repeat");
  return (writer) => {
    writer.writeLine("const bytes = bytesOf(weights);");
    writer.writeLine(`if (bytes.length !== ${grouped(bytes)}) throw new Error(\`${request.files.weights} has ${grouped(bytes).replaceAll("_", ",")} bytes, not \${bytes.length}\`);`);
    const head = "const entries = WEIGHTS.map(";
    if (stored.size > 0) writer.writeLine(`${head}([name, shape, stored]) => ({ name, shape: [...shape], dtype: "float32" as const, ...(stored ? { quantization: { ...stored, original_dtype: "float32" as const } } : {}) }));`);
    else writer.writeLine(`${head}([name, shape]) => ({ name, shape: [...shape], dtype: "float32" as const }));`);
    writer.writeLine("const tensors = tf.io.decodeWeights(bytes.slice().buffer, entries);");
    if (program.constants.length > 0) writer.writeLine("const w = (name: WeightName): tf.Tensor => tensors[name]!;");
    for (const helper of code.helpers) for (const line of inferenceHelpers[helper].split("\n")) writer.writeLine(line);
    writer.blankLine();
    writer.writeLine(`const predict = (${parameters.map(({ name, type }) => `${name}: ${type}`).join(", ")}): Outputs => tf.tidy(() => {`);
    writer.indent(() => {
      if (inputs.length > 1) writer.writeLine(`const { ${inputs.map(({ name }, i) => (name === variables[i] ? name : `${property(name)}: ${variables[i]}`)).join(", ")} } = inputs;`);
      if (batch) writer.writeLine(`const batch = ${variables[0]}.shape[0];`);
      for (const line of code.lines) writer.writeLine(line);
      writer.blankLine();
      writer.writeLine(`return { ${graph.outputs.map(({ name }) => `${property(name)}: ${code.outputs[name]}`).join(", ")} };`);
    });
    writer.writeLine("});");
    if (answer) {
      const key = answer.scores === "logits" ? "probability" : "score";
      const result = `predict(pictureTensor(picture))${property(answer.name).startsWith('"') ? `[${property(answer.name)}]` : `.${answer.name}`}`;
      writer.blankLine();
      writer.writeLine("const classify = async (picture: Picture, k = 5): Promise<Classification[]> => {");
      writer.indent(() => {
        writer.writeLine(`const scores = tf.tidy(() => ${answer.scores === "logits" ? `tf.softmax(${result})` : result});`);
        writer.writeLine("const values = await scores.data();");
        writer.writeLine("scores.dispose();");
        const offset = answer.offset;
        if (classes) writer.writeLine(`const all = classes.map((name, i) => ({ index: ${offset > 0 ? `i + ${offset}` : "i"}, name, ${key}: values[${offset > 0 ? `i + ${offset}` : "i"}]! }));`);
        else writer.writeLine(`const all = Array.from(values, (${key}, index) => ({ index, ${key} }));`);
        writer.writeLine(`return all.sort((a, b) => b.${key} - a.${key}).slice(0, k);`);
      });
      writer.writeLine("};");
    }
    writer.blankLine();
    writer.writeLine(`return { predict, ${answer ? "classify, " : ""}dispose: () => tf.dispose(tensors) };`);
  };
}

const layerTypes = `type LayerOf<N> = N extends \`\${infer L}.weight\` ? (\`\${L}.bias\` extends WeightName ? L : never) : never;
type Layer = LayerOf<WeightName>;
type Activation = "relu" | "relu6" | "elu" | "sigmoid" | "leakyrelu";`;

const windowTypes = `type Pair = number | [number, number];
/** The same on all sides, or top, left, bottom, right. */
type Padding = number | [number, number, number, number];
type Sides = [[number, number], [number, number], [number, number], [number, number]];

/** Spelt out, since TF.js takes a single number to mean a square kernel and stride. */
function sides(padding: Padding): Sides {
  const [top, left, bottom, right] = typeof padding === "number" ? [padding, padding, padding, padding] : padding;
  return [[0, 0], [top, bottom], [left, right], [0, 0]];
}`;

const bothSource = `function both(pair: Pair): [number, number] {
  return typeof pair === "number" ? [pair, pair] : pair;
}`;

function layersTable(code: ReturnType<typeof trainingCode>): string {
  const rows = code.layers.map((layer) => `  [${literal(layer.name)}, ${literal(Object.fromEntries(layer.weights.map((weight) => [weight.name, weight.shape])))}],`);
  return `/** Layers with weights: the names and shapes of the weights in the .lwm source, in the layer's order. */\nconst LAYERS: readonly (readonly [string, Readonly<Record<string, readonly number[]>>])[] = [\n${rows.join("\n")}\n];`;
}

function weightsTable(program: Program, stored: Stored): string {
  const rows = program.constants.map((constant) => `  [${literal(constant.name)}, ${literal(constant.shape)}${storage(stored.get(constant.name))}],`);
  if (rows.length === 0) return "/** Weights for inference: there are none. */\nconst WEIGHTS: readonly (readonly [string, readonly number[]])[] = [];";
  const table = `/** The weights file for inference, in order: kernels are [height, width, in, out]; a sixth of a kernel feeds a hard-swish. */\nconst WEIGHTS = [\n${rows.join("\n")}\n] as const`;
  const types = stored.size > 0 ? " satisfies readonly (readonly [string, readonly number[], { dtype: \"float16\" | \"uint8\" | \"uint16\"; scale?: number; min?: number }?])[]" : "";
  return `${table}${types};\ntype WeightName = (typeof WEIGHTS)[number][0];`;
}

/** Every digit of scale and min: what stands for 0 must give 0. */
function storage(as: StoredAs | undefined): string {
  if (as === undefined) return "";
  return as.dtype === "float16" ? `, { dtype: "float16" }` : `, { dtype: "${as.dtype}", scale: ${as.scale}, min: ${as.min} }`;
}

/** Names of classes, several to a line. */
function wrapped(names: readonly string[]): string {
  const lines: string[] = [];
  let line = " ";
  for (const name of names) {
    const item = ` ${JSON.stringify(name)},`;
    if (line.length + item.length > 140) {
      lines.push(line);
      line = " ";
    }
    line += item;
  }
  return [...lines, line].join("\n");
}

/** `3_504_872` */
function grouped(value: number): string {
  return String(value).replaceAll(/\B(?=(\d{3})+$)/g, "_");
}
