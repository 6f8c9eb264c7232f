/** What others publish of the library's networks, to stand beside what the compiler computes. */

export interface Published {
  readonly model: string;
  /** Trainable parameters: exact where an implementation states them, rounded where only a paper does. */
  readonly params: string;
  /** Multiply-adds as published, by the source's own rule. */
  readonly macs: string;
  readonly source: string;
}

const torchvision = "torchvision's weights metadata";
const efficientnet = "params: torchvision's metadata; MACs: Tan & Le 2019, table 2";
const lite = "EfficientNet-Lite README; MAdds there count batch norm and activations too";

export const published: readonly Published[] = [
  { model: "MobileNetV1", params: "4.2M", macs: "569M", source: "Howard et al. 2017, table 8" },
  { model: "MobileNetV2", params: "3,504,872", macs: "0.301G", source: torchvision },
  { model: "MobileNetV3Large", params: "5,483,032", macs: "0.217G", source: torchvision },
  { model: "MobileNetV3Small", params: "2,542,856", macs: "0.057G", source: torchvision },
  { model: "MobileNetV3LargeMinimalistic", params: "3.9M", macs: "209M", source: "TF-slim's MobileNet README" },
  { model: "SqueezeNet10", params: "1,248,424", macs: "0.819G", source: torchvision },
  { model: "SqueezeNet11", params: "1,235,496", macs: "0.349G", source: torchvision },
  { model: "EfficientNetB0", params: "5,288,548", macs: "0.39B", source: efficientnet },
  { model: "EfficientNetB1", params: "7,794,184", macs: "0.70B", source: efficientnet },
  { model: "EfficientNetB2", params: "9,109,994", macs: "1.0B", source: efficientnet },
  { model: "EfficientNetB3", params: "12,233,232", macs: "1.8B", source: efficientnet },
  { model: "EfficientNetB4", params: "19,341,616", macs: "4.2B", source: efficientnet },
  { model: "EfficientNetB5", params: "30,389,784", macs: "9.9B", source: efficientnet },
  { model: "EfficientNetB6", params: "43,040,704", macs: "19B", source: efficientnet },
  { model: "EfficientNetB7", params: "66,347,960", macs: "37B", source: efficientnet },
  { model: "EfficientNetLite0", params: "4.7M", macs: "407M", source: lite },
  { model: "EfficientNetLite1", params: "5.4M", macs: "631M", source: lite },
  { model: "EfficientNetLite2", params: "6.1M", macs: "899M", source: lite },
  { model: "EfficientNetLite3", params: "8.2M", macs: "1.44B", source: lite },
  { model: "EfficientNetLite4", params: "13.0M", macs: "2.64B", source: lite },
];
