/** A window's padding: four numbers, or TensorFlow's SAME by its name where a target's converter looks for it. */
import { paddingOf, type Windowed } from "../../../compiler/devices/support/windows.ts";
import type { AttributeValue } from "../onnx.ts";
import type { Site, Value } from "../target.ts";

/** ONNX Runtime takes no dilation with SAME (`conv_attributes.h`). */
export function paddingAttributes(site: Site, x: Value, window: Windowed): Readonly<Record<string, AttributeValue>> {
  const dilated = window.dilation !== undefined && Math.max(...window.dilation) > 1;
  const named = site.target.spellings.padding === "same" && !dilated && paddingOf(x.shape, site.shapes[0], window) === "same";
  return named ? { auto_pad: { string: "SAME_UPPER" } } : { pads: { ints: window.pads } };
}
