/** What can be written at the cursor. */
import { builtins } from "../../compiler/elaborate/builtins.ts";
import { RECORDS } from "../../compiler/elaborate/device-records.ts";
import { METRICS } from "../../compiler/elaborate/statements.ts";
import { ROW_COLUMNS } from "../../compiler/elaborate/table.ts";
import { TYPES } from "../../compiler/elaborate/types.ts";
import { findOp, ops } from "../../compiler/ops/index.ts";
import { span as spanOf, type Span } from "../../compiler/source.ts";
import { classLists } from "../labels.ts";
import { parameterText, signatureText, type Callable, type Parameter } from "./callables.ts";
import { callAt, cursorAt, type Cursor } from "./cursor.ts";
import { callableText, prose } from "./describe.ts";
import { SIDES, type Named, type NamedKind } from "./named.ts";
import { namesOf, type Names } from "./names.ts";
import { callableAt } from "./signature.ts";
import type { View } from "./view.ts";
import { COLUMN_DOCS, KEYWORDS, UNIT_KINDS, UNITS } from "./words.ts";

export interface Completion {
  readonly label: string;
  readonly kind: NamedKind | "keyword" | "type" | "unit" | "file";
  readonly detail: string;
  /** Markdown. */
  readonly doc: string | undefined;
  /** What is put in place of the word; with `$0` for the cursor where it is a snippet. */
  readonly insert: string;
  readonly snippet: boolean;
  /** Items with the same rank are sorted by their labels. */
  readonly rank: number;
}

export interface Completions {
  /** What an item replaces. */
  readonly span: Span;
  readonly items: readonly Completion[];
}

export function completionsAt(view: View, offset: number): Completions {
  const cursor = cursorAt(view.source, offset);
  const span = spanOf(view.uri, offset - cursor.prefix.length, offset);
  if (cursor.inComment) return { span, items: [] };
  if (cursor.number !== undefined) {
    const unit = /[A-Za-z%]*$/.exec(cursor.number)![0];
    return { span: spanOf(view.uri, offset - unit.length, offset), items: unitItems(cursor) };
  }
  const names = namesOf(view.workspace, view.file, view.snapshot);
  if (cursor.string !== undefined) return { span: spanOf(view.uri, offset - cursor.string.length, offset), items: stringItems(view, cursor) };
  return { span, items: itemsAt({ view, names, cursor, visible: visibleAt(names, offset) }) };
}

interface Place {
  readonly view: View;
  readonly names: Names;
  readonly cursor: Cursor;
  /** What the bodies around bind, the innermost first. */
  readonly visible: readonly Named[];
}

function visibleAt({ bindings }: Names, offset: number): readonly Named[] {
  const found = new Map<string, Named>();
  for (const { named, from, to } of [...bindings].reverse()) if (from <= offset && offset <= to && named.name !== "" && !found.has(named.name)) found.set(named.name, named);
  return [...found.values()];
}

function itemsAt(place: Place): readonly Completion[] {
  const { cursor, view } = place;
  const { before, open, opensLine } = cursor;
  const last = before.at(-1);
  if (last?.image === ".") return memberItems(place);
  const around = open.length === 0 ? undefined : before[open.at(-1)!];
  if (around === undefined) return topItems(place);
  if (around.image === "(") return argumentItems(place);
  if (around.image === "[") return last === around || last?.image === "," || cursor.prefix !== "" ? valueItems(place, undefined) : [];
  const opener = before[open.at(-1)! - 1];
  if (opener?.image === "import" && open.length === 1) return importItems(view, cursor);
  if (opener?.image === "budget") return last?.image === "{" || last?.image === "," ? metricItems() : last?.image === "<=" || last?.image === "<" ? [] : ["<=", "<"].map((op) => item(op, "keyword", "at most"));
  if (before[open.at(-1)! + 1]?.image === "|") return tableItems(place);
  if (last?.image === "target") return deviceItems(view);
  if (last?.image === "maximize" || last?.image === "minimize") return metricItems();
  if (last?.image === "->") return layerItems(place);
  if (last?.image === ":" ) return [...layerItems(place), ...tensorItems(place)];
  if (last !== undefined && !opensLine && /^(=|==|!=|<=|>=|<|>|\+|-|\*|\/|and|or|not|else|,|\.\.)$/.test(last.image)) return valueItems(place, undefined);
  if (last?.image === "let" || last?.image === "input" || last?.image === "output" || last?.image === "shared") return [];
  if (last?.image === "defaults") return layerItems(place);
  return statementItems(place);
}

function item(label: string, kind: Completion["kind"], detail: string, extra: Partial<Completion> = {}): Completion {
  return { label, kind, detail, doc: undefined, insert: label, snippet: false, rank: 5, ...extra };
}

/** In a budget, the units of its figure come first. */
function unitItems({ before }: Cursor): readonly Completion[] {
  const compared = before.at(-1)?.image === "<=" || before.at(-1)?.image === "<" ? before.at(-2)?.image : undefined;
  const metric = compared !== undefined && Object.hasOwn(METRICS, compared) ? METRICS[compared] : undefined;
  const fitting = metric === undefined ? undefined : metric.unit === undefined ? /^(k|M|G)$/ : UNIT_KINDS[metric.unit];
  return Object.entries(UNITS).filter(([unit]) => fitting === undefined || fitting.test(unit)).map(([unit, detail], i) => item(unit, "unit", detail, { rank: i }));
}

function stringItems({ workspace, uri }: View, { before, open }: Cursor): readonly Completion[] {
  const last = before.at(-1);
  if (last?.image === "from") {
    return workspace.files().filter((other) => other !== uri && other.endsWith(".lwm")).flatMap((other) => {
      const path = relative(uri, other);
      return path === undefined ? [] : [item(path, "file", other)];
    });
  }
  if (last?.image === "=" && before.at(-2)?.image === "labels" && open.length > 0) return [...classLists].map(([name, count]) => item(name, "word", `${count} classes`));
  return [];
}

/** The path of a file of the same folder or below it. */
function relative(from: string, to: string): string | undefined {
  const folder = from.slice(0, from.lastIndexOf("/") + 1);
  return folder !== "" && to.startsWith(folder) ? `./${to.slice(folder.length)}` : undefined;
}

function importItems({ workspace, uri, source }: View, { offset, before }: Cursor): readonly Completion[] {
  const path = /^[^"\n]*\}\s*from\s*"([^"\n]*)"/.exec(source.text.slice(offset))?.[1];
  const from = path === undefined ? undefined : workspace.file(workspace.resolve(uri, path));
  const taken = new Set(before.map(({ image }) => image));
  return (from?.declarations ?? []).filter(({ name }) => !taken.has(name.name)).map((declaration) => item(declaration.name.name, declaration.kind === "let" ? "value" : declaration.kind, path!, { doc: declaration.doc }));
}

function topItems({ cursor, names, view }: Place): readonly Completion[] {
  const last = cursor.before.at(-1);
  if (last?.image === "=" && cursor.before.at(-3)?.image !== "let") return [...declaredItems(view, names, (kind) => kind === "model")];
  if (last?.image === "=") return Object.keys(RECORDS).map((name) => callableItem({ key: name, kind: "record", name, span: undefined }, names));
  if (!cursor.opensLine && last !== undefined) return last.image === "}" ? [item("from", "keyword", "the file to import from", { insert: 'from "./$0"', snippet: true })] : [];
  return [
    item("model", "keyword", "a network", { insert: "model ${1:Name}(classes: int = ${2:10}) {\n  input image: [3, ${3:96}, ${3:96}]\n  $0\n  output logits: classifier(classes)\n}", snippet: true }),
    item("block", "keyword", "a named sequence of layers", { insert: "block ${1:name}(out: channels) {\n  $0\n}", snippet: true }),
    item("let", "keyword", "a name for a value", { insert: "let ${1:name} = $0", snippet: true }),
    item("import", "keyword", "names of another file", { insert: 'import { $0 } from "./${1:file}.lwm"', snippet: true }),
  ];
}

function argumentItems(place: Place): readonly Completion[] {
  const { cursor, names } = place;
  const call = callAt(cursor);
  if (!call) return valueItems(place, undefined);
  if (call.word?.image === "model" || call.word?.image === "block") return parameterItems(cursor);
  if (call.callee.image === "if" || call.callee.image === "for") return valueItems(place, undefined);
  const callable = callableAt(names, call, cursor.offset);
  if (!callable) return valueItems(place, undefined);
  const named = call.named === undefined ? undefined : callable.parameters.find(({ name }) => name === call.named);
  if (named) return [...valueItems(place, named), ...(callable.kind === "model" && (named.param?.range || named.options.length > 0) ? [item("?", "constant", "to be found by the compiler", { rank: 9 })] : [])];
  if (call.named !== undefined) return valueItems(place, undefined);
  if (!call.fresh) return valueItems(place, undefined);
  const positional = callable.tensors === undefined ? callable.parameters[call.position] : undefined;
  const free = callable.parameters.filter(({ name }) => !call.given.includes(name) && (positional === undefined || callable.parameters.findIndex((p) => p.name === name) >= call.position));
  const byName = free.map((parameter, i) => item(parameter.name, "parameter", parameterText(parameter), { doc: parameter.doc, insert: `${parameter.name}=`, rank: parameter.required ? 0 : 1 + i / 100 }));
  const scale = callable.scales && !call.given.includes("scale") ? [item("scale", "parameter", "compound scaling of this call", { insert: "scale=", rank: 2 })] : [];
  const values = callable.tensors === undefined ? valueItems(place, positional) : [...tensorItems(place), ...layerItems(place)];
  return [...byName, ...scale, ...values.map((each) => ({ ...each, rank: each.rank + 3 }))];
}

/** In the parameter list of a declaration. */
function parameterItems({ before }: Cursor): readonly Completion[] {
  const last = before.at(-1)?.image;
  if (last === ":") return Object.entries(TYPES).map(([name, doc]) => item(name, "type", doc));
  if (last === "(" || last === ",") return [item("first", "keyword", "holds for the first of a repetition"), item("ramp", "keyword", "rises through a table")];
  return last === "=" ? [item("true", "constant", ""), item("false", "constant", "")] : [];
}

function tableItems(place: Place): readonly Completion[] {
  const { cursor } = place;
  const { before, open } = cursor;
  const brace = open.at(-1)!;
  const bars = before.slice(brace + 1);
  if (bars.at(-1)?.image !== "|" && cursor.prefix === "") return [];
  const lines: number[][] = [[]];
  const { text } = place.view.source;
  for (const [i, token] of bars.entries()) {
    if (i > 0 && /[\n\r]/.test(text.slice(bars[i - 1].end, token.start))) lines.push([]);
    lines.at(-1)!.push(brace + 1 + i);
  }
  const columns = lines[0].filter((i) => before[i].image !== "|").map((i) => before[i].image);
  const head = headOf(place, brace);
  if (lines.length === 1 && !(cursor.opensLine && bars.length > 0)) return columnItems(head, columns);
  const cell = lines.at(-1)!.filter((i) => before[i].image === "|").length - 1;
  const column = columns[cell];
  if (column === undefined) return [];
  const parameter = head?.parameters.find(({ name }) => name === column);
  const values = column === "layer" ? layerItems(place) : column === "scale" && !parameter ? scalingItems(place) : column === "repeat" || column === "label" ? [] : valueItems(place, parameter);
  return [item("-", "constant", "not given", { rank: 0 }), ...values];
}

function columnItems(head: Callable | undefined, taken: readonly string[]): readonly Completion[] {
  const own = (head?.parameters ?? []).filter(({ name }) => name !== "body").map((parameter, i) => item(parameter.name, "parameter", parameterText(parameter), { doc: parameter.doc, rank: parameter.required ? 0 : 1 + i / 100 }));
  const others = ROW_COLUMNS.filter((name) => (name === "layer") === (head === undefined) || name === "repeat" || name === "label").map((name) => item(name, "column", COLUMN_DOCS[name], { rank: 3 }));
  return [...own, ...others].filter(({ label }) => !taken.includes(label));
}

/** What the table's braces stand on: `mbconv(act=relu) {`. */
function headOf({ cursor, names }: Place, brace: number): Callable | undefined {
  const { before, offset } = cursor;
  let at = brace - 1;
  if (before[at]?.image === ")") {
    for (let level = 0; at >= 0; at--) {
      const { image } = before[at];
      if (image === ")") level++;
      else if (image === "(" && --level === 0) break;
    }
    at--;
  }
  const callee = before[at];
  if (!callee || !/^[A-Za-z_]/.test(callee.image)) return undefined;
  return callableAt(names, { callee, word: undefined, position: 0, named: undefined, given: [], fresh: true }, offset);
}

function memberItems({ cursor, names, visible }: Place): readonly Completion[] {
  const { before } = cursor;
  let at = before.length - 2;
  if (before[at]?.image === "]") while (at >= 0 && before[at].image !== "[") at--;
  if (before[at]?.image === "[") at--;
  const object = before[at];
  if (!object) return [];
  const named = visible.find(({ name }) => name === object.image);
  if (named?.param?.type.kind === "named" && named.param.type.name === "scaling") return ["width", "depth", "resolution", "divisor"].map((name) => item(name, "side", `the scaling's ${name}`));
  const labels = named ? names.inside(named).map((label) => item(label.name, "label", `inside ${named.name}`, { rank: 0 })) : [];
  // A file's own or the library's: no tensor.
  if (!named && object.image !== "in" && object.image !== "it" && names.lookUp(object.image)) return [];
  return [...labels, ...SIDES.map((side) => item(side, "side", side === "shape" ? "the sides as a list" : `the tensor's ${side}`))];
}

function metricItems(): readonly Completion[] {
  return Object.entries(METRICS).map(([name, { doc }], i) => item(name, "metric", doc, { rank: i }));
}

function deviceItems({ workspace, file }: View): readonly Completion[] {
  const files = new Set([file.uri, ...workspace.library.names.map((name) => workspace.library.uriOf(name)!).filter((uri) => uri.includes("devices/"))]);
  return [...files].flatMap((uri) => workspace.devices(uri)).map(({ name, title, profiles }) => item(name, "device", title, { doc: profiles.map(({ runtime, precision }) => `- ${runtime}, ${precision}`).join("\n") }));
}

function statementItems(place: Place): readonly Completion[] {
  const words = ["output", "input", "if", "for", "let", "shared", "defaults", "require", "budget", "target", "maximize", "minimize"].map((word) => item(word, "keyword", KEYWORDS[word][0], { insert: KEYWORDS[word][1], snippet: KEYWORDS[word][1].includes("$"), rank: 7 }));
  return [...layerItems(place), ...tensorItems(place), ...words];
}

function callableItem(named: Named, names: Names): Completion {
  const callable = names.callable(named);
  const required = callable?.parameters.filter(({ required: needs, name }) => needs && name !== "body") ?? [];
  const takes = required.length > 0 || callable?.tensors !== undefined;
  return item(named.name, named.kind, callable ? signatureText(callable).text : named.kind, { doc: callable && callableText(callable), insert: takes ? `${named.name}($0)` : named.name, snippet: takes });
}

/** Everything of the kinds that is in scope at the top: the file's own, its imports', the library's. */
function declaredItems(view: View, names: Names, wanted: (kind: NamedKind) => boolean): readonly Completion[] {
  const { file, workspace } = view;
  const own = [...file.declarations.map(({ name }) => name.name), ...file.imports.flatMap((each) => each.names.map(({ name }) => name))];
  return [...new Set([...own, ...workspace.library.names])].flatMap((name) => {
    const named = name === "" ? undefined : names.lookUp(name);
    return named && wanted(named.kind) ? [{ ...callableItem(named, names), rank: own.includes(name) ? 1 : 4 }] : [];
  });
}

function layerItems(place: Place): readonly Completion[] {
  const { view, names, visible } = place;
  const local = visible.filter((named) => named.kind === "shared" || (named.kind === "value" && isLayer(names, named)) || isParameter(named, "layer"));
  return [
    ...local.map((named) => item(named.name, named.kind, "a layer", { rank: 0 })),
    ...declaredItems(view, names, (kind) => kind === "block"),
    ...Object.values(ops).map(({ name }) => ({ ...callableItem({ key: name, kind: "operator", name, span: undefined }, names), rank: 5 })),
    item("identity", "constant", "the layer that does nothing", { rank: 6 }),
  ];
}

/** A value that is called as a layer: `let f = mbconv(act=relu)`. */
function isLayer(names: Names, named: Named): boolean {
  const kind = names.callable(named)?.kind;
  return kind === "block" || kind === "operator";
}

function isParameter({ param }: Named, type: string): boolean {
  return param?.type.kind === "named" && param.type.name === type;
}

function tensorItems({ visible, cursor }: Place): readonly Completion[] {
  const tensors = visible.filter(({ kind, param }) => kind === "label" || kind === "input" || (kind === "parameter" && param?.type.kind === "named" && param.type.name === "tensor"));
  return [...tensors.map(({ name, kind }) => item(name, kind, "a tensor", { rank: 1 })), ...(cursor.open.length > 0 ? [item("in", "constant", "the block's input", { rank: 2 }), item("it", "constant", "the current tensor", { rank: 2 })] : [])];
}

function scalingItems({ visible, names }: Place): readonly Completion[] {
  const own = visible.filter(({ param }) => param?.type.kind === "named" && param.type.name === "scaling").map(({ name, kind }) => item(name, kind, "a scaling", { rank: 0 }));
  return [...own, ...["scaling", "compound"].map((name) => callableItem({ key: name, kind: "function", name, span: undefined }, names))];
}

function valueItems(place: Place, parameter: Parameter | undefined): readonly Completion[] {
  const { visible, names } = place;
  if (parameter && parameter.options.length > 0) {
    const otherwise = [item("default", "constant", "as if it were not given", { rank: 8 })];
    return [...parameter.options.map((word, i) => item(word, word === "true" || word === "false" ? "constant" : "word", `${parameter.name}`, { rank: i / 100 })), ...values(visible, parameter.type === "bool" ? "bool" : undefined), ...otherwise];
  }
  const type = parameter?.type.split(" ")[0];
  if (type === "layer") {
    // What is of the default's kind comes first: of `act`, activations.
    const kind = findOp(parameter?.default ?? "")?.kind;
    return layerItems(place).map((each) => (kind !== undefined && findOp(each.label)?.kind === kind ? { ...each, rank: 0.5 } : each));
  }
  if (type === "tensor") return [...tensorItems(place), ...layerItems(place)];
  if (type === "scaling") return scalingItems(place);
  if (type === "bool") return [item("true", "constant", ""), item("false", "constant", ""), ...values(visible, "bool")];
  const functions = Object.keys(builtins).map((name) => ({ ...callableItem({ key: name, kind: "function" as const, name, span: undefined }, names), rank: 6 }));
  const sides = type === undefined || type === "channels" || type === "int" || type === "float" ? [item("in", "constant", "the block's input", { rank: 5 }), item("it", "constant", "the current tensor", { rank: 5 })] : [];
  return [...values(visible, undefined), ...sides, ...functions, ...(type === undefined ? [item("true", "constant", ""), item("false", "constant", ""), ...declaredItems(place.view, names, (kind) => kind === "value")] : [])];
}

function values(visible: readonly Named[], type: string | undefined): readonly Completion[] {
  return visible
    .filter(({ kind, param }) => (kind === "parameter" || kind === "value" || kind === "variable") && (type === undefined || param === undefined || (param.type.kind === "named" && param.type.name === type)))
    .map(({ name, kind, doc }) => item(name, kind, kind, { rank: 1, doc: doc === undefined ? undefined : prose(doc) }));
}
