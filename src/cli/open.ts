/** From a command's operand to what the compiler says of it. */
import { fstatSync, statSync } from "node:fs";
import { diagnostic, type Diagnostic } from "../compiler/diagnostics/diagnostic.ts";
import { suggest } from "../compiler/diagnostics/suggest.ts";
import { span, type Source } from "../compiler/source.ts";
import type { CompiledModel, Selection } from "../compiler/compile.ts";
import type { NamedTarget } from "../compiler/elaborate/index.ts";
import { LARGEST_TEXT, nodeHost, notText, readAtMost, withoutMark } from "../workspace/node-host.ts";
import { factsText, workspace, type Snapshot, type Workspace } from "../workspace/workspace.ts";
import { problem, usage, type Environment } from "./environment.ts";
import { parseInput, parseTarget, type Target } from "./target.ts";

/** What diagnostics call the texts that are in no file. */
export const STDIN = "<stdin>";
const COMMAND_LINE = "<command line>";
const FACTS = "<options>";

export interface OpenOptions {
  /** `image=3x160x96`, any number of them. */
  readonly input?: readonly string[] | undefined;
  /** `stm32h747(precision=int8)`, or `my-host.lwm#my_host`, any number of them, in place of the targets that models name. */
  readonly device?: readonly string[] | undefined;
  /** Facts that are stated beside the model's: `budget { macs <= 100M }`. */
  readonly facts?: string | undefined;
}

export interface Opener {
  readonly workspace: Workspace;
  readonly open: (operand: string, options?: OpenOptions) => Promise<Snapshot>;
}

/** Operands of one command share their files. */
export function opener(environment: Environment): Opener {
  const files = workspace(nodeHost, environment.library());
  return { workspace: files, open: (operand, options = {}) => open(files, parseTarget(operand, exists), options) };
}

async function open(files: Workspace, target: Target, options: OpenOptions): Promise<Snapshot> {
  const inputs = inputShapes(options.input ?? []);
  const named = await namedTargets(files, options.device ?? []);
  if (named.diagnostics.length > 0) return { entry: target.text, models: [], broken: [], diagnostics: named.diagnostics, source: named.source };
  const stated = options.facts === undefined ? undefined : await files.facts(FACTS, options.facts);
  const source = (uri: string): Source | undefined => (uri === FACTS ? { uri, text: factsText(options.facts!) } : undefined);
  if (stated && stated.diagnostics.length > 0) return { entry: target.text, models: [], broken: [], diagnostics: stated.diagnostics, source };
  const snapshot = await opened(files, target, { inputs, ...(named.targets.length === 0 ? {} : { targets: named.targets }), ...(stated ? { facts: stated.statements } : {}) });
  const names = [...new Set(snapshot.models.flatMap(({ model }) => model.graph.inputs.map(({ name }) => name)))];
  const wrong = names.length === 0 ? undefined : Object.keys(inputs).find((name) => !names.includes(name));
  if (wrong !== undefined) throw usage(`\`${target.text}\` has no input \`${wrong}\`; there is ${names.map((name) => `\`${name}\``).join(", ")}`);
  return snapshot;
}

async function opened(files: Workspace, target: Target, selection: Selection): Promise<Snapshot> {
  const uri = target.file === undefined ? files.library.uriOf(target.model!) : target.file === "-" ? STDIN : target.file;
  if (uri === undefined) return nothing(target.text, unknownModel(files, target));
  if (uri === STDIN) await files.edit(uri, readStdin());
  await files.load(uri);
  if (target.args === undefined) return files.snapshot(uri, { ...(target.model === undefined ? {} : { model: target.model }), ...selection });
  const call = await files.arguments(COMMAND_LINE, target.model!, target.args);
  if (call.args === undefined || call.diagnostics.length > 0) {
    const source = { uri: COMMAND_LINE, text: `model it =\n${target.model}${target.args}` };
    return { entry: uri, models: [], broken: [], diagnostics: call.diagnostics, source: (name) => (name === COMMAND_LINE ? source : undefined) };
  }
  return files.snapshot(uri, { model: target.model!, args: call.args, ...selection });
}

/** Devices from the command line; each is a text of its own, so that mistakes in it can be shown. */
async function namedTargets(files: Workspace, given: readonly string[]): Promise<{ readonly targets: readonly NamedTarget[]; readonly diagnostics: readonly Diagnostic[]; readonly source: Snapshot["source"] }> {
  const targets: NamedTarget[] = [];
  const diagnostics: Diagnostic[] = [];
  const sources = new Map<string, Source>();
  for (const [i, text] of given.entries()) {
    const uri = i === 0 ? "<--target>" : `<--target ${i + 1}>`;
    const [, file, device] = /^(.+\.lwm)#([^]*)$/.exec(text) ?? [undefined, undefined, text];
    if (/\.lwm$/.test(text) && exists(text)) throw usage(`\`--target ${text}\`: say which device of the file, as in ${text}#my_board`);
    if (file !== undefined && !exists(file)) throw usage(`\`--target ${text}\`: there is no file \`${file}\``);
    if (file !== undefined) await files.load(file);
    const { expr, diagnostics: found } = await files.device(uri, device!);
    sources.set(uri, { uri, text: `model it { target\n${device}\n}` });
    if (expr === undefined && found.length === 0) throw usage(`\`--target ${text}\` is not a device: write stm32h747, 'stm32h747(precision=int8)' or my-board.lwm#my_board`);
    diagnostics.push(...found);
    if (expr !== undefined) targets.push({ expr, ...(file === undefined ? {} : { file }) });
  }
  return { targets, diagnostics, source: (uri) => sources.get(uri) };
}

function inputShapes(given: readonly string[]): Readonly<Record<string, readonly number[]>> {
  const inputs: Record<string, readonly number[]> = Object.create(null);
  for (const text of given) {
    const parsed = parseInput(text);
    if (!parsed) throw usage(`\`--input ${text}\` is not of the form \`name=3x224x224\` (channels, height, width)`);
    inputs[parsed[0]] = parsed[1];
  }
  return { ...inputs };
}

function unknownModel(files: Workspace, target: Target): Diagnostic {
  const name = target.model!;
  const at = span(target.text, 0, 0);
  const models = libraryModels(files);
  const near = suggest(name, models);
  const notes = [
    ...(near === undefined ? [] : [{ message: `did you mean \`${near}\`?` }]),
    { message: `the standard library's models: ${models.join(", ")}` },
    { message: `there is no file called \`${target.text}\` either` },
  ];
  return diagnostic("unknown-model", at, { name }, { notes });
}

/** The library's models, sorted. */
function libraryModels(files: Workspace): readonly string[] {
  return files.library.names.filter((name) => /^[A-Z]/.test(name));
}

function nothing(entry: string, ...diagnostics: readonly Diagnostic[]): Snapshot {
  return { entry, diagnostics, models: [], broken: [], source: () => undefined };
}

/** The model that a command works on; a file with several needs `#Name`. */
export function onlyModel(snapshot: Snapshot, operand: string): CompiledModel {
  const { models } = snapshot;
  if (models.length === 1) return models[0];
  if (models.length === 0) throw problem(`\`${operand}\` has no model that can be compiled as it stands`);
  throw usage(`\`${operand}\` has ${models.length} models; say which one: ${models.map(({ model }) => `\`${operand}#${model.name}\``).join(", ")}`);
}

function exists(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

let stdin: string | undefined;

/** Everything from stdin; it can be read once, and is kept. */
export function readStdin(): string {
  if (stdin !== undefined) return stdin;
  try {
    fstatSync(0);
  } catch {
    throw usage("stdin is closed");
  }
  const bytes = readAtMost(0, LARGEST_TEXT);
  if (bytes === undefined) throw problem(`stdin has more than ${LARGEST_TEXT.toLocaleString("en")} bytes`);
  const unread = notText(bytes);
  if (unread !== undefined) throw problem(`cannot read stdin: ${unread}`);
  return (stdin = withoutMark(bytes.toString("utf8")));
}
