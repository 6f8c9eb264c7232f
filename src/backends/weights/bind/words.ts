/**
 * The one list of words that binding knows, for the checkpoints of every framework: what a tensor is to its layer, what a layer is to its
 * block, and what a file holds beside a network's weights.
 */

/** What a tensor is to its layer. `beta` is a shift that may be a bias; `slot` is known by its number alone. */
export type TensorRole = "kernel" | "bias" | "scale" | "beta" | "mean" | "var" | "slope" | `slot${number}`;

/** The last words of a tensor's name, longest first where one ends another. */
export const roleWords: readonly (readonly [words: string, role: TensorRole])[] = [
  ["moving_variance", "var"],
  ["running_variance", "var"],
  ["running_var", "var"],
  ["moving_var", "var"],
  ["variance", "var"],
  ["var", "var"],
  ["moving_mean", "mean"],
  ["running_mean", "mean"],
  ["mean", "mean"],
  ["gamma", "scale"],
  ["scale", "scale"],
  ["beta", "beta"],
  ["offset", "beta"],
  ["shift", "beta"],
  ["biases", "bias"],
  ["bias", "bias"],
  ["b_0", "bias"],
  ["b", "bias"],
  ["w_1", "mean"],
  ["w_2", "var"],
  ["w_0", "kernel"],
  ["kernel", "kernel"],
  ["weights", "kernel"],
  ["weight", "kernel"],
  ["filters", "kernel"],
  ["filter", "kernel"],
  ["w", "kernel"],
  ["alpha", "slope"],
  ["slope", "slope"],
];

/** Segments that name an operation of an exported graph, not a layer: they stand after the layer's name. TensorFlow's spelling tells them apart. */
export const operation =
  /^(Conv2D|DepthwiseConv2dNative|MatMul|BiasAdd|ReadVariableOp|Identity|Relu6?|add|FusedBatchNorm(V\d)?|FakeQuant\w*|(Conv2D|depthwise|add|mul|BatchNorm|MatMul)_[Ff]old)$/;

/** What a word before the role only repeats: `depthwise_kernel`, `Conv2D_bias`. */
export const repeatsOperation = /^(depthwise|conv2d|Conv2D|MatMul|BiasAdd)$/;

/** Every spelling of a batch normalisation; names are read with `bn` in their place. */
export const normWords = /fused_?batch_?norm(v\d)?|batch_?normalization|batch_?norm(?:[123]d)?|bn(?![a-z])/g;

/** What a layer is to its block. */
export type Part = "gate" | "squeeze" | "excite" | "shortcut" | "depth" | "expand" | "project" | "stem" | "head";

/** In this order they split layers of the same shape. */
export const parts: readonly Part[] = ["gate", "squeeze", "excite", "shortcut", "depth", "expand", "project", "stem", "head"];

const partWords: Readonly<Record<string, readonly Part[]>> = {
  gate: ["gate"],
  se: ["gate"],
  senet: ["gate"],
  squeezeexcite: ["gate"],
  squeezeexcitation: ["gate"],
  squeeze: ["squeeze"],
  reduce: ["squeeze"],
  excite: ["excite"],
  excitation: ["excite"],
  shortcut: ["shortcut"],
  downsample: ["shortcut"],
  skip: ["shortcut"],
  proj: ["shortcut", "project"],
  depthwise: ["depth"],
  dwconv: ["depth"],
  depth: ["depth"],
  dw: ["depth"],
  expand: ["expand"],
  expansion: ["expand"],
  project: ["project"],
  projection: ["project"],
  linear: ["project"],
  pwl: ["project"],
  stem: ["stem"],
  first: ["stem"],
  head: ["head"],
  classifier: ["head"],
  classification: ["head"],
  logits: ["head"],
  predictions: ["head"],
  preds: ["head"],
  fc: ["head"],
};

/** What the words of a layer's name say of its place in the block. Inside a gate, reducing is squeezing and expanding is exciting. */
export function partsOf(words: readonly string[]): ReadonlySet<Part> {
  const found = new Set(words.flatMap((word) => (Object.hasOwn(partWords, word) ? partWords[word] : [])));
  if (found.has("squeeze") && (words.includes("excite") || words.includes("excitation"))) {
    // `squeeze_excite` names the whole gate.
    found.delete("squeeze");
    found.delete("excite");
    found.add("gate");
  }
  if (found.has("gate") && found.delete("expand")) found.add("excite");
  if (found.has("gate")) found.delete("head");
  return found;
}

/** Names of what a training run keeps beside the weights. A shadow of a tensor (`w/ExponentialMovingAverage`) counts where the tensor is there. */
const counters = /(^|[./_])(num_batches_tracked|global_step|save_counter|learning_rate|beta[12]_power|_checkpointable_object_graph)(:0)?$/i;
const shadows = /[/.](ExponentialMovingAverage|Momentum|RMSProp(_\d+)?|Adam(_\d+)?|Adagrad|Ftrl(_\d+)?)(:0)?$/;
const optimizers = /^(training|optimizer|optimizer_weights|optimizer_state)[/.]/i;

/** Whether a tensor is no weight of a network, by its name. */
export function isTrainingState(name: string, has: (name: string) => boolean): boolean {
  if (counters.test(name) || optimizers.test(name)) return true;
  const shadow = shadows.exec(name);
  if (!shadow) return false;
  const of = name.slice(0, shadow.index);
  return shadow[1] !== "ExponentialMovingAverage" || has(of) || has(`${of}:0`);
}
