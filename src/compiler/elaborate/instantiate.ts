/** One model: its parameters bound, its body executed, its graph gathered and pruned. */
import { diagnostic, type Diagnostic, type Report } from "../diagnostics/diagnostic.ts";
import type { Graph, Node, Tensor, Trail } from "../ir/graph.ts";
import type { Arg, Body, Call, Expr, File, Model as ModelDeclaration, Param, Statement } from "../syntax/ast.ts";
import type { Span } from "../source.ts";
import { rangeOf } from "./apply.ts";
import { bindArguments } from "./call.ts";
import type { Argument, Arguments, Elaboration, FileScope, Frame, ModelFacts, Program, Value } from "./domains.ts";
import { evaluateAs } from "./evaluate.ts";
import { inputSizes } from "./input-sizes.ts";
import type { Hole, Model, ModelParam } from "./model.ts";
import { declared } from "./names.ts";
import { didYouMean, mistake, steps } from "./report.ts";
import { bindName, newRun, rootFrame } from "./scope.ts";
import { execute, target } from "./statements.ts";
import { checkRange, wantedOf } from "./types.ts";
import { HOLE, isKind, isUnknown, NO_ARGUMENTS, showValue, UNKNOWN } from "./values.ts";
import { writtenText } from "./written.ts";

export interface Instance {
  readonly program: Program;
  readonly scopeOf: (file: File) => FileScope;
  readonly report: Report;
  readonly declaration: ModelDeclaration;
  readonly file: FileScope;
  /** Arguments of the command line. */
  readonly args: readonly Arg[];
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  /** Devices that replace those of the model. */
  readonly targets: readonly NamedTarget[];
  /** Budgets and aims from elsewhere; the aims replace those of the model. */
  readonly facts: readonly Statement[];
  readonly expanded: Set<Body>;
  /** Values that replace arguments, by parameter name; a scaling's factors are named as themselves. */
  readonly overrides: Readonly<Record<string, number | string | boolean>>;
  readonly trace: boolean;
}

/** A device named outside the model's file. */
export interface NamedTarget {
  /** `stm32h747(precision=int8)` */
  readonly expr: Expr;
  /** The file in whose scope it stands; undefined for the model's own. */
  readonly file?: string;
}

export function instantiate(instance: Instance): Model | undefined {
  const { declaration, file, program } = instance;
  const facts: ModelFacts = { inputs: [], inputShapes: new Map(), outputs: [], limits: [], targets: [], aims: [] };
  let complete = true;
  const report = (d: Diagnostic) => {
    if (d.severity === "error") complete = false;
    instance.report(d);
  };
  const run = newRun({ report, program, scopeOf: instance.scopeOf, inputs: instance.inputs, expanded: instance.expanded, ...(instance.trace ? { trace: { file: file.file.uri, executions: [] } } : {}) });
  const params: ModelParam[] = [];
  const root = rootFrame(run, file, facts);
  const args = bindArguments(instance.args, parametersOf(declaration, root), root);
  const overrides = new Map(Object.entries(instance.overrides));
  const holes: Hole[] = [];
  const owners = new Map<string, ModelDeclaration>();
  const result = enter(declaration, file, args, { run, facts, params, owners, overrides, holes }, [], root);
  if (!result) return undefined;
  if (instance.targets.length > 0) nameTargets(instance, facts, root);
  if (instance.facts.some(({ kind }) => kind === "maximize" || kind === "minimize")) facts.aims.length = 0;
  execute(instance.facts, root);
  const graph = gather(declaration, result, facts, run, report, () => complete);
  const reading = params.find((p) => p.name === "reading")?.shown;
  return {
    name: declaration.name.name,
    file: file.file.uri,
    span: declaration.name.span,
    graph,
    ...(run.trace ? { trace: { nodes: run.builder.nodes, executions: run.trace.executions } } : {}),
    complete: complete && known(graph),
    reading,
    params,
    inputSizes: inputSizes(graph, facts, run, owners),
    limits: facts.limits,
    targets: facts.targets,
    aims: facts.aims,
    holes,
    vary: (changes, trace = false) => {
      let fits = true;
      const other = instantiate({ ...instance, overrides: { ...instance.overrides, ...changes }, trace, report: (d) => void (fits &&= d.severity !== "error") });
      return fits ? other : undefined;
    },
    written: { program, text: () => writtenText(declaration, file, [instance.args, instance.inputs, instance.overrides], program) },
  };
}

function nameTargets({ targets, program, scopeOf }: Instance, facts: ModelFacts, root: Frame): void {
  facts.targets.length = 0;
  for (const { expr, file } of targets) {
    const found = file === undefined ? undefined : program.file(file);
    target(expr, expr.span, found ? { ...root, file: scopeOf(found) } : root);
  }
}

interface Entry {
  readonly run: Elaboration;
  readonly facts: ModelFacts;
  readonly params: ModelParam[];
  /** The declaration that binds each of them. */
  readonly owners: Map<string, ModelDeclaration>;
  readonly overrides: Map<string, number | string | boolean>;
  /** Parameters that were left to be found. */
  readonly holes: Hole[];
}

/** Executes a model's body, or follows `model X = Y(…) { facts }` to the body that it stands on. */
function enter(declaration: ModelDeclaration, file: FileScope, args: Arguments, entry: Entry, through: readonly ModelDeclaration[], caller: Frame): Frame | undefined {
  const frame = rootFrame(entry.run, file, entry.facts);
  if (through.includes(declaration)) {
    mistake(caller, "model-cycle", declaration.name.span, { cycle: [...through, declaration].map((m) => m.name.name).join(" → ") });
    return undefined;
  }
  for (const [i, param] of declaration.params.entries()) if (!bindParam(param, args.given[i], frame, entry, declaration, caller)) return undefined;
  if (declaration.body) {
    entry.run.expanded.add(declaration.body);
    execute(declaration.body.statements, frame);
    return frame;
  }
  return declaration.value && alias(declaration, declaration.value, frame, entry, [...through, declaration], declaration.params.length > 0 ? NO_ARGUMENTS : args);
}

/** The model whose parameters a call of this one binds: its own or, for `model X = Y(…)` without a list, those of what it stands on. */
function parametersOf(declaration: ModelDeclaration, frame: Frame, through: readonly ModelDeclaration[] = []): ModelDeclaration {
  const { value } = declaration;
  if (declaration.params.length > 0 || !value || through.includes(declaration)) return declaration;
  const callee = value.kind === "call" ? value.callee : value;
  const target = callee.kind === "name" ? declared(frame, callee.name, frame.run.scopeOf) : undefined;
  if (target?.declaration.kind !== "model") return declaration;
  return parametersOf(target.declaration, { ...frame, file: target.file }, [...through, declaration]);
}

/** `further`: arguments for a model without a parameter list, which win over those that it states. */
function alias(declaration: ModelDeclaration, value: Expr, frame: Frame, entry: Entry, through: readonly ModelDeclaration[], further: Arguments): Frame | undefined {
  const call: Pick<Call, "callee" | "args" | "body"> = value.kind === "call" ? value : { callee: value, args: [], body: undefined };
  if (call.callee.kind === "missing") return undefined;
  if (call.callee.kind !== "name") {
    mistake(frame, "not-a-model", value.span, { what: "this" });
    return undefined;
  }
  const { name, span } = call.callee;
  const target = declared(frame, name, entry.run.scopeOf);
  if (!target || target.declaration.kind !== "model") {
    if (target) mistake(frame, "not-a-model", span, { what: `\`${name}\`` });
    else mistake(frame, "unknown-name", span, { name, what: "model" }, didYouMean(name, modelNames(frame), span));
    return undefined;
  }
  const stated = bindArguments(call.args, parametersOf(target.declaration, { ...frame, file: target.file }), frame);
  const given = Array.from({ length: Math.max(stated.given.length, further.given.length) }, (_, i) => further.given[i] ?? stated.given[i]);
  const result = enter(target.declaration, target.file, { given, scale: undefined }, entry, through, frame);
  if (call.body?.kind === "body") {
    execute(call.body.statements.filter((s) => isFact(s, frame)), frame);
  } else if (call.body) mistake(frame, "only-facts", call.body.span, { model: declaration.name.name });
  return result;
}

const FACTS: readonly Statement["kind"][] = ["budget", "target", "maximize", "minimize", "let", "require"];

function isFact(statement: Statement, frame: Frame): boolean {
  if (FACTS.includes(statement.kind)) return true;
  mistake(frame, "only-facts", statement.span, { model: "this model" });
  return false;
}

function* modelNames(frame: Frame): Iterable<string> {
  for (const [name, { declaration }] of frame.file.declarations) if (declaration.kind === "model") yield name;
  yield* frame.run.program.libraryNames();
}

function bindParam(param: Param, arg: Argument | undefined, frame: Frame, entry: Entry, declaration: ModelDeclaration, caller: Frame): boolean {
  const { name, span } = param.name;
  const wanted = wantedOf(param.type, frame);
  const range = param.range && rangeOf(param.range, frame);
  let value: Value | undefined = arg?.value;
  if (value === HOLE) {
    const candidates = searchable(param, range);
    if (candidates === undefined) {
      mistake(caller, "unsearchable-hole", arg!.span, { name, type: wanted.type, ranged: range !== undefined });
      return false;
    }
    if (!entry.overrides.has(name)) entry.holes.push({ name, span: arg!.span });
    value = param.default ? undefined : wanted.type === "enum" ? { kind: "enum", word: candidates as string, options: wanted.options! } : candidates;
  }
  if (value === undefined) {
    if (!param.default) {
      mistake(caller, "missing-argument", arg?.span ?? declaration.name.span, { name, of: declaration.name.name });
      return false;
    }
    value = evaluateAs(param.default, frame, wanted);
  } else if (range) value = checkRange(caller, param, value, arg!.span, range);
  const factors = FACTORS.filter((factor) => !declaration.params.some((p) => p.name.name === factor));
  value = overridden(name, value, wanted.type === "enum" ? wanted.options : undefined, factors, entry);
  if (range && typeof value === "number" && entry.overrides.size === 0) value = checkRange(caller, param, value, arg?.span ?? span, range);
  bindName(frame, name, isUnknown(value) ? UNKNOWN : value);
  (frame.places ??= new Map<string, Span>()).set(name, span);
  if (!entry.params.some((p) => p.name === name)) entry.owners.set(name, declaration);
  describeParam(param, value, arg?.span, range, factors, entry);
  return true;
}

/** The first of the values that a hole can be filled with; undefined where they cannot be counted up. */
function searchable({ type }: Param, range: ModelParam["range"]): number | string | boolean | undefined {
  if (type.kind === "enum") return type.options[0].name;
  if (type.kind !== "named") return undefined;
  if (type.name === "bool") return false;
  return range && (range.step !== undefined || type.name !== "float") ? range.low : undefined;
}

/** A scaling's factors can be varied one by one; they go by their own names, where no parameter is called so. */
const FACTORS = ["width", "depth", "resolution"] as const;

function overridden(name: string, value: Value, options: readonly string[] | undefined, factors: readonly (typeof FACTORS)[number][], entry: Entry): Value {
  const { overrides } = entry;
  const given = overrides.get(name);
  if (given !== undefined) {
    overrides.delete(name);
    return options && typeof given === "string" ? { kind: "enum", word: given, options } : given;
  }
  if (!isKind(value, "scaling")) return value;
  let scaled = value;
  for (const factor of factors) {
    const f = overrides.get(factor);
    if (typeof f !== "number") continue;
    overrides.delete(factor);
    scaled = { ...scaled, [factor]: f };
  }
  return scaled;
}

function describeParam(param: Param, value: Value, span: Span | undefined, range: ModelParam["range"], factors: readonly (typeof FACTORS)[number][], entry: Entry): void {
  const { name } = param.name;
  if (entry.params.some((p) => p.name === name)) return;
  const { type } = param;
  const options = type.kind === "enum" ? type.options.map((o) => o.name) : undefined;
  const typeText = type.kind === "named" ? type.name : type.kind === "enum" ? options!.join(" | ") : "list";
  const at = span ? { span } : {};
  entry.params.push({ name, type: typeText, shown: showValue(value), value, ...(range ? { range } : {}), ...(options ? { options } : {}), ...at });
  if (!isKind(value, "scaling")) return;
  for (const factor of factors) {
    if (!entry.params.some((p) => p.name === factor)) entry.params.push({ name: factor, type: "float", shown: String(value[factor]), value: value[factor] });
  }
}

/** The graph of what the outputs need, with a warning for what was written and is not in it. */
function gather(declaration: ModelDeclaration, frame: Frame, facts: ModelFacts, run: Elaboration, report: Report, complete: () => boolean): Graph {
  const outputs = [...facts.outputs];
  if (outputs.length === 0) {
    const last = frame.it;
    if (last !== undefined && isKind(last, "tensor")) outputs.push({ name: "output", tensor: last.tensor, span: declaration.name.span, labels: undefined, offset: 0 });
    else if (complete() && last === undefined) mistake(frame, "no-output", declaration.name.span, { model: declaration.name.name });
  }
  // Tensor ids that outputs need; a node is needed with any of its outputs.
  const needed = new Uint8Array(run.builder.nextTensor);
  const open = outputs.map((o) => o.tensor);
  for (let tensor = open.pop(); tensor; tensor = open.pop()) {
    const mark = tensor.node ? tensor.node.outputs[0] : tensor;
    if (needed[mark.id]) continue;
    needed[mark.id] = 1;
    if (tensor.node) for (const input of tensor.node.inputs) open.push(input);
  }
  const isNeeded = (node: Node) => needed[node.outputs[0].id] === 1;
  const nodes = run.builder.nodes.filter(isNeeded);
  // After a mistake, what seems unused may be what the mistake would have used.
  const sound = complete() && outputs.length > 0 && outputs.every(({ tensor }) => tensor.shape !== undefined);
  if (nodes.length < run.builder.nodes.length && sound) warnUnused(run, isNeeded, frame, report);
  const inputs = facts.inputs.filter((input) => {
    const used = needed[input.tensor.id] === 1;
    if (!used && sound) report(diagnostic("unused-input", input.span, { name: input.name }));
    return used;
  });
  return { name: declaration.name.name, doc: declaration.doc, inputs, outputs, nodes };
}

/** Whether every tensor has a shape and comes from somewhere: holes in the text leave some that do not, without a message of their own. */
function known(graph: Graph): boolean {
  const inputs = new Set(graph.inputs.map(({ tensor }) => tensor));
  const ready = (tensor: Tensor) => tensor.shape !== undefined && (tensor.node !== undefined || inputs.has(tensor));
  return graph.outputs.length > 0 && graph.outputs.every(({ tensor }) => ready(tensor)) && graph.nodes.every((node) => node.inputs.every(ready));
}

/** A statement of the model none of whose layers is needed. */
function warnUnused(run: Elaboration, isNeeded: (node: Node) => boolean, frame: Frame, report: Report): void {
  const roots = new Map<number, { readonly root: Trail; path: string | undefined }>();
  for (const node of run.builder.nodes) {
    const root = steps(node.trail).at(-1)!;
    if (root.span.file !== frame.file.file.uri) continue;
    const known = roots.get(root.span.start);
    if (isNeeded(node)) roots.set(root.span.start, { root, path: undefined });
    else if (!known) roots.set(root.span.start, { root, path: node.path });
  }
  for (const { root, path } of roots.values()) if (path !== undefined) report(diagnostic("unused-layers", root.span, { path }));
}

