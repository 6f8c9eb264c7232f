/** `import "lwm/tfjs"`: typed imports speak of TensorFlow.js's own tensors and models. */
import type * as tf from "@tensorflow/tfjs";

declare module "./import.ts" {
  interface Runtimes {
    readonly tensors: { 1: tf.Tensor1D; 2: tf.Tensor2D; 3: tf.Tensor3D; 4: tf.Tensor4D; 5: tf.Tensor5D };
    readonly layersModel: tf.LayersModel;
  }
}
