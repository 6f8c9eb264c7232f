/** Weights files and binding. */
import { entry } from "../entry.ts";

export const weightMessages = {
  "bad-weights-file": entry<{ file: string; problem: string }>({
    severity: "error",
    message: ({ file, problem }) => `${file}: ${problem}`,
    explain: "The file is not a well-formed safetensors file.",
  }),
  "unreadable-weights-file": entry<{ file: string; problem: string }>({
    severity: "error",
    message: ({ file, problem }) => `cannot read ${file}: ${problem}`,
    explain: "The system did not let the file be opened or read: it is absent, a folder, or not ours to read.",
  }),
  "not-safetensors": entry<{ file: string; looks: string }>({
    severity: "error",
    message: ({ file, looks }) => `${file} is no safetensors file${looks === "" ? "" : `: it looks like ${looks}`}`,
    explain:
      "Weights are read from safetensors files: 8 bytes with the length of a header, then the header, which begins with `{`. This file begins otherwise. PyTorch checkpoints (.pth, .pt, .bin) become one " +
      "by `safetensors.torch.save_file(torch.load(path), \"w.safetensors\")`, Keras and TensorFlow ones by `safetensors.numpy.save_file` of a dictionary of their arrays; many are offered as safetensors already.",
  }),
  "truncated-weights-file": entry<{ file: string; what: string; needed: string; present: string }>({
    severity: "error",
    message: ({ file, what, needed, present }) => `${file} ends too early: ${what} needs ${needed} bytes, ${present} are there`,
    explain:
      "A safetensors file is 8 bytes that give the header's length, the header, and the tensors' bytes up to the end. This one is shorter than it says. " +
      "Usually a download or a copy was cut off, or what was downloaded is a Git LFS pointer or an error page: fetch it again.",
  }),
  "weights-header-too-large": entry<{ file: string; bytes: string; limit: string }>({
    severity: "error",
    message: ({ file, bytes, limit }) => `${file} claims a header of ${bytes} bytes; the limit is ${limit}`,
    explain:
      "The first 8 bytes of a safetensors file are the length of its header, at most 100,000,000 bytes. A larger figure nearly always means that " +
      "the file is of another format: a PyTorch pickle, a TensorFlow checkpoint, an archive.",
  }),
  "bad-weights-header": entry<{ file: string; at: number; problem: string }>({
    severity: "error",
    message: ({ file, at, problem }) => `${file}: bad header at byte ${at}: ${problem}`,
    explain:
      "The header of a safetensors file is a JSON object in UTF-8. It maps each tensor's name to `dtype`, `shape` and `data_offsets`, and may map " +
      "`__metadata__` to an object of strings. Limits: 1,048,576 tensors, 64 dimensions a tensor.",
  }),
  "repeated-tensor-name": entry<{ file: string; at: number; name: string }>({
    severity: "error",
    message: ({ file, at, name }) => `${file}: bad header at byte ${at}: ${name} is given twice`,
    explain:
      "A key stands twice in one object of the header. Some readers silently keep the last, some the first, so nobody can say which weights are meant; " +
      "the format forbids it.",
  }),
  "unknown-dtype": entry<{ file: string; tensor: string; dtype: string; known: string }>({
    severity: "error",
    message: ({ file, tensor, dtype, known }) => `${file}: tensor ${tensor} has the unknown dtype ${dtype}; known are ${known}`,
    explain: "The element type is none that safetensors defines, so the tensor's size cannot be checked and its values cannot be read.",
  }),
  "bad-tensor-shape": entry<{ file: string; tensor: string; problem: string }>({
    severity: "error",
    message: ({ file, tensor, problem }) => `${file}: tensor ${tensor} ${problem}`,
    explain:
      "A shape is a list of at most 64 whole numbers from 0. Their product, and the bytes it takes, must be a whole number below 2^53.",
  }),
  "bad-tensor-offsets": entry<{ file: string; tensor: string; problem: string }>({
    severity: "error",
    message: ({ file, tensor, problem }) => `${file}: tensor ${tensor} ${problem}`,
    explain:
      "`data_offsets` are the first byte of a tensor and the one after its last, counted from the end of the header. They must lie inside the file, in " +
      "order, and be as far apart as the shape and the dtype say.",
  }),
  "overlapping-tensors": entry<{ file: string; first: string; second: string; at: number }>({
    severity: "error",
    message: ({ file, first, second, at }) => `${file}: tensors ${first} and ${second} overlap at byte ${at} of the data`,
    explain: "Each byte after the header belongs to exactly one tensor. Tensors that share weights are stored once in safetensors, or twice in full.",
  }),
  "unused-weight-bytes": entry<{ file: string; start: number; end: number; where: string }>({
    severity: "error",
    message: ({ file, start, end, where }) => `${file}: bytes ${start} to ${end} of the data, ${where}, belong to no tensor`,
    explain: "Each byte after the header belongs to exactly one tensor: a hole may hide something, or shows that the file was damaged or joined with another.",
  }),
  "complex-weights": entry<{ file: string; tensor: string }>({
    severity: "warning",
    message: ({ file, tensor }) => `${file}: tensor ${tensor} holds complex numbers (C64) and is left out`,
    explain: "Every weight of a network here is real. A tensor of complex numbers is listed by `lwmc weights inspect` and bound to nothing.",
  }),
  "missing-weights": entry<{ file: string; weight: string; shape: string; what: string; nearest?: { readonly name: string; readonly shape: string } }>({
    severity: "error",
    message: ({ file, weight, shape, what, nearest }) =>
      `\`${weight}\` is ${shape}; ${file} has no ${what} left${nearest ? `; nearest: \`${nearest.name}\` ${nearest.shape}` : ""}`,
    explain:
      "A layer of the network has no counterpart in the checkpoint. It is the first one, in the order of the graph, where the two differ: the checkpoint is " +
      "of another network, or of another width, class count or `reading` of this one. Compare the two shapes, and give the model the arguments under which they agree.",
  }),
  "leftover-weights": entry<{ file: string; tensors: string; network: string }>({
    severity: "error",
    message: ({ file, tensors, network }) => `${file}: no layer of \`${network}\` takes ${tensors}`,
    explain:
      "Every tensor of a checkpoint must have its place in the network, else something that was trained would be missing from it: a head, a bias, a normalisation. " +
      "Only what training keeps beside the weights is left out by its name: `num_batches_tracked`, `global_step`, the slots of optimizers, moving averages of weights that are there.",
  }),
  "ambiguous-weights": entry<{ file: string; first: string; second: string; places: string }>({
    severity: "error",
    message: ({ file, first, second, places }) => `${file}: \`${first}\` and \`${second}\` both fit ${places}; their names do not tell which is which`,
    explain:
      "Layers of one shape can only be told apart by their names: by words for their part (`expand`, `project`, `shortcut`), by numbers that count in the order of the network, " +
      "or by the names of layers around them. Where that leaves two ways to bind, none is taken. Rename the tensors; the network's own paths always bind.",
  }),
  "ignored-weights": entry<{ file: string; count: number; tensors: string }>({
    severity: "info",
    message: ({ file, count, tensors }) => `${file}: ${count === 1 ? "1 tensor is" : `${count} tensors are`} no weight of a network and left out: ${tensors}`,
    explain: "These tensors are known by their names: what training keeps beside the weights, such as counters, the slots of optimizers and moving averages.",
  }),
  "assumed-weight-layout": entry<{ file: string; layout: string }>({
    severity: "warning",
    message: ({ file, layout }) => `${file}: no shape tells the layout of its kernels; they are taken as ${layout}`,
    explain: "All kernels are square, so that they fit in more than one layout. Name the tensors as the framework does (`kernel` in Keras, `weight` in PyTorch), or write them as [out, in].",
  }),
  "non-finite-weights": entry<{ file: string; tensor: string; count: number }>({
    severity: "warning",
    message: ({ file, tensor, count }) => `${file}: ${count === 1 ? "1 value" : `${count} values`} of \`${tensor}\` ${count === 1 ? "is" : "are"} NaN or infinite`,
    explain: "One such number spreads to everything computed from it. The training has usually diverged, or a value was too large for the file's element type.",
  }),
};
