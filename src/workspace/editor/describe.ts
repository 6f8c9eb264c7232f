/** Things and figures in words, as Markdown. */
import { binaryBytes, grouped, joules, seconds, short } from "../../compiler/analyse/format-figures.ts";
import { METRICS } from "../../compiler/elaborate/statements.ts";
import type { CompiledModel } from "../../compiler/compile.ts";
import type { Device } from "../../compiler/devices/device.ts";
import { parameterText, signatureText, type Callable } from "./callables.ts";
import { withLinks } from "./links.ts";
import type { Named } from "./named.ts";
import type { View } from "./view.ts";

export function code(text: string): string {
  return `\`\`\`lwm\n${text}\n\`\`\``;
}

/** Documentation, its lines joined as they are read. */
export function prose(doc: string): string {
  return withLinks(doc.replace(/([^\n])\n(?=[^\n])/g, "$1 "));
}

/** The signature first where it fits on a line, and last where it does not. */
export function callableText(callable: Callable): string {
  const { kind, name, doc, source, parameters } = callable;
  const { text } = signatureText(callable);
  const shown = broken(text, callable);
  const head = code(kind === "block" || kind === "model" ? `${kind} ${shown}` : shown);
  const listed = parameters.filter((parameter) => parameter.doc !== undefined).map((parameter) => `- \`${parameter.name}\`: ${parameter.doc}`);
  const said = [...(doc === undefined ? [] : [prose(doc)]), ...(listed.length > 0 && kind !== "record" ? [listed.join("\n")] : []), ...(source === undefined ? [] : [`*${withLinks(source)}*`]), ...(kind === "record" ? [`a part of a device: \`${name}\``] : [])];
  return (shown === text ? [head, ...said] : [...said, head]).join("\n\n");
}

/** A signature that is too long for a line, a parameter a line. */
function broken(text: string, callable: Callable): string {
  if (text.length <= 80) return text;
  const items = [...(callable.tensors === undefined ? [] : [callable.tensors]), ...callable.parameters.map(parameterText)];
  return `${callable.name}(\n${items.map((item) => `  ${item},\n`).join("")})`;
}

export function modelText({ cost, prices, model }: CompiledModel): string {
  const rows = [
    `**${model.name}**: ${grouped(cost.params)} params · ${grouped(cost.macs)} MACs · ${grouped(cost.flops)} FLOPs`,
    `${binaryBytes(cost.weights)} of weights · ${binaryBytes(cost.activations)} of activations at most${cost.peak.path === undefined ? "" : `, at \`${cost.peak.path}\``}`,
    ...prices.map(({ target, ram, flash, latency, energy }) => `on \`${target.shown}\`: ${binaryBytes(ram.value)} RAM · ${binaryBytes(flash.value)} flash · ${latency ? seconds(latency.value) : "latency unknown"}${energy ? ` · ${joules(energy.value)}` : ""}`),
  ];
  if (model.reading !== undefined) rows.push(`reading: ${model.reading}`);
  return rows.join("  \n");
}

export function deviceText({ name, title, clock, ram, flash, profiles }: Device): string {
  const facts = [...(clock ? [`${short(clock.value)}Hz`.replace(" ", " ")] : []), ...(ram ? [`${binaryBytes(ram.value)} RAM`] : []), ...(flash ? [`${binaryBytes(flash.value)} flash`] : [])];
  const listed = profiles.map(({ runtime, precision, threads, costs }) => `- ${runtime}, ${precision}, ${threads} thread${threads === 1 ? "" : "s"}${costs.length === 0 ? ": latency unknown" : ""}`);
  return [`**${name}**: ${title}`, ...(facts.length > 0 ? [facts.join(" · ")] : []), listed.join("\n")].join("\n\n");
}

/** What a name stands for, without its costs. */
export function namedText(view: View, named: Named, callable: Callable | undefined): string {
  switch (named.kind) {
    case "parameter": {
      const { param, of, doc } = named;
      const text = param && view.workspace.source(param.span.file)?.text.slice(param.span.start, param.span.end);
      return [code(text ?? named.name), `parameter of \`${of}\``, ...(doc === undefined ? [] : [doc])].join("\n\n");
    }
    case "device":
      return [...deviceOf(view, named).map(deviceText), ...(named.doc === undefined ? [] : [prose(named.doc)])].join("\n\n") || `device \`${named.name}\``;
    case "word":
      return `\`${named.name}\`, a word of \`${named.of}\``;
    case "metric":
      return `**${named.name}**: ${METRICS[named.name].doc}`;
    case "label":
    case "input":
    case "output":
    case "variable":
      return `${named.kind} \`${named.name}\``;
    case "value":
    case "shared": {
      const span = named.declaration?.span ?? named.statement?.span;
      const text = span && view.workspace.source(span.file)?.text.slice(span.start, span.end);
      return [...(text === undefined ? [] : [code(text.length > 400 ? `${text.slice(0, 400)}…` : text.replace(/^\s*\/\/\/.*\n/gm, ""))]), ...(named.doc === undefined ? [] : [prose(named.doc)])].join("\n\n");
    }
    case "side":
    case "column":
    case "constant":
      return `\`${named.name}\``;
    default:
      return callable ? callableText(callable) : `${named.kind} \`${named.name}\``;
  }
}

function deviceOf({ workspace }: View, { name, span }: Named): readonly Device[] {
  return span ? workspace.devices(span.file).filter((device) => device.name === name) : [];
}
