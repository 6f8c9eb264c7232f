/** Words that are neither names in a library nor codes: costs, readings, and the language's own. */

export interface Word {
  readonly kind: "cost" | "reading" | "type" | "word of the language";
  readonly text: string;
  readonly example?: string;
}

const cost = (text: string, example?: string): Word => ({ kind: "cost", text, ...(example === undefined ? {} : { example }) });
const reading = (text: string): Word => ({ kind: "reading", text });
const word = (text: string, example?: string): Word => ({ kind: "word of the language", text, ...(example === undefined ? {} : { example }) });

const type = (text: string, example: string): Word => ({ kind: "type", text, example });

export const glossary: Readonly<Record<string, Word>> = {
  params: cost("Numbers that training changes: kernels, biases, batch norm's scale and shift. Weights that layers share count once.", "budget { params <= 3.5M }"),
  buffers: cost("Numbers that are stored and not trained: batch norm's running mean and variance."),
  macs: cost("Multiply-adds of convolutions, dense layers and matrix products, for one example. Many papers call them FLOPs, or \"Mult-Adds\".", "budget { macs <= 300M }"),
  flops: cost(
    "Floating-point operations of the network as deployed, with batch norm folded: 2 per MAC; 1 per output element of each bias, activation and elementwise operator; 1 per " +
      "input element of each pooling window's reduction. MobileNetV2 at 224: 614,612,552.",
    "budget { flops <= 620M }",
  ),
  weights: cost("Bytes of the deployed weights, batch norm folded, at the target's precision: 4 per number in float32.", "budget { weights <= 4MB }"),
  activations: cost(
    "The most bytes of tensors alive at once, batch 1, float32, layers run in the order of the text, batch norm folded and each activation part of the convolution or dense " +
      "layer before it. A layer's inputs and outputs are both alive while it runs; nothing is computed in place.",
    "budget { activations <= 512KiB }",
  ),
  activations_by: cost("The same peak over what each backend really emits, with its own decompositions. The caller's input counts for onnx and not for tfjs, which frees nothing that it was given."),
  ram: cost("What a target needs of its working memory: the activations as `lwmc memory` lays them out, and the runtime's own.", "budget { ram <= 256KiB }"),
  flash: cost("Weights at the target's precision and the runtime's code, in permanent memory.", "budget { flash <= 1MiB }"),
  latency: cost("Time for one example on a target, from costs that were fitted to measured runs; with the band in which such predictions were right.", "budget { latency <= 30ms }"),
  energy: cost("Energy for one example on a target: power times latency, or energies of operations where a device states them.", "budget { energy <= 5mJ }"),
  reading: word(
    "A paper leaves choices open and the known implementations choose differently: padding, batch norm's epsilon, how widths are rounded, what the head looks like. A library network " +
      "has a parameter `reading` that says whose choices hold; every report prints it.",
    "MobileNetV2(reading=keras)",
  ),
  torchvision: reading("The choices of torchvision: symmetric padding, batch norm's epsilon 1e-5 (1e-3 in MobileNetV3), 1000 classes, pictures normalised by ImageNet's mean and deviation."),
  keras: reading("The choices of Keras Applications: padding that depends on the size, batch norm's epsilon 1e-3, heads as convolutions where Keras has them."),
  timm: reading("The choices of timm, PyTorch Image Models: torchvision's but for a network's own rounding and heads."),
  tf_slim: reading("The choices of TF-slim, from which the papers' own checkpoints come: TensorFlow's `same` padding, 1001 classes with \"background\" first."),
  model: word("A network that can be compiled: a body with inputs, or a call of another model.", "model Tiny { input image: [3, 32, 32] conv(8) output logits: classifier(10) }"),
  block: word("A named sequence of layers with parameters. A network is made of them; a block takes the current tensor and leaves a new one.", "block twice(out: channels) { conv(out) conv(out) }"),
  input: word("Names a tensor, [channels, height, width], and makes it current. What it says of mean, std and order is how a picture becomes this tensor.", "input image(mean=[127.5, 127.5, 127.5], std=[127.5, 127.5, 127.5]): [3, 224, 224]"),
  output: word("Names a result and leaves the current tensor alone, so that two heads share a trunk.", 'output logits(labels="imagenet"): dense(1000)'),
  in: word("The input of the block that is written around it. Braces, `if` and `for` do not change it.", "add(in, body)"),
  it: word("The current tensor at this point.", "concat(skip, it)"),
  let: word("Gives a name to a value: a number, a list, a layer.", "let f = mbconv(act=relu)"),
  shared: word("Makes a layer's weights once; every use has the same ones.", "shared tower: { conv(8) conv(16) }"),
  defaults: word("Replaces the defaults of operators and blocks for the rest of the body and all that it calls. What a call says itself wins.", "defaults batchnorm(eps=1e-3), conv2d(pad=same)"),
  require: word("States what a block needs of its arguments.", 'require in.channels == out, "the channels stay: {in.channels} in, {out} out"'),
  hole: word(
    "A question mark leaves a model's argument to be found: the compiler takes the best value that keeps the budget. The parameter is an enum, a bool, or has a range with a step. " +
      "`lwmc fit` shows what was weighed and writes the value into the file.",
    "model Eye = MobileNetV2(width=?) { budget { macs <= 100M } }",
  ),
  maximize: word("What is best where a model leaves values to be found; the most multiply-adds unless said. The first aim counts most.", "maximize params"),
  minimize: word("What is best where a model leaves values to be found.", "minimize latency"),
  target: word("The device that a model is for; its figures can then be held by a budget.", "target stm32h747(precision=int8)"),
  budget: word("What a model may cost. A model over its budget does not compile.", "budget { params <= 3.5M, macs <= 300M }"),
  first: word("A parameter that holds for the first of a repetition; the rest get its default.", "first stride: int = 1"),
  ramp: word("A parameter that rises through a table: block i of N gets v·i/N.", "ramp drop: float = 0"),
  scale: word("`scale=s` scales the call it stands in and nothing deeper: `channels` arguments by its width, repeats by its depth, an input's sides by its resolution.", "conv(32, scale=phi)"),
  channels: type("A number of channels: an int that a scaling multiplies and rounds.", "out: channels"),
  int: type("A whole number. It is never scaled.", "kernel: int = 3"),
  float: type("A number.", "width: float in 0.25..2 step 0.25 = 1"),
  bool: type("`true` or `false`.", "bias: bool = false"),
  string: type("Text in double quotes.", 'note: string = ""'),
  pair: type("A height and a width: one int for both, or `[height, width]`.", "stride: pair = [2, 1]"),
  padding: type("`same`, `half`, `valid`, one int for all sides, or `[top, left, bottom, right]`.", "pad: padding = same"),
  layer: type("A function from tensor to tensor: an operator, a block, braces, a chain. It is applied where the block uses it.", "act: layer = relu"),
  tensor: type("A tensor. A layer stands for its result on the current tensor, a number for a constant.", "skip: tensor"),
  identity: word("The layer that does nothing.", "conv(16, act=identity)"),
  default: word("As an argument: as if it were not given.", "conv(16, pad=default)"),
  if: word("Chooses between values, layers or statements. Without `else` it does nothing, which only a layer can.", "if (stride == 1) add(in, body) else body"),
  for: word("Repeats its body for each number of a range, both ends included.", "for (i in 1..3) { conv(32, dilation=i) }"),
  table: word(
    "Braces that start with `|`: for each row, the layer that the table stands on, with the row's arguments. Columns are its parameters, or `repeat`, `scale`, `label`; `layer` where it stands on none. " +
      "`-` means not given.",
    "stages: mbconv {\n  | expand | out | repeat | stride |\n  |      1 |  16 |      1 |      1 |\n  |      6 |  24 |      2 |      2 |\n}",
  ),
  repeat: word("A table's column: how often the row's layer is applied. Elsewhere one writes `*`.", "stage: conv(16) * 3"),
  label: word("A name in front of a statement, or a table's column: what is made is called so from there on, in the text and in paths.", "skip: conv(16)"),
  labels: word(
    "The list of classes that an output scores: imagenet, cifar10, digits, speech_commands, text_direction, visual_wake_words. Another name is kept, and no class is named by it.",
    'output logits(labels="imagenet"): dense(1000)',
  ),
  scaling: word("Three factors, of width, depth and resolution, and the divisor that widths are rounded to.", "scaling(width=1.2, depth=1.4, resolution=300/224)"),
  same: word("TensorFlow's padding: the result has ⌈size / stride⌉ places, and odd padding goes to the end. It depends on the size."),
  half: word("PyTorch's usual padding: half of the kernel on both sides."),
  valid: word("No padding."),
};
