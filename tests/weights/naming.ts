/** How frameworks name the layers of the networks that binding is tried on: from our own paths, so that a test knows what belongs where. */
import type { Graph, Node } from "../../src/compiler/ir/graph.ts";
import type { Role } from "../../src/compiler/ir/weight.ts";
import type { TensorInfo, WeightFile } from "../../src/backends/weights/safetensors.ts";

/** A layer of a network made of blocks. */
export interface Layer {
  readonly node: Node;
  readonly path: string;
  readonly norm: boolean;
  /** `stem`, `expand`, `depth`, `squeeze`, `excite`, `project`, `head`, … : the label in the block, without `_conv`. */
  readonly part: string;
  /** The table's row, the repetition in it, and the block's number among all; −1 outside of blocks. */
  readonly row: number;
  readonly repeat: number;
  readonly block: number;
  /** How many kernels (or norms) came before it in its block, or outside of blocks. */
  readonly inBlock: number;
  /** How many of its operator came before it in the network. */
  readonly ofKind: number;
  /** Whether its block begins with a 1x1 convolution that widens. */
  readonly widens: boolean;
}

export type Scheme = (layer: Layer, role: Role) => string;

export function layersOf(graph: Graph): readonly Layer[] {
  const blocks = new Map<string, number>();
  const counts = new Map<string, number>();
  const count = (key: string): number => {
    const before = counts.get(key) ?? 0;
    counts.set(key, before + 1);
    return before;
  };
  const nodes = graph.nodes.filter(({ weights }) => weights.length > 0);
  return nodes.map((node) => {
    const [, row, repeat, label] = /stages\.(\d+)(?:\.(\d+))?\.(.*)\.\w+$/.exec(node.path) ?? [];
    const norm = node.op.name === "batchnorm";
    const key = label === undefined ? "" : `${row}.${repeat ?? ""}`;
    if (key !== "" && !blocks.has(key)) blocks.set(key, blocks.size);
    const outer = /(?:^|\.)(stem|head|last_conv|wide|classifier|dense|conv2d)(?:\.|$)/.exec(node.path)?.[1] ?? node.op.name;
    return {
      node,
      path: node.path,
      norm,
      part: (label ?? outer).replace(/_conv$/, "").replace("gate.", ""),
      row: Number(row ?? -1),
      repeat: Number(repeat ?? 0),
      block: key === "" ? -1 : blocks.get(key)!,
      inBlock: count(`${key} ${norm}`),
      ofKind: count(node.op.name),
      widens: key !== "" && nodes.some(({ path }) => path.includes(`stages.${key.replace(/\.$/, "")}.expand_conv`)),
    };
  });
}

/** A checkpoint without values, under foreign names, and which of its tensors is which weight. */
export function foreign(graph: Graph, scheme: Scheme): { readonly file: WeightFile; readonly names: ReadonlyMap<string, string> } {
  const names = new Map<string, string>();
  const tensors = new Map<string, TensorInfo>();
  for (const layer of layersOf(graph)) {
    for (const { name, role, shape } of layer.node.weights) {
      const theirs = scheme(layer, role);
      if (tensors.has(theirs)) throw new Error(`${name} and another are ${theirs}`);
      names.set(name, theirs);
      tensors.set(theirs, { name: theirs, dtype: "F32", shape, offset: 0, bytes: 0 });
    }
  }
  const none = (): never => {
    throw new Error("no values");
  };
  const sorted = new Map([...tensors].sort(([a], [b]) => (a < b ? -1 : 1)));
  return { names, file: { metadata: new Map(), tensors: sorted, read: none, readFloat32: none } };
}

const torchRole: Readonly<Record<Role, string>> = { weight: "weight", bias: "bias", scale: "weight", mean: "running_mean", var: "running_var", slope: "weight" };
const kerasRole: Readonly<Record<Role, string>> = { weight: "kernel", bias: "bias", scale: "gamma", mean: "moving_mean", var: "moving_variance", slope: "alpha" };

function kerasRoleOf({ norm, node }: Layer, role: Role): string {
  if (norm && role === "bias") return "beta";
  return role === "weight" && node.op.name === "depthwise" ? "depthwise_kernel" : kerasRole[role];
}

function numbered(name: string, number: number): string {
  return number === 0 ? name : `${name}_${number}`;
}

/** timm's MobileNets and EfficientNets. */
export const timm: Scheme = (layer, role) => {
  const { norm, part, row, repeat, block, inBlock, widens } = layer;
  if (block < 0) {
    if (norm) return `${part === "stem" ? "bn1" : "bn2"}.${torchRole[role]}`;
    return `${part === "stem" ? "conv_stem" : part === "head" || part === "last" || part === "wide" ? (part === "last" ? `blocks.99.0.conv` : "conv_head") : "classifier"}.${torchRole[role]}`;
  }
  const words: Readonly<Record<string, string>> = { expand: "conv_pw", depth: "conv_dw", project: widens ? "conv_pwl" : "conv_pw", squeeze: "se.conv_reduce", excite: "se.conv_expand" };
  return `blocks.${row}.${repeat}.${norm ? `bn${inBlock + 1}` : words[part]}.${torchRole[role]}`;
};

/** Keras Applications' MobileNetV2. */
export const kerasMobilenetV2: Scheme = (layer, role) => {
  const { norm, part, block } = layer;
  const kind = kerasRoleOf(layer, role);
  if (part === "stem") return `${norm ? "bn_Conv1" : "Conv1"}/${kind}:0`;
  if (block < 0) return `${part === "head" ? (norm ? "Conv_1_bn" : "Conv_1") : "predictions"}/${kind}:0`;
  const word = part === "depth" ? "depthwise" : part;
  return `${block === 0 ? "expanded_conv" : `block_${block}`}_${word}${norm ? "_BN" : ""}/${kind}:0`;
};

/** Slim's MobileNetV2, and its MobileNetV3 as Keras has it too. */
export const slim: Scheme = (layer, role) => {
  const { norm, part, block, inBlock, node } = layer;
  const kind = norm ? kerasRoleOf(layer, role) : role === "bias" ? "biases" : node.op.name === "depthwise" ? "depthwise_weights" : "weights";
  const tail = norm ? `BatchNorm/${kind}` : kind;
  if (block < 0) return part === "classifier" || (part === "conv2d" && !norm) || part === "dense" ? `MobilenetV2/Logits/Conv2d_1c_1x1/${tail}` : `MobilenetV2/${numbered("Conv", inBlock)}/${tail}`;
  const words: Readonly<Record<string, string>> = { expand: "expand", depth: "depthwise", project: "project", squeeze: "squeeze_excite/Conv", excite: "squeeze_excite/Conv_1" };
  return `MobilenetV2/${numbered("expanded_conv", block)}/${words[part]}/${tail}`;
};

/** Slim's MobileNetV1, whose two layers of a block have names of their own. */
export const slimMobilenetV1: Scheme = (layer, role) => {
  const { norm, part, block, node } = layer;
  const kind = norm ? kerasRoleOf(layer, role) : role === "bias" ? "biases" : node.op.name === "depthwise" ? "depthwise_weights" : "weights";
  const tail = norm ? `BatchNorm/${kind}` : kind;
  if (part === "stem") return `MobilenetV1/Conv2d_0/${tail}`;
  if (block < 0) return `MobilenetV1/Logits/Conv2d_1c_1x1/${tail}`;
  return `MobilenetV1/Conv2d_${block + 1}_${part === "depth" ? "depthwise" : "pointwise"}/${tail}`;
};

/** Gluon's MobileNetV2. */
export const gluon: Scheme = ({ norm, part, block, inBlock }, role) => {
  const kind = norm ? { weight: "gamma", scale: "gamma", bias: "beta", mean: "running_mean", var: "running_var", slope: "alpha" }[role] : role;
  const layer = `${norm ? "batchnorm" : "conv"}${inBlock}`;
  if (block >= 0) return `mobilenetv20_features_linearbottleneck${block}_${layer}_${kind}`;
  return part === "classifier" ? `mobilenetv20_output_pred_${kind}` : `mobilenetv20_features_${layer}_${kind}`;
};

/** Keras Applications' EfficientNet. */
export const kerasEfficientnet: Scheme = (layer, role) => {
  const { norm, part, row, repeat, block } = layer;
  const kind = kerasRoleOf(layer, role);
  if (block < 0) return `${part === "stem" ? "stem" : part === "head" ? "top" : "predictions"}${part === "classifier" ? "" : norm ? "_bn" : "_conv"}/${kind}:0`;
  const name = `block${row + 1}${String.fromCharCode(97 + repeat)}`;
  const words: Readonly<Record<string, string>> = { expand: "expand_conv", depth: "dwconv", project: "project_conv", squeeze: "se_reduce", excite: "se_expand" };
  const norms: Readonly<Record<string, string>> = { expand: "expand_bn", depth: "bn", project: "project_bn" };
  return `${name}_${norm ? norms[part] : words[part]}/${kind}:0`;
};

/** The EfficientNet of tensorflow/tpu: counters within every block. */
export const tpuEfficientnet: Scheme = (layer, role) => {
  const { norm, part, block, inBlock, widens } = layer;
  const kind = kerasRoleOf(layer, role);
  if (block < 0) return `efficientnet-b0/${part === "stem" ? "stem" : "head"}/${norm ? "tpu_batch_normalization" : part === "classifier" ? "dense" : "conv2d"}/${kind}`;
  const words: Readonly<Record<string, string>> = { expand: "conv2d", depth: "depthwise_conv2d", project: widens ? "conv2d_1" : "conv2d", squeeze: "se/conv2d", excite: "se/conv2d_1" };
  return `efficientnet-b0/blocks_${block}/${norm ? numbered("tpu_batch_normalization", inBlock) : words[part]}/${kind}`;
};

const autoNames: Readonly<Record<string, string>> = { conv2d: "conv2d", depthwise: "depthwise_conv2d", batchnorm: "batch_normalization", dense: "dense" };

/** Keras without names: the order of creation is the only one. */
export const kerasAuto: Scheme = (layer, role) => `${numbered(autoNames[layer.node.op.name], layer.ofKind)}/${kerasRoleOf(layer, role)}:0`;

/** The same for a program that makes the shortcut of a block before its branch. */
export function kerasShortcutsFirst(graph: Graph): Scheme {
  const layers = layersOf(graph);
  const begin = (layer: Layer): number => (layer.block < 0 ? layers.indexOf(layer) : layers.findIndex(({ block }) => block === layer.block));
  const rest = ({ part }: Layer): number => (part.startsWith("shortcut") ? 0 : 1);
  const made = [...layers].sort((a, b) => begin(a) - begin(b) || rest(a) - rest(b));
  const number = new Map(made.map(({ path, node }, i) => [path, made.slice(0, i).filter((earlier) => earlier.node.op.name === node.op.name).length]));
  return (layer, role) => kerasAuto({ ...layer, ofKind: number.get(layer.path)! }, role);
}

/** Paddle without names. */
export const paddleAuto: Scheme = ({ node, ofKind, norm }, role) => {
  const kind = norm ? { weight: "w_0", scale: "w_0", bias: "b_0", mean: "w_1", var: "w_2", slope: "w_0" }[role] : role === "bias" ? "b_0" : "w_0";
  const kinds: Readonly<Record<string, string>> = { conv2d: "conv2d", depthwise: "depthwise_conv2d", batchnorm: "batch_norm2d", dense: "linear" };
  return `${kinds[node.op.name]}_${ofKind}.${kind}`;
};

/** Keras 3's weight files, where roles are numbers. */
export const keras3: Scheme = ({ node, ofKind, norm }, role) => {
  const slot = norm ? ["scale", "bias", "mean", "var"].indexOf(role) : role === "bias" ? 1 : 0;
  return `layers/${numbered(autoNames[node.op.name], ofKind)}/vars/${slot}`;
};

/** torchvision's and timm's ResNets with bottlenecks; basic blocks are numbered alike. */
export const torchResnet: Scheme = ({ norm, part, row, repeat, block, inBlock, node }, role) => {
  if (block < 0) return `${node.op.name === "dense" ? "fc" : norm ? "bn1" : "conv1"}.${torchRole[role]}`;
  const inner = part === "shortcut" ? `downsample.${norm ? 1 : 0}` : `${norm ? "bn" : "conv"}${inBlock + 1}`;
  return `layer${row + 1}.${repeat}.${inner}.${torchRole[role]}`;
};

/** Keras Applications' ResNet50: the shortcut is number 0 of its block. */
export const kerasResnet: Scheme = (layer, role) => {
  const { norm, part, row, repeat, block, inBlock, node } = layer;
  const kind = kerasRoleOf(layer, role);
  if (block < 0) return `${node.op.name === "dense" ? "predictions" : norm ? "conv1_bn" : "conv1_conv"}/${kind}:0`;
  return `conv${row + 2}_block${repeat + 1}_${part === "shortcut" ? 0 : inBlock + 1}_${norm ? "bn" : "conv"}/${kind}:0`;
};

/** torchvision's RegNets: branches a, b, c, a gate, and `proj` beside them. */
export const torchRegnet: Scheme = ({ norm, part, row, repeat, block, node }, role) => {
  if (block < 0) return `${node.op.name === "dense" ? "fc" : `stem.${norm ? 1 : 0}`}.${torchRole[role]}`;
  const words: Readonly<Record<string, string>> = { reduce: "f.a", middle: "f.b", expand: "f.c", shortcut: "proj" };
  const inner = part === "squeeze" ? "f.se.fc1" : part === "excite" ? "f.se.fc2" : `${words[part]}.${norm ? 1 : 0}`;
  return `trunk_output.block${row + 1}.block${row + 1}-${repeat}.${inner}.${torchRole[role]}`;
};

/** torchvision's MnasNet: indices only. */
export const torchMnasnet: Scheme = ({ norm, row, repeat, block, inBlock, node }, role) => {
  if (node.op.name === "dense") return `classifier.1.${torchRole[role]}`;
  const offset = norm ? 1 : 0;
  if (block < 0) return `layers.${(inBlock < 3 ? inBlock * 3 : 14 + (inBlock - 3) * 3) + offset}.${torchRole[role]}`;
  return `layers.${8 + row}.${repeat}.layers.${inBlock * 3 + offset}.${torchRole[role]}`;
};

/** A network that PyTorch exported: kernels and biases numbered in one row, without a word for what they are. */
export function exported(graph: Graph): Scheme {
  const number = new Map(graph.nodes.flatMap(({ weights }) => weights).map(({ name }, i) => [name, 493 + 3 * i]));
  return ({ node }, role) => `onnx::Conv_${number.get(`${node.path}.${role}`)!}`;
}
