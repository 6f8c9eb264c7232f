/** Every artifact, made here and offered for download. */
import { ask } from "./ask.ts";
import { button, el } from "./elements.ts";
import { grouped } from "./figures.ts";
import type { Backend, MadeFile, ModelCosts } from "./protocol.ts";
import { weights, weightsPicker } from "./weights.ts";

const KINDS: readonly { readonly backend: Backend; readonly title: string }[] = [
  { backend: "onnx", title: "ONNX and its TypeScript module" },
  { backend: "tfjs", title: "TensorFlow.js module and graph model" },
  { backend: "weights", title: "Weights (safetensors)" },
];

export function filesPanel(panel: HTMLElement, model: ModelCosts, text: () => string): void {
  const list = el("ul", { class: "files", "aria-live": "polite" });
  const offer = ({ path, bytes }: MadeFile): void => {
    const url = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>]));
    list.append(el("li", {}, el("a", { href: url, download: path }, path), el("span", { class: "quiet" }, ` ${grouped(bytes.length)} bytes`)));
  };
  const make = async (backend: Backend, by: HTMLButtonElement): Promise<void> => {
    by.disabled = true;
    try {
      const { files, origin, refused } = await ask("make", { model: model.name, backend, toRun: false, weights: weights() });
      for (const reason of refused) list.append(el("li", { class: "error" }, reason));
      if (files.length > 0) list.append(el("li", { class: "quiet" }, `${KINDS.find((each) => each.backend === backend)!.title}, with ${origin}:`));
      files.forEach(offer);
    } catch (error) {
      list.append(el("li", { class: "error" }, (error as Error).message));
    }
    by.disabled = false;
  };
  const makers = KINDS.map(({ backend, title }) => {
    const by = button(title, () => void make(backend, by), { "data-make": backend });
    return by;
  });
  const others = [
    button("Text (.lwm)", () => offer({ path: `${model.name}.lwm`, bytes: new TextEncoder().encode(text()) })),
    button("Memory plan (SVG)", () => void ask("memory", { model: model.name }).then((svg) => offer({ path: `${model.name}-memory.svg`, bytes: new TextEncoder().encode(svg) }))),
    button("Costs (CSV)", () => {
      const rows = model.rows.layer.map(({ path, what, shape, params, macs, weights: bytes }) => [path, what, `"${shape}"`, params, macs, bytes].join(","));
      offer({ path: `${model.name}-costs.csv`, bytes: new TextEncoder().encode(["path,what,output,params,macs,weights", ...rows, ""].join("\n")) });
    }),
  ];
  panel.replaceChildren(el("div", { class: "bar" }, ...makers, ...others), weightsPicker(), list);
}
