/** Shapes are written without the batch: `[channels, height, width]` for images, any rank otherwise. */
export type Shape = readonly number[];

/** No tensor may have more elements than this (2^40); every count stays an exact integer. */
export const MAX_ELEMENTS = 2 ** 40;

export function elements(shape: Shape): number {
  let product = 1;
  for (let i = 0; i < shape.length; i++) product *= shape[i];
  return product;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((side, i) => side === b[i]);
}

/** `[32, 112, 112]` */
export function showShape(shape: Shape | undefined): string {
  return shape ? `[${shape.join(", ")}]` : "unknown";
}
