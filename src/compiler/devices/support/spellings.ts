/** How a backend is to spell what has several spellings, by what a target's kernels and converters make of them. */
import type { KernelSet, Precision } from "../device.ts";

export interface Spellings {
  /** A mean over an image: an operator of its own, or a pooling whose window is the image. */
  readonly globalPool: "global" | "window";
  /** TensorFlow's SAME padding: as four numbers, or by its name. */
  readonly padding: "explicit" | "same";
  /** The operator set of an ONNX file: the newest that we write, or the lowest that has all its operators. */
  readonly opset: "newest" | "lowest";
  /** What a convolution of the picture itself computes in, where the rest of the network computes on integers. */
  readonly stem: "float32" | "integers";
}

/** What was chosen, and why: clauses for reports. */
export interface Spelling {
  readonly of: string;
  readonly as: string;
  readonly reason: string;
  /** Not what is written where no target is named. */
  readonly special: boolean;
}

/** What is written where no target is named: what is best in ONNX Runtime's CPU kernels. */
export const plainSpellings: Spellings = { globalPool: "global", padding: "explicit", opset: "newest", stem: "float32" };

/** Sets that a converter of TensorFlow Lite's operators stands before. */
const CONVERTED: ReadonlySet<KernelSet> = new Set(["cmsis_nn", "edge_tpu", "vela"]);

/** @param kernels undefined: nothing is known of them, as of a vendor's own runtime that reads ONNX */
export function spellings(kernels: KernelSet | undefined, precision: Precision): { readonly chosen: Spellings; readonly list: readonly Spelling[] } {
  const converted = kernels !== undefined && CONVERTED.has(kernels);
  const chosen: Spellings = {
    globalPool: kernels === "cmsis_nn" ? "window" : "global",
    padding: converted ? "same" : "explicit",
    opset: kernels === undefined || converted ? "lowest" : "newest",
    stem: kernels === "ort_node" || kernels === "ort_wasm" ? "float32" : "integers",
  };
  return { chosen, list: kernels?.startsWith("tfjs") ? tfjs() : onnx(kernels, precision, chosen) };
}

function onnx(kernels: KernelSet | undefined, precision: Precision, { globalPool, padding, opset, stem }: Spellings): readonly Spelling[] {
  return [
    globalPool === "window"
      ? { of: "global average pooling", as: "AveragePool over the image", reason: "CMSIS-NN has a kernel for poolings and none for MEAN, which GlobalAveragePool becomes", special: true }
      : { of: "global average pooling", as: "GlobalAveragePool", reason: "a kernel of its own", special: false },
    padding === "same"
      ? { of: "padding", as: "auto_pad=SAME_UPPER where it is that", reason: "TensorFlow Lite pads as SAME or VALID: four numbers would become a Pad before the layer", special: true }
      : { of: "padding", as: "four numbers", reason: "the same in every runtime", special: false },
    opset === "lowest"
      ? { of: "operator set", as: "the lowest that has every operator of the model", reason: "converters and vendors' runtimes lag behind ONNX", special: true }
      : { of: "operator set", as: "21", reason: "onnxruntime 1.30 reads it", special: false },
    {
      of: "hard-swish",
      as: "HardSwish",
      reason: kernels === "ort_webnn" ? "WebNN has it" : precision === "int8" ? "in parts each of them would be rounded to 8 bits" : "onnxruntime spells it as HardSigmoid and Mul itself, and converters make one operator of its parts",
      special: false,
    },
    { of: "swish", as: "x · Sigmoid(x)", reason: "onnxruntime joins the two to one kernel, and every converter has both", special: false },
    ...(precision === "int8" && stem === "float32" ? [{ of: "stem", as: "float32", reason: "onnxruntime's integer kernels gain nothing on a picture's few channels, and are slower", special: true }] : []),
  ];
}

function tfjs(): readonly Spelling[] {
  return [
    { of: "global average pooling", as: "avgPool over the image", reason: "ten times as fast as mean on wasm", special: false },
    { of: "padding", as: "four numbers", reason: "every backend takes them", special: false },
    { of: "hard-swish", as: "a sixth from the convolution, times relu6 of a 1×1 depthwise convolution", reason: "three passes over the tensor instead of five", special: false },
    { of: "swish", as: "x · sigmoid(x)", reason: "TF.js has no kernel for it", special: false },
  ];
}
