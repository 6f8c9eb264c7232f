/** How a backend is to spell what has several spellings, by what a target's kernels and converters make of them. */
import type { KernelSet, Precision } from "../device.ts";

export interface Spellings {
  /** A mean over an image: an operator of its own, or a pooling whose window is the image. */
  readonly globalPool: "global" | "window";
  /** TensorFlow's SAME padding: as four numbers, or by its name. */
  readonly padding: "explicit" | "same";
  /** The operator set of an ONNX file: the newest that we write, or the lowest that has all its operators. */
  readonly opset: "newest" | "lowest";
  /** Hard-swish as one operator, or x · clip(x + 3, 0, 6) / 6. */
  readonly hardswish: "whole" | "parts";
}

/** What was chosen, and why: clauses for reports. */
export interface Spelling {
  readonly of: string;
  readonly as: string;
  readonly reason: string;
}

/** What is written where no target is named. */
export const plainSpellings: Spellings = { globalPool: "global", padding: "explicit", opset: "newest", hardswish: "whole" };

/** Sets that a converter of TensorFlow Lite's operators stands before. */
const CONVERTED: ReadonlySet<KernelSet> = new Set(["cmsis_nn", "edge_tpu", "vela"]);

/** @param kernels undefined: nothing is known of them, as of a vendor's own runtime that reads ONNX */
export function spellings(kernels: KernelSet | undefined, precision: Precision): { readonly chosen: Spellings; readonly list: readonly Spelling[] } {
  const converted = kernels !== undefined && CONVERTED.has(kernels);
  const chosen: Spellings = {
    globalPool: kernels === "cmsis_nn" ? "window" : "global",
    padding: converted ? "same" : "explicit",
    opset: kernels === undefined || converted ? "lowest" : "newest",
    hardswish: kernels === "edge_tpu" ? "parts" : "whole",
  };
  return { chosen, list: kernels?.startsWith("tfjs") ? tfjs() : onnx(kernels, precision, chosen) };
}

function onnx(kernels: KernelSet | undefined, precision: Precision, { globalPool, padding, opset, hardswish }: Spellings): readonly Spelling[] {
  return [
    globalPool === "window"
      ? { of: "global average pooling", as: "AveragePool over the image", reason: "CMSIS-NN has a kernel for poolings and none for MEAN, which GlobalAveragePool becomes" }
      : { of: "global average pooling", as: "GlobalAveragePool", reason: "a kernel of its own" },
    padding === "same"
      ? { of: "padding", as: "auto_pad=SAME_UPPER where it is that", reason: "TensorFlow Lite pads as SAME or VALID: four numbers would become a Pad before the layer" }
      : { of: "padding", as: "four numbers", reason: "the same in every runtime" },
    opset === "lowest"
      ? { of: "operator set", as: "the lowest that has every operator of the model", reason: "converters and vendors' runtimes lag behind ONNX" }
      : { of: "operator set", as: "21", reason: "onnxruntime 1.30 reads it" },
    hardswish === "parts"
      ? { of: "hard-swish", as: "x · clip(x + 3, 0, 6) / 6", reason: "HARD_SWISH is not in the Edge TPU compiler's table; Add, ReLU6 and Mul are" }
      : { of: "hard-swish", as: "HardSwish", reason: kernels === "ort_webnn" ? "WebNN has it" : precision === "int8" ? "in parts each of them would be rounded to 8 bits" : "converters know it, and onnxruntime spells it as HardSigmoid and Mul itself" },
    { of: "swish", as: "x · Sigmoid(x)", reason: "onnxruntime joins the two to one kernel, and every converter has both" },
  ];
}

function tfjs(): readonly Spelling[] {
  return [
    { of: "global average pooling", as: "avgPool over the image", reason: "ten times as fast as mean on wasm" },
    { of: "padding", as: "four numbers", reason: "every backend takes them" },
    { of: "hard-swish", as: "a sixth from the convolution, times relu6 of a 1×1 depthwise convolution", reason: "three passes over the tensor instead of five" },
    { of: "swish", as: "x · sigmoid(x)", reason: "TF.js has no kernel for it" },
  ];
}
