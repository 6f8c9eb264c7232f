/** Pictures from files. */
import { readFileSync } from "node:fs";
import { systemProblem } from "../workspace/node-host.ts";
import { onWhite, type Picture } from "../workspace/picture-tensor.ts";
import { problem } from "./environment.ts";

export { fit, pictureTensor, type Picture } from "../workspace/picture-tensor.ts";

/** More pixels than this are not decoded. */
const MOST_PIXELS = 2 ** 26;

/** Decodes a PNG or JPEG; ends the command, in words, where that cannot be done. */
export async function readPicture(path: string): Promise<Picture> {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const known = systemProblem(error);
    if (known) throw problem(`cannot read the picture \`${path}\`: ${known.words}`);
    throw error;
  }
  const png = bytes.length > 24 && bytes.readUInt32BE(0) === 0x89504e47;
  const jpeg = bytes.length > 3 && bytes[0] === 0xff && bytes[1] === 0xd8;
  if (!png && !jpeg) throw problem(`\`${path}\` is neither a PNG nor a JPEG`);
  if (png && bytes.readUInt32BE(16) * bytes.readUInt32BE(20) > MOST_PIXELS) throw problem(`\`${path}\` has more than ${MOST_PIXELS} pixels`);
  try {
    if (png) {
      const { PNG } = await import("pngjs");
      return onWhite(PNG.sync.read(bytes));
    }
    const { decode } = await import("jpeg-js");
    return onWhite(decode(bytes, { useTArray: true, formatAsRGBA: true, maxResolutionInMP: MOST_PIXELS / 1e6, maxMemoryUsageInMB: 1024 }));
  } catch (error) {
    throw problem(`\`${path}\` cannot be decoded: ${error instanceof Error ? error.message : String(error)}`);
  }
}
