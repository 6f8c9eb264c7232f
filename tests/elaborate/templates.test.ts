/** Kept expansions change nothing: the same layers, paths, trails, weights and labels as without them. */
import { expect, test } from "vitest";
import { elaborate } from "../../src/compiler/elaborate/index.ts";
import type { Trail } from "../../src/compiler/ir/graph.ts";
import { lwmFiles, programOf, readProject } from "../program.ts";

function trailText(trail: Trail | undefined): string {
  return trail ? `${trail.name}@${trail.span.file}:${trail.span.start}${trail.row === undefined ? "" : `#${trail.row}`} < ${trailText(trail.parent)}` : "";
}

/** Everything of a file's models that later phases can see. */
function described(uri: string, text: string, templates: boolean): unknown {
  const { program } = programOf({ [uri]: text });
  const isLibrary = templates ? program.isLibrary : () => false;
  const { models, diagnostics } = elaborate({ ...program, isLibrary }, uri);
  const first = new Map<unknown, number>();
  const number = (tensor: unknown) => first.get(tensor) ?? (first.set(tensor, first.size), first.size - 1);
  return {
    messages: diagnostics.map((d) => d.message),
    models: models.map(({ name, graph }) => ({
      name,
      outputs: graph.outputs.map((o) => number(o.tensor)),
      nodes: graph.nodes.map((node) => [node.path, node.op.name, node.attrs, node.inputs.map(number), node.outputs.map((o) => [number(o), o.shape, o.index, o.node === node]), node.weights, trailText(node.trail)]),
    })),
  };
}

const files = [...lwmFiles("stdlib/networks"), ...lwmFiles("examples")];

test.each(files)("%s", (path) => {
  const text = readProject(path);
  const uri = `user/${path}`;
  const plain = described(uri, text, false);
  described(uri, text, true);
  expect(described(uri, text, true)).toEqual(plain);
});

test("labels inside a block that was laid down from a template are reached", () => {
  const text = "model M { input x: [16, 8, 8] a: mbconv(16) b: mbconv(16) add(a.expand_conv, b.expand_conv) }";
  expect(described("m.lwm", text, true)).toEqual(described("m.lwm", text, false));
});
