/**
 * The library's networks as a person writes them with tf.layers from the papers: convolution, batch norm and activation one after another,
 * zero padding before strided convolutions as PyTorch pads. Independent of what lwmc emits.
 */

/**
 * @param tf TensorFlow.js
 * @param relu6 how ReLU6 is written, there being two ways: `layer`, `tf.layers.reLU({ maxValue: 6 })`, which runs Relu and ClipByValue;
 *   `activation`, `tf.layers.activation({ activation: "relu6" })`, which runs Relu and Minimum, and that is slow on wasm
 * @returns functions that make a `tf.LayersModel` with random weights
 */
export function obviousModels(tf, relu6 = "layer") {
  const L = tf.layers;
  const BN = { epsilon: 1e-5, momentum: 0.9 };

  class HardSigmoid extends L.Layer {
    static className = "ObviousHardSigmoid";
    computeOutputShape(shape) {
      return shape;
    }
    call(inputs) {
      return tf.tidy(() => tf.div(tf.relu6(tf.add([inputs].flat()[0], 3)), 6));
    }
  }
  class HardSwish extends L.Layer {
    static className = "ObviousHardSwish";
    computeOutputShape(shape) {
      return shape;
    }
    call(inputs) {
      return tf.tidy(() => {
        const [x] = [inputs].flat();
        return tf.mul(x, tf.div(tf.relu6(tf.add(x, 3)), 6));
      });
    }
  }
  const activations = {
    relu: () => L.reLU({}),
    relu6: () => (relu6 === "layer" ? L.reLU({ maxValue: 6 }) : L.activation({ activation: "relu6" })),
    swish: () => L.activation({ activation: "swish" }),
    hardswish: () => new HardSwish({}),
    sigmoid: () => L.activation({ activation: "sigmoid" }),
    hardsigmoid: () => new HardSigmoid({}),
  };
  const activate = (x, act) => (act ? activations[act]().apply(x) : x);
  /** Half the kernel on all sides; tf.layers has that where the stride is 1. */
  const padded = (x, kernel, stride) => (stride === 1 || kernel === 1 ? x : zeros(x, kernel >> 1, kernel >> 1));
  const zeros = (x, before, after) => L.zeroPadding2d({ padding: [[before, after], [before, after]] }).apply(x);
  const mode = (stride) => (stride === 1 ? "same" : "valid");
  const conv = (x, filters, kernelSize, strides, act) => {
    const y = L.conv2d({ filters, kernelSize, strides, padding: mode(strides), useBias: false }).apply(padded(x, kernelSize, strides));
    return activate(L.batchNormalization(BN).apply(y), act);
  };
  const depthwise = (x, kernelSize, strides, act) => {
    const y = L.depthwiseConv2d({ kernelSize, strides, padding: mode(strides), useBias: false }).apply(padded(x, kernelSize, strides));
    return activate(L.batchNormalization(BN).apply(y), act);
  };
  const channels = (x) => x.shape[3];
  const gated = (x, reduced, act, gate) => {
    const means = L.reshape({ targetShape: [1, 1, channels(x)] }).apply(L.globalAveragePooling2d({}).apply(x));
    const squeezed = activate(L.conv2d({ filters: reduced, kernelSize: 1 }).apply(means), act);
    const scale = activate(L.conv2d({ filters: channels(x), kernelSize: 1 }).apply(squeezed), gate);
    return L.multiply().apply([x, scale]);
  };
  const joined = (input, x) => L.add().apply([input, x]);
  const image = () => tf.input({ shape: [224, 224, 3] });
  const means = (x) => L.globalAveragePooling2d({}).apply(x);
  const dense = (x, units = 1000) => L.dense({ units }).apply(x);
  const eight = (n) => Math.max(8, Math.floor((n + 4) / 8) * 8 + (Math.floor((n + 4) / 8) * 8 < 0.9 * n ? 8 : 0));

  /** Howard et al. 2017, table 1, as Keras has it: strided filters are padded at the far side. */
  function mobileNetV1() {
    const input = image();
    const normal = (x) => activate(L.batchNormalization(BN).apply(x), "relu6");
    let x = normal(L.conv2d({ filters: 32, kernelSize: 3, strides: 2, padding: "same", useBias: false }).apply(input));
    for (const [filters, strides] of [[64, 1], [128, 2], [128, 1], [256, 2], [256, 1], [512, 2], [512, 1], [512, 1], [512, 1], [512, 1], [512, 1], [1024, 2], [1024, 1]]) {
      const wide = strides === 1 ? x : zeros(x, 0, 1);
      x = normal(L.depthwiseConv2d({ kernelSize: 3, strides, padding: mode(strides), useBias: false }).apply(wide));
      x = conv(x, filters, 1, 1, "relu6");
    }
    return tf.model({ inputs: input, outputs: dense(means(x)) });
  }

  /** Sandler et al. 2018, table 2. */
  function mobileNetV2() {
    const input = image();
    let x = conv(input, 32, 3, 2, "relu6");
    for (const [t, c, n, s] of [[1, 16, 1, 1], [6, 24, 2, 2], [6, 32, 3, 2], [6, 64, 4, 2], [6, 96, 3, 1], [6, 160, 3, 2], [6, 320, 1, 1]]) {
      for (let i = 0; i < n; i++) {
        const stride = i === 0 ? s : 1;
        const wide = t === 1 ? x : conv(x, channels(x) * t, 1, 1, "relu6");
        const y = conv(depthwise(wide, 3, stride, "relu6"), c, 1, 1);
        x = stride === 1 && channels(x) === c ? joined(x, y) : y;
      }
    }
    return tf.model({ inputs: input, outputs: dense(means(conv(x, 1280, 1, 1, "relu6"))) });
  }

  /** Howard et al. 2019: kernel, expansion, out, squeeze-and-excite, activation, stride. */
  function mobileNetV3(rows, last, wide) {
    const input = image();
    let x = conv(input, 16, 3, 2, "hardswish");
    for (const [kernel, expansion, out, se, act, stride] of rows) {
      let y = expansion === channels(x) ? x : conv(x, expansion, 1, 1, act);
      y = depthwise(y, kernel, stride, act);
      if (se) y = gated(y, eight(expansion / 4), "relu", "hardsigmoid");
      y = conv(y, out, 1, 1);
      x = stride === 1 && channels(x) === out ? joined(x, y) : y;
    }
    const head = activate(L.dense({ units: wide }).apply(means(conv(x, last, 1, 1, "hardswish"))), "hardswish");
    return tf.model({ inputs: input, outputs: dense(head) });
  }
  const [re, hs] = ["relu", "hardswish"];
  const mobileNetV3Large = () =>
    mobileNetV3(
      [
        [3, 16, 16, false, re, 1], [3, 64, 24, false, re, 2], [3, 72, 24, false, re, 1], [5, 72, 40, true, re, 2], [5, 120, 40, true, re, 1],
        [5, 120, 40, true, re, 1], [3, 240, 80, false, hs, 2], [3, 200, 80, false, hs, 1], [3, 184, 80, false, hs, 1], [3, 184, 80, false, hs, 1],
        [3, 480, 112, true, hs, 1], [3, 672, 112, true, hs, 1], [5, 672, 160, true, hs, 2], [5, 960, 160, true, hs, 1], [5, 960, 160, true, hs, 1],
      ],
      960,
      1280,
    );
  const mobileNetV3Small = () =>
    mobileNetV3(
      [
        [3, 16, 16, true, re, 2], [3, 72, 24, false, re, 2], [3, 88, 24, false, re, 1], [5, 96, 40, true, hs, 2], [5, 240, 40, true, hs, 1], [5, 240, 40, true, hs, 1],
        [5, 120, 48, true, hs, 1], [5, 144, 48, true, hs, 1], [5, 288, 96, true, hs, 2], [5, 576, 96, true, hs, 1], [5, 576, 96, true, hs, 1],
      ],
      576,
      1024,
    );

  /** Tan & Le 2019, table 1. */
  function efficientNetB0() {
    const input = image();
    let x = conv(input, 32, 3, 2, "swish");
    for (const [t, kernel, c, n, s] of [[1, 3, 16, 1, 1], [6, 3, 24, 2, 2], [6, 5, 40, 2, 2], [6, 3, 80, 3, 2], [6, 5, 112, 3, 1], [6, 5, 192, 4, 2], [6, 3, 320, 1, 1]]) {
      for (let i = 0; i < n; i++) {
        const stride = i === 0 ? s : 1;
        const into = channels(x);
        let y = t === 1 ? x : conv(x, into * t, 1, 1, "swish");
        y = gated(depthwise(y, kernel, stride, "swish"), into / 4, "swish", "sigmoid");
        y = conv(y, c, 1, 1);
        x = stride === 1 && into === c ? joined(x, y) : y;
      }
    }
    return tf.model({ inputs: input, outputs: dense(means(conv(x, 1280, 1, 1, "swish"))) });
  }

  /** Iandola et al. 2016, the smaller release 1.1; its convolutions have an activation of their own in tf.layers. */
  function squeezeNet11() {
    const input = image();
    const biased = (x, filters, kernelSize, strides = 1, padding = "same") => activate(L.conv2d({ filters, kernelSize, strides, padding }).apply(x), "relu");
    const pooled = (x) => {
      // PyTorch's pools round up: a row and a column more where a window would stand over the edge.
      const over = (x.shape[1] - 3) % 2;
      return L.maxPooling2d({ poolSize: 3, strides: 2 }).apply(over ? zeros(x, 0, 1) : x);
    };
    const fire = (x, squeeze, expand) => {
      const s = biased(x, squeeze, 1);
      return L.concatenate({ axis: -1 }).apply([biased(s, expand, 1), biased(s, expand, 3)]);
    };
    let x = pooled(biased(input, 64, 3, 2, "valid"));
    x = pooled(fire(fire(x, 16, 64), 16, 64));
    x = pooled(fire(fire(x, 32, 128), 32, 128));
    x = fire(fire(fire(fire(x, 48, 192), 48, 192), 64, 256), 64, 256);
    return tf.model({ inputs: input, outputs: means(biased(x, 1000, 1)) });
  }

  return { MobileNetV1: mobileNetV1, MobileNetV2: mobileNetV2, MobileNetV3Large: mobileNetV3Large, MobileNetV3Small: mobileNetV3Small, EfficientNetB0: efficientNetB0, SqueezeNet11: squeezeNet11 };
}
