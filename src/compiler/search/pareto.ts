/**
 * The points that no other point beats: of several goals that pull against each other, every sensible compromise.
 *
 * A point beats another if it is nowhere worse and somewhere better; points that are equal everywhere do not beat each other. For up to three goals in
 * n·log n (Kung, Luccio & Preparata 1975, "On finding the maxima of a set of vectors", section 3: a sweep over the first, a staircase of the others).
 */

/** @param points coordinates, each the better the smaller; @returns the indices of those that stay, in order */
export function paretoSet(points: readonly (readonly number[])[]): readonly number[] {
  const order = points.map((_, i) => i).sort((a, b) => compare(points[a], points[b]) || a - b);
  const beaten = (points[0]?.length ?? 0) <= 3 ? staircase() : everyone();
  const kept: number[] = [];
  for (let i = 0; i < order.length; ) {
    let end = i + 1;
    while (end < order.length && compare(points[order[i]], points[order[end]]) === 0) end++;
    if (!beaten(points[order[i]])) for (let j = i; j < end; j++) kept.push(order[j]);
    i = end;
  }
  return kept.sort((a, b) => a - b);
}

/** By the first coordinate, then the next. What beats a point comes before it. */
function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i] < b[i] ? -1 : 1;
  return 0;
}

/** Tells of points in their order whether an earlier one beats them, by the second and third coordinates: steps with rising `y` and falling `z`. */
function staircase(): (point: readonly number[]) => boolean {
  const ys: number[] = [];
  const zs: number[] = [];
  return ([, y = 0, z = 0]) => {
    // the number of steps with a y up to this one's
    let low = 0;
    let high = ys.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ys[middle] <= y) low = middle + 1;
      else high = middle;
    }
    if (low > 0 && zs[low - 1] <= z) return true;
    const first = low > 0 && ys[low - 1] === y ? low - 1 : low;
    let last = low;
    while (last < zs.length && zs[last] >= z) last++;
    ys.splice(first, last - first, y);
    zs.splice(first, last - first, z);
    return false;
  };
}

function everyone(): (point: readonly number[]) => boolean {
  const kept: (readonly number[])[] = [];
  return (point) => {
    if (kept.some((other) => other.every((x, i) => x <= point[i]))) return true;
    kept.push(point);
    return false;
  };
}
