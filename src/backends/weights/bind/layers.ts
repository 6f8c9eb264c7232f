/**
 * The weights of each layer out of its matched parts, and the algebra where file and network divide the work differently. With the network's
 * batch norm y = scale·(x − mean)/√(var + eps) + shift after a convolution:
 *
 * - the file's is folded into a convolution with bias b: scale 1, shift b, mean 0, var 1 − eps. In float32 √(var + eps) is 1 to 2^-25, less
 *   than half a unit in the last place, so that folding it again gives the file's own numbers;
 * - the file has a bias b in front of its batch norm and the network none: mean − b;
 * - the network has a bias in front of its batch norm and the file none: 0.
 */
import type { Weight } from "../../../compiler/ir/weight.ts";
import { movement, permutation, type Layout } from "./layout.ts";
import type { Module } from "./modules.ts";
import type { KernelTarget, VectorTarget } from "./targets.ts";
import type { TensorInfo } from "../safetensors.ts";
import type { Made, Source } from "./values.ts";

export interface Matched {
  readonly layout: Layout;
  readonly kernels: ReadonlyMap<KernelTarget, Module>;
  readonly vectors: ReadonlyMap<VectorTarget, Module>;
  /** Biases whose names stand apart from their kernels'. */
  readonly biases: ReadonlyMap<KernelTarget, TensorInfo>;
  readonly targets: { readonly kernels: readonly KernelTarget[]; readonly vectors: readonly VectorTarget[] };
}

export interface Layers {
  readonly made: readonly Made[];
  /** Weights that nothing in the file stands for, in graph order. */
  readonly missing: readonly Weight[];
}

export function layersOf(matched: Matched): Layers {
  const made: Made[] = [];
  const missing: Weight[] = [];
  const say = (weight: Weight, source: Source | undefined, how = ""): void => {
    if (source) made.push({ weight, source, how });
    else missing.push(weight);
  };
  const biasOf = (target: KernelTarget): TensorInfo | undefined => matched.biases.get(target) ?? matched.kernels.get(target)?.tensors.bias;
  const normsAfter = new Map<KernelTarget, VectorTarget[]>();
  for (const norm of matched.targets.vectors) {
    if (norm.kind === "norm" && norm.direct && norm.host) normsAfter.set(norm.host, [...(normsAfter.get(norm.host) ?? []), norm]);
  }
  const inOrder = [...matched.targets.kernels, ...matched.targets.vectors].sort((a, b) => a.at - b.at);
  for (const target of inOrder) {
    if ("weight" in target) kernelLayer(target, matched, biasOf(target), normsAfter.get(target) ?? [], say);
    else if (target.kind === "norm") normLayer(target, matched, biasOf, say);
    else vectorLayer(target, matched.vectors.get(target), say);
  }
  return { made, missing };
}

type Say = (weight: Weight, source: Source | undefined, how?: string) => void;

function tensor(from: TensorInfo | undefined): Source | undefined {
  return from && { kind: "tensor", from, permutation: undefined };
}

function kernelLayer(target: KernelTarget, { kernels, vectors, layout }: Matched, bias: TensorInfo | undefined, norms: readonly VectorTarget[], say: Say): void {
  const kernel = kernels.get(target)?.tensors.kernel;
  say(target.weight, kernel && { kind: "tensor", from: kernel, permutation: permutation(kernel.shape, target, layout) }, kernel && movement(kernel.shape, target, layout));
  if (!target.bias) return;
  if (bias) say(target.bias, tensor(bias));
  else if (norms.some((norm) => vectors.has(norm))) say(target.bias, { kind: "fill", value: 0 }, "zeros: the file has no bias in front of the batch norm");
  else say(target.bias, undefined);
}

function normLayer(target: VectorTarget, { kernels, vectors }: Matched, biasOf: (host: KernelTarget) => TensorInfo | undefined, say: Say): void {
  const [scale, shift, mean, variance] = target.node.weights;
  const bias = target.host && target.direct ? biasOf(target.host) : undefined;
  const apart = target.host?.bias === undefined ? bias : undefined;
  const norm = vectors.get(target)?.tensors;
  if (norm) {
    say(scale, tensor(norm.scale) ?? { kind: "fill", value: 1 }, norm.scale ? "" : "ones: the file's batch norm does not scale");
    say(shift, tensor(norm.bias) ?? { kind: "fill", value: 0 }, norm.bias ? "" : "zeros: the file's batch norm does not shift");
    if (apart && norm.mean) say(mean, { kind: "minus", from: norm.mean, less: apart }, "less the bias in front of the batch norm");
    else say(mean, tensor(norm.mean));
    say(variance, tensor(norm.var));
    return;
  }
  if (!target.host || !target.direct || !kernels.has(target.host) || !bias) {
    for (const weight of target.node.weights) say(weight, undefined);
    return;
  }
  const folded = "the file's batch norm is folded into the layer before";
  say(scale, { kind: "fill", value: 1 }, folded);
  say(shift, apart ? tensor(apart) : { kind: "fill", value: 0 }, folded);
  say(mean, { kind: "fill", value: 0 }, folded);
  say(variance, { kind: "fill", value: Math.fround(1 - target.node.attrs.eps) }, folded);
}

function vectorLayer(target: VectorTarget, module: Module | undefined, say: Say): void {
  for (const weight of target.node.weights) say(weight, tensor(module?.tensors[weight.role === "weight" ? "scale" : weight.role]));
}
