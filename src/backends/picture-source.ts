/** The parts of emitted modules that make a picture of any size into the pixels that a network takes, as `lwmc run` does. */

/** The type of a picture. */
export const pictureSource = `/**
 * A picture as a canvas gives it (\`ImageData\`): 4 bytes a pixel, red, green, blue, alpha, or 3 without alpha, row by row.
 * What is transparent is laid on white.
 */
export interface Picture {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}`;

/**
 * `fit(opaque(picture), picture.width, picture.height, width, height)`: the red, green and blue of width × height pixels, 0…255. A picture of that size is
 * as it was; another is scaled until it covers that 256/224 times, bilinearly with the filter as wide as the pixels that it joins, and its middle is cut out.
 */
export const fittingSource = `/** Red, green and blue of every pixel. */
function opaque({ data, width, height }: Picture): Uint8Array {
  const depth = data.length / (width * height);
  if (depth !== 3 && depth !== 4) throw new RangeError(\`a picture of \${width}×\${height} has 3 or 4 bytes a pixel, not \${depth}\`);
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0; i < rgb.length; i++) {
    const pixel = Math.floor(i / 3) * depth;
    const alpha = depth === 4 ? data[pixel + 3]! : 255;
    rgb[i] = Math.round((data[pixel + (i % 3)]! * alpha + 255 * (255 - alpha)) / 255);
  }
  return rgb;
}

function fit(rgb: Uint8Array, fromWidth: number, fromHeight: number, width: number, height: number): Uint8Array {
  if (fromWidth === width && fromHeight === height) return rgb;
  const scale = (Math.max(width / fromWidth, height / fromHeight) * 256) / 224;
  const narrow = resample(rgb, fromHeight, fromWidth, 3, width, Math.max(width, Math.round(fromWidth * scale)));
  return resample(narrow, 1, fromHeight, width * 3, height, Math.max(height, Math.round(fromHeight * scale)));
}

/** \`lines\` × \`size\` × \`inner\` numbers, of which the middle axis is scaled to \`scaled\` places; the \`count\` in its middle are kept. */
function resample(source: Uint8Array, lines: number, size: number, inner: number, count: number, scaled: number): Uint8Array {
  const step = size / scaled;
  const reach = Math.max(1, step);
  const first = Math.floor((scaled - count) / 2);
  const made = new Uint8Array(lines * count * inner);
  for (let place = 0; place < count; place++) {
    const centre = (first + place + 0.5) * step - 0.5;
    const from = Math.max(0, Math.ceil(centre - reach));
    const to = Math.min(size - 1, Math.floor(centre + reach));
    const shares = Array.from({ length: to - from + 1 }, (_, k) => Math.max(0, 1 - Math.abs(from + k - centre) / reach));
    const total = shares.reduce((a, b) => a + b, 0);
    for (let line = 0; line < lines; line++) {
      for (let i = 0; i < inner; i++) {
        let sum = 0;
        shares.forEach((share, k) => (sum += share * source[(line * size + from + k) * inner + i]!));
        made[(line * count + place) * inner + i] = Math.round(sum / total);
      }
    }
  }
  return made;
}`;
