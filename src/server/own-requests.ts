/** What the protocol has no question for: the library's texts, a model's summary, heat, and the network as blocks. */
import type { Connection } from "vscode-languageserver";
import { binaryBytes, grouped } from "../compiler/analyse/format-figures.ts";
import { groupBy } from "../compiler/analyse/group.ts";
import { catalogue, type Code } from "../compiler/diagnostics/catalogue.ts";
import type { Entry } from "../compiler/diagnostics/entry.ts";
import { showShape } from "../compiler/ir/shape.ts";
import { modelText } from "../workspace/editor/describe.ts";
import { heatOf } from "../workspace/editor/heat.ts";
import { networksOf, type NetworkPart } from "../workspace/editor/network.ts";
import type { View } from "../workspace/editor/view.ts";
import type { Documents } from "./documents.ts";
import { toRange } from "./translate.ts";

interface Asked {
  readonly uri: string;
}

export function answerOwn(connection: Connection, documents: Documents): void {
  const { workspace } = documents;
  const viewOf = async (uri: string): Promise<View | undefined> => {
    await documents.ready(uri);
    return documents.view(uri);
  };

  /** A text of the library, `lwm:blocks/conv.lwm`, or what a diagnostic's code means, `lwm:explain/shape-mismatch.md`. */
  connection.onRequest("lwm/source", ({ uri }: Asked): string | null => {
    const code = /^lwm:explain\/([\w-]+)\.md$/.exec(uri)?.[1];
    return code === undefined ? (workspace.library.source(uri)?.text ?? null) : explanation(code);
  });

  connection.onRequest("lwm/summary", async ({ uri, model }: Asked & { readonly model: string }): Promise<string | null> => {
    const view = await viewOf(uri);
    return (view && summaryOf(view, model)) ?? null;
  });

  connection.onRequest("lwm/heat", async ({ uri }: Asked): Promise<readonly object[]> => {
    const view = await viewOf(uri);
    return view ? heatOf(view, documents.last(uri)).map(({ span, model, macs, params }) => ({ range: toRange(view.source, span), model, macs, params })) : [];
  });

  connection.onRequest("lwm/network", async ({ uri }: Asked): Promise<readonly object[]> => {
    const view = await viewOf(uri);
    return view ? networksOf(view).map((network) => ({ ...network, span: undefined, range: toRange(view.source, network.span), parts: network.parts.map((part) => placed(view, part)) })) : [];
  });
}

function placed(view: View, { span, parts, ...rest }: NetworkPart): object {
  return { ...rest, ...(span ? { range: toRange(view.source, span) } : {}), parts: parts.map((part) => placed(view, part)) };
}

function explanation(code: string): string | null {
  if (!Object.hasOwn(catalogue, code)) return null;
  const { severity, explain, wrong, right } = catalogue[code as Code] as Entry<never>;
  const block = (text: string): string => `\`\`\`lwm\n${text.trimEnd()}\n\`\`\``;
  return [`# ${code}`, `*${severity}*`, explain, ...(wrong === undefined ? [] : ["For example:", block(wrong)]), ...(right === undefined ? [] : ["Mended:", block(right)]), ""].join("\n\n");
}

function summaryOf({ snapshot }: View, name: string): string | undefined {
  const compiled = snapshot.models.find(({ model }) => model.name === name);
  if (!compiled) return undefined;
  const { cost, model } = compiled;
  const rows = groupBy(cost, "stage").map(({ path, blocks, output, params, macs, weights }) => `| ${path} | ${blocks ? `${blocks.count} ${blocks.name}` : ""} | ${showShape(output)} | ${grouped(params)} | ${grouped(macs)} | ${binaryBytes(weights)} |`);
  return [
    `# ${name}`,
    ...(model.graph.doc === undefined ? [] : [model.graph.doc]),
    modelText(compiled),
    ["| part | | leaves | params | MACs | weights |", "|---|---|---|--:|--:|--:|", ...rows, `| **all** | | | **${grouped(cost.params)}** | **${grouped(cost.macs)}** | **${binaryBytes(cost.weights)}** |`].join("\n"),
    `At the peak, ${binaryBytes(cost.activations)}: ${cost.peak.alive.map(({ path, shape, bytes }) => `\`${path}\` ${showShape(shape)} (${binaryBytes(bytes)})`).join(", ")}`,
    "",
  ].join("\n\n");
}
