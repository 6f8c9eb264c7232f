/** What an editor offers to do at a place: the ways out of what is wrong there, and rewritings that keep a network as it is. */
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.ts";
import { span as spanOf } from "../../compiler/source.ts";
import type { Call } from "../../compiler/syntax/ast.ts";
import type { Action } from "./action.ts";
import { extractBlock } from "./extract.ts";
import { foundEdits } from "./holes.ts";
import { namesOf, mentionAt } from "./names.ts";
import { callsToTable, tableToCalls } from "./table-actions.ts";
import { pathTo } from "./tree.ts";
import { declarationAt, type View } from "./view.ts";

export function actionsAt(view: View, range: { readonly start: number; readonly end: number }): readonly Action[] {
  const near = view.snapshot.diagnostics.filter(({ span }) => span.file === view.uri && span.start <= range.end && range.start <= span.end);
  return [...near.flatMap(fixesOf), ...near.flatMap((found) => addParameter(view, found)), ...addArguments(view, range.start), ...holeActions(view, range), ...extractBlock(view, range), ...tableToCalls(view, range.start), ...callsToTable(view, range.start)];
}

function fixesOf(found: Diagnostic): readonly Action[] {
  const ways = found.fixes.filter(({ edits }) => edits.length > 0);
  return ways.map(({ title, edits }, i): Action => ({ title, kind: "quickfix", edits, fixes: found, ...(i === 0 && ways.length === 1 ? { preferred: true } : {}) }));
}

/** A name that nothing binds may be a parameter that is still to be declared. */
function addParameter(view: View, found: Diagnostic): readonly Action[] {
  if (found.code !== "unknown-name") return [];
  const { span } = found;
  const name = view.source.text.slice(span.start, span.end);
  const declaration = declarationAt(view.file, span.start);
  if (!/^[A-Za-z_]\w*$/.test(name) || !declaration || declaration.kind === "let" || !declaration.body || span.start < declaration.body.span.start) return [];
  const type = typeThere(view, span.start);
  const { params } = declaration;
  const text = `${name}: ${type} = ${sample(type)}`;
  const insert = (at: number, put: string): Action => ({ title: `add a parameter \`${text}\` to \`${declaration.name.name}\``, kind: "quickfix", edits: [{ span: spanOf(view.uri, at, at), text: put }], fixes: found });
  if (params.length === 0) {
    const after = declaration.name.span.end;
    const empty = /^\s*\(\s*\)/.exec(view.source.text.slice(after));
    return [empty ? insert(after + empty[0].length - 1, text) : insert(after, `(${text})`)];
  }
  return [insert(params[params.length - 1].span.end, `, ${text}`)];
}

/** The type of what stands at an offset: that of the parameter that it is given for, or a layer where one is used as such. */
function typeThere(view: View, offset: number): string {
  const calls = pathTo(view.file, offset).filter((node) => node.kind === "call") as unknown as readonly Call[];
  const call = calls.findLast(({ callee }) => callee.span.end <= offset);
  const at = call?.args.findIndex(({ value }) => value.span.start <= offset && offset <= value.span.end) ?? -1;
  if (!call || at < 0 || calls.at(-1)!.callee.span.start === offset) return "layer";
  const arg = call.args[at];
  if (arg.value.kind === "chain") return "layer";
  if (arg.value.span.start !== offset || arg.value.kind !== "name") return "int";
  const names = namesOf(view.workspace, view.file, view.snapshot);
  const parameters = names.callable(mentionAt(names, call.callee.span.start)?.named)?.parameters ?? [];
  const type = (arg.name ? parameters.find(({ name }) => name === arg.name!.name) : parameters[at])?.type ?? "int";
  return type.startsWith("[") ? "list" : type;
}

/** What a call needs and was not given. */
function addArguments(view: View, offset: number): readonly Action[] {
  const call = pathTo(view.file, offset).findLast((node) => node.kind === "call" || node.kind === "name");
  if (!call) return [];
  const names = namesOf(view.workspace, view.file, view.snapshot);
  const isCall = call.kind === "call";
  const callee = isCall ? (call as unknown as Call).callee : call;
  const args = isCall ? (call as unknown as Call).args : [];
  const callable = names.callable(mentionAt(names, callee.span.start)?.named);
  const missing = view.snapshot.diagnostics.find(({ code, span }) => code === "missing-argument" && span.file === view.uri && span.start <= offset && offset <= span.end);
  if (!callable || callable.tensors !== undefined || !missing) return [];
  const table = isCall && (call as unknown as Call).body?.kind === "table" ? (call as unknown as { readonly body: { readonly columns: readonly { readonly name: string }[] } }).body.columns.map(({ name }) => name) : [];
  const given = new Set([...args.flatMap(({ name }, i) => (name ? [name.name] : callable.parameters[i] ? [callable.parameters[i].name] : [])), ...table]);
  const lacking = callable.parameters.filter(({ required, name }) => required && !given.has(name) && name !== "body");
  if (lacking.length === 0) return [];
  const text = lacking.map(({ name, type }) => `${name}=${sample(type)}`).join(", ");
  const last = args[args.length - 1];
  const open = /^\s*\(\s*/.exec(view.source.text.slice(callee.span.end));
  const at = last ? last.span.end : open ? callee.span.end + open[0].length : callee.span.end;
  return [{ title: `give \`${callable.name}\` ${lacking.map(({ name }) => `\`${name}\``).join(" and ")}`, kind: "quickfix", edits: [{ span: spanOf(view.uri, at, at), text: last ? `, ${text}` : open ? text : `(${text})` }], fixes: missing }];
}

function sample(type: string): string {
  const word = type.split(" ")[0];
  return word === "channels" ? "16" : word === "layer" ? "identity" : word === "float" || word === "int" || word === "pair" ? "1" : word === "bool" ? "false" : word === "string" ? '""' : word === "list" ? "[]" : word === "padding" ? "same" : type.includes("|") ? word : "1";
}

/** `width = ?`: what was found is written down. A search that takes its time begins when it is chosen. */
function holeActions(view: View, { start, end }: { readonly start: number; readonly end: number }): readonly Action[] {
  const { snapshot, uri } = view;
  return snapshot.models.flatMap(({ model, found }): readonly Action[] => {
    const edits = foundEdits(view, model.params, found);
    if (edits.some(({ span }) => span.start <= end && start <= span.end)) return [{ title: `write ${found.map(({ name, shown }) => `\`${name}=${shown}\``).join(", ")}, which the search found`, kind: "quickfix", edits }];
    const here = model.holes.filter(({ span }) => span.file === uri && span.start <= end && start <= span.end);
    if (here.length === 0) return [];
    return [{ title: `find the best ${model.holes.map(({ name }) => `\`${name}\``).join(", ")} within the budget`, kind: "quickfix", edits: [], fills: model.name }];
  });
}
