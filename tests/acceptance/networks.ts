/** Which network of the library or the examples each reference checkpoint is of. */

/** Trained networks, folders of `weights/`. */
export const trained: Readonly<Record<string, string>> = {
  "mcunet_144-tflite": "mcunet.lwm#MCUNet",
  "mlperf-tiny-resnet8-cifar10": "resnet8.lwm#ResNet8",
  "mlperf-tiny-vww96": "visual_wake_words.lwm#VisualWakeWords",
  "mobilenet_v1_0.25_224-keras": "MobileNetV1(width=0.25)",
  "mobilenet_v2_1.0_224-coral": "MobileNetV2(reading=tf_slim)",
  "mobilenet_v3_large_minimalistic_224-tflite": "MobileNetV3LargeMinimalistic(reading=tf_slim)",
  "ppocr-cls-mobilenetv3-small-0.35": "text_direction.lwm#TextDirection",
  "squeezenet1.0-tf": "SqueezeNet10(reading=tf_slim)",
  "squeezenet1.1-onnxzoo": "SqueezeNet11",
};

/** Networks with random weights under torch's names, folders of `parity/`. */
export const fromTorch: Readonly<Record<string, string>> = {
  efficientnet_b0: "EfficientNetB0",
  "mini_mobilenet_v2_w0.35_c10": "MobileNetV2(width=0.35, classes=10)",
  mini_squeezenet1_1_c10: "SqueezeNet11(classes=10)",
  mobilenet_v2: "MobileNetV2",
  mobilenet_v3_small: "MobileNetV3Small",
  shufflenet_v2_x0_5: "shufflenet_v2.lwm#ShuffleNetV2x05",
  squeezenet1_1: "SqueezeNet11",
};

/** Largest difference, as a share of the largest expected magnitude. */
export function relativeError(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (found.length !== expected.length) throw new Error(`${found.length} numbers for ${expected.length}`);
  let worst = 0;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    worst = Math.max(worst, Math.abs(found[i] - expected[i]));
    largest = Math.max(largest, Math.abs(expected[i]));
  }
  return worst / largest;
}

export function top(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}
