/**
 * Which parameters change nothing of a model but the shapes of its inputs: those that are written in the shape of an `input` and nowhere else. Where
 * expansion has read no tensor's size either, such a parameter leaves all layers as they are, and only their shapes need to be worked out again.
 */
import type { Graph } from "../ir/graph.ts";
import { elements, MAX_ELEMENTS, type Shape } from "../ir/shape.ts";
import type { Expr, Model as ModelDeclaration } from "../syntax/ast.ts";
import type { Elaboration, Frame, ModelFacts } from "./domains.ts";
import type { InputSizes, InputValues } from "./model.ts";
import { bindName, innerFrame } from "./scope.ts";

/** @param owners the declaration that binds each parameter of the model */
export function inputSizes(graph: Graph, facts: ModelFacts, run: Elaboration, owners: ReadonlyMap<string, ModelDeclaration>): InputSizes | undefined {
  // What no output needs could still fail at another size.
  if (run.sizesRead || graph.nodes.length < run.builder.nodes.length || graph.inputs.length < facts.inputs.length) return undefined;
  return {
    holds: (param) => {
      const owner = owners.get(param);
      return owner?.body !== undefined && onlyInInputs(owner, param);
    },
    shapes: (values) => {
      const shapes: Shape[] = [];
      for (const { tensor } of graph.inputs) {
        const shape = facts.inputShapes.get(tensor)!(values);
        if (!shape || elements(shape) > MAX_ELEMENTS) return undefined;
        shapes.push(shape);
      }
      return shapes;
    },
  };
}

/** A frame in which these parameters have other values; what is wrong with them is not reported. */
export function withValues(frame: Frame, values: InputValues): Frame {
  const run: Elaboration = { ...frame.run, report: () => {} };
  const inner = innerFrame({ ...frame, run }, { it: undefined, model: frame.model });
  for (const [name, value] of Object.entries(values)) bindName(inner, name, value);
  return inner;
}

/** The shape that a list of whole numbers and parameters gives, without evaluation; undefined for any other, and where a side is not a whole number above 0. */
export function plainShape(written: Expr, values: InputValues): Shape | undefined {
  if (written.kind !== "listliteral") return undefined;
  const shape: number[] = [];
  for (const item of written.items) {
    const side = item.kind === "number" && item.unit === "" ? item.value : item.kind === "name" && Object.hasOwn(values, item.name) ? values[item.name] : undefined;
    if (!Number.isSafeInteger(side) || (side as number) < 1) return undefined;
    shape.push(side as number);
  }
  return shape;
}

const known = new WeakMap<ModelDeclaration, Map<string, boolean>>();

function onlyInInputs(declaration: ModelDeclaration, param: string): boolean {
  let answers = known.get(declaration);
  if (!answers) known.set(declaration, (answers = new Map()));
  let answer = answers.get(param);
  if (answer === undefined) answers.set(param, (answer = !mentions(declaration, param)));
  return answer;
}

interface Binding {
  readonly kind?: string;
  readonly name?: unknown;
  readonly label?: unknown;
  readonly variable?: unknown;
}

/** Where statements bind names. */
const BINDINGS: readonly ((node: Binding) => unknown)[] = [
  ({ kind, name }) => (kind === "let" || kind === "shared" || kind === "input" || kind === "output" ? name : undefined),
  ({ label }) => label,
  ({ variable }) => variable,
];

function isIdent(ident: unknown, name: string): boolean {
  return typeof ident === "object" && ident !== null && (ident as { readonly name?: unknown }).name === name;
}

/** Whether a tree names the parameter outside the shapes of inputs, in an expression or in a message, or gives its name to something else. */
function mentions(tree: unknown, param: string): boolean {
  if (typeof tree !== "object" || tree === null) return false;
  if (Array.isArray(tree)) return tree.some((item) => mentions(item, param));
  const node = tree as { readonly kind?: string; readonly name?: unknown; readonly value?: unknown };
  if (node.kind === "name") return node.name === param;
  if (BINDINGS.some((binding) => isIdent(binding(node), param))) return true;
  if (node.kind === "string") return String(node.value).includes(`{${param}`);
  return Object.entries(node).some(([key, part]) => key !== "span" && !(node.kind === "input" && key === "shape") && mentions(part, param));
}
