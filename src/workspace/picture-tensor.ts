/**
 * Pictures as a network takes them.
 *
 * A picture of exactly the input's size is used as it is. Another is scaled, its sides in proportion, until it covers the input 8/7 times
 * (256 for 224, the usual evaluation), and cropped at the centre. Scaling is bilinear with the filter as wide as the pixels that it
 * joins, as in PIL; values in between are rounded to whole numbers. Transparency is laid on white.
 */
import type { GraphInput } from "../compiler/ir/graph.ts";

/** Rows of red, green, blue, 0…255. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

/** Rows of red, green, blue and alpha, 0…255. */
export function onWhite({ width, height, data }: { readonly width: number; readonly height: number; readonly data: Uint8Array }): Picture {
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    const alpha = data[4 * i + 3];
    for (let c = 0; c < 3; c++) rgb[3 * i + c] = alpha === 255 ? data[4 * i + c] : Math.round((data[4 * i + c] * alpha + 255 * (255 - alpha)) / 255);
  }
  return { width, height, rgb };
}

/** How much larger than the input a picture is made before its centre is cut out. */
const COVER = 256 / 224;

export function fit(picture: Picture, width: number, height: number): Picture {
  if (picture.width === width && picture.height === height) return picture;
  const scale = Math.max(width / picture.width, height / picture.height) * COVER;
  const scaledWidth = Math.max(width, Math.round(picture.width * scale));
  const scaledHeight = Math.max(height, Math.round(picture.height * scale));
  const left = Math.floor((scaledWidth - width) / 2);
  const top = Math.floor((scaledHeight - height) / 2);
  const across = resample(picture.rgb, picture.height, picture.width, 3, taps(picture.width, scaledWidth, left, width));
  const rgb = resample(across, 1, picture.height, width * 3, taps(picture.height, scaledHeight, top, height));
  return { width, height, rgb };
}

/** For each place of the result: which places of the source it is the mean of, and with what weight. */
interface Tap {
  readonly from: number;
  readonly weights: readonly number[];
}

/** The triangle filter for places `first` to `first + count` of a line of `size` places scaled to `scaled`. */
function taps(size: number, scaled: number, first: number, count: number): readonly Tap[] {
  const step = size / scaled;
  const reach = Math.max(1, step);
  return Array.from({ length: count }, (_, i) => {
    const centre = (first + i + 0.5) * step;
    const from = Math.max(0, Math.ceil(centre - reach - 0.5));
    const to = Math.min(size - 1, Math.floor(centre + reach - 0.5));
    const weights: number[] = [];
    for (let at = from; at <= to; at++) weights.push(Math.max(0, 1 - Math.abs(at + 0.5 - centre) / reach));
    const sum = weights.reduce((a, b) => a + b, 0);
    return { from, weights: weights.map((w) => w / sum) };
  });
}

/** Resamples the middle axis of `lines × size × inner` numbers. */
function resample(source: Uint8Array, lines: number, size: number, inner: number, places: readonly Tap[]): Uint8Array {
  const made = new Uint8Array(lines * places.length * inner);
  for (let line = 0; line < lines; line++) {
    places.forEach(({ from, weights }, place) => {
      for (let i = 0; i < inner; i++) {
        let sum = 0;
        for (let k = 0; k < weights.length; k++) sum += weights[k] * source[(line * size + from + k) * inner + i];
        made[(line * places.length + place) * inner + i] = Math.round(sum);
      }
    });
  }
  return made;
}

/** The tensor [channels, height, width] of a picture that has the input's size: (value − mean) / std, in the input's order of channels. */
export function pictureTensor({ width, height, rgb }: Picture, { order, mean, std }: Pick<GraphInput, "order" | "mean" | "std">, channels: number): Float32Array {
  const area = width * height;
  const values = new Float32Array(channels * area);
  for (let c = 0; c < channels; c++) {
    const m = mean?.[c] ?? mean?.[0] ?? 0;
    const s = std?.[c] ?? std?.[0] ?? 255;
    for (let i = 0; i < area; i++) {
      // gray: ITU-R BT.601 luma
      const value = channels === 1 ? 0.299 * rgb[3 * i] + 0.587 * rgb[3 * i + 1] + 0.114 * rgb[3 * i + 2] : rgb[3 * i + (order === "bgr" ? 2 - c : c)];
      values[c * area + i] = (value - m) / s;
    }
  }
  return values;
}
