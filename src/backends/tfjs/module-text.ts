/** Parts of the generated module that are the same for every network that needs them. */
import { fittingSource, pictureSource } from "../picture-source.ts";

export const bytesSource = `function bytesOf(data: ArrayBuffer | Uint8Array): Uint8Array {
  // a plain view also of Node's Buffer, whose slices would be views of a larger one
  return data instanceof Uint8Array ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data);
}`;

/** Needs \`LAYERS\`: layer name, and the language's name of each of its weights with the shape. */
export const safetensorsSource = `/** Where a tensor lies in a safetensors file: offsets count from the end of the header. */
interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/**
 * Reads a safetensors file under the names of the .lwm source into the model. Convolution kernels are [out, in, height, width] there, and
 * dense ones [out, in].
 */
export function loadWeights(model: tf.LayersModel, safetensors: ArrayBuffer | Uint8Array): void {
  const bytes = bytesOf(safetensors);
  const start = 8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start))) as Record<string, Entry>;
  for (const [layer, weights] of LAYERS) {
    const target = model.getLayer(layer);
    const tensors = Object.entries<readonly number[]>(weights).map(([name, shape], i) => {
      const entry = header[name];
      if (!entry) throw new Error(\`the weights have no \${name}\`);
      if (entry.dtype !== "F32" || entry.shape.join() !== shape.join()) throw new Error(\`\${name} is \${entry.dtype} [\${entry.shape}], not F32 [\${shape}]\`);
      const [from, to] = entry.data_offsets;
      const values = new Float32Array(bytes.slice(start + from, start + to).buffer);
      return tf.tidy(() => {
        const stored = tf.tensor(values, [...shape]);
        return tf.reshape(shape.length === 1 ? stored : tf.transpose(stored, shape.length === 2 ? [1, 0] : [2, 3, 1, 0]), target.weights[i]!.shape as number[]);
      });
    });
    target.setWeights(tensors);
    tf.dispose(tensors);
  }
}

/** The model's weights as a safetensors file that \`loadWeights\` and lwmc read. */
export async function saveWeights(model: tf.LayersModel): Promise<Uint8Array> {
  const header: Record<string, Entry> = {};
  const data: Float32Array[] = [];
  let size = 0;
  for (const [layer, weights] of LAYERS) {
    const source = model.getLayer(layer).getWeights();
    for (const [i, [name, shape]] of Object.entries<readonly number[]>(weights).entries()) {
      const weight = source[i]!;
      const stored = tf.tidy(() => {
        if (shape.length === 1) return tf.reshape(weight, [...shape]);
        if (shape.length === 2) return tf.transpose(weight, [1, 0]);
        const [out, inner, height, width] = shape as [number, number, number, number];
        return tf.transpose(tf.reshape(weight, [height, width, inner, out]), [3, 2, 0, 1]);
      });
      const values = (await stored.data()) as Float32Array;
      stored.dispose();
      header[name] = { dtype: "F32", shape: [...shape], data_offsets: [size, size + values.byteLength] };
      data.push(values);
      size += values.byteLength;
    }
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const start = 8 + Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(start + size).fill(0x20, 8, start);
  new DataView(file.buffer).setBigUint64(0, BigInt(start - 8), true);
  file.set(json, 8);
  let at = start;
  for (const values of data) {
    file.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return file;
}`;

/** @param input the facts of the input, with order, mean and std resolved */
export function pictureTensorSource(input: { readonly name: string; readonly height: number; readonly width: number; readonly order: "rgb" | "bgr" | "gray"; readonly mean: readonly number[]; readonly std: readonly number[] }): string {
  const { height, width, order } = input;
  const channels = {
    rgb: "pixels",
    bgr: "tf.reverse(pixels, 2)",
    gray: "tf.sum<tf.Tensor3D>(tf.mul(pixels, [0.299, 0.587, 0.114]), 2, true)",
  }[order];
  return `${pictureSource}

/**
 * A picture as the network takes it: (value − mean) / std of each channel. One that is not ${width}×${height} is scaled until it covers that 256/224
 * times, and its middle is cut out; scaling is bilinear, with the filter as wide as the pixels that it joins, and rounds to whole numbers.
 */
export function pictureTensor(picture: Picture): tf.Tensor4D {
  const rgb = fit(opaque(picture), picture.width, picture.height, ${width}, ${height});
  return tf.tidy(() => {
    const pixels = tf.tensor3d(Float32Array.from(rgb), [${height}, ${width}, 3]);
    const normal = tf.div<tf.Tensor3D>(tf.sub(${channels}, [${input.mean.join(", ")}]), [${input.std.join(", ")}]);
    return tf.expandDims<tf.Tensor4D>(normal, 0);
  });
}

${fittingSource}`;
}
