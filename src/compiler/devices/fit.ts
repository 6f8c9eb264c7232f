/**
 * Costs from measured runs: least squares on the relative error, with a lower bound for each coefficient. What a fit says of networks that it did not see
 * is found by leaving runs out: one at a time, and whole families of networks at a time.
 */

/** One measured run. `features` are what the coefficients are multiplied with, in the same units for every row. */
export interface FitRow {
  readonly features: readonly number[];
  readonly seconds: number;
  /** Networks of one family are left out together. */
  readonly family: string;
}

/** Relative errors: 0.032 is 3.2 %. */
export interface FitError {
  readonly mean: number;
  readonly max: number;
}

export interface Fit {
  readonly coefficients: readonly number[];
  /** Mean absolute relative error on the rows themselves. */
  readonly mape: number;
  readonly max: number;
  /** Of each row: predicted over measured seconds minus 1, by a fit without it. Empty with fewer than two rows. */
  readonly leftOut: readonly number[];
  /** Of each row, by a fit without its whole family. Empty with one family. */
  readonly familyLeftOut: readonly number[];
  readonly loo: FitError | undefined;
  /** Errors on each family from a fit without it, in order of appearance. Empty with one family. */
  readonly byFamily: readonly (FitError & { readonly family: string })[];
}

/**
 * The coefficients c ≥ `lower` with the least Σ (c·features / seconds − 1)².
 *
 * @param lower one bound per feature, each ≥ 0
 */
export function fitCosts(rows: readonly FitRow[], lower: readonly number[]): Fit {
  const coefficients = boundedLeastSquares(rows, lower);
  const own = errors(rows.map((row) => relativeError(row, coefficients)));
  const leftOut = rows.length < 2 ? [] : rows.map((row) => relativeError(row, boundedLeastSquares(rows.filter((other) => other !== row), lower)));
  const families = [...new Set(rows.map(({ family }) => family))];
  const without = new Map(families.map((family) => [family, boundedLeastSquares(rows.filter((row) => row.family !== family), lower)]));
  const familyLeftOut = families.length < 2 ? [] : rows.map((row) => relativeError(row, without.get(row.family)!));
  return {
    coefficients,
    mape: own.mean,
    max: own.max,
    leftOut,
    familyLeftOut,
    loo: leftOut.length > 0 ? errors(leftOut) : undefined,
    byFamily: familyLeftOut.length > 0 ? families.map((family) => ({ family, ...errors(familyLeftOut.filter((_, i) => rows[i].family === family)) })) : [],
  };
}

/** The predicted seconds over the measured ones, minus 1. */
export function relativeError({ features, seconds }: FitRow, coefficients: readonly number[]): number {
  let predicted = 0;
  for (let i = 0; i < features.length; i++) predicted += features[i] * coefficients[i];
  return predicted / seconds - 1;
}

function errors(relative: readonly number[]): FitError {
  const sizes = relative.map(Math.abs);
  return { mean: sizes.reduce((sum, e) => sum + e, 0) / sizes.length, max: Math.max(...sizes) };
}

/** With c = lower + z the bounds become z ≥ 0. Columns are scaled to length 1, so that nanoseconds and microseconds weigh the same in the arithmetic. */
function boundedLeastSquares(rows: readonly FitRow[], lower: readonly number[]): readonly number[] {
  const a = rows.map(({ features, seconds }) => features.map((f) => f / seconds));
  const b = a.map((row) => 1 - row.reduce((sum, v, j) => sum + v * lower[j], 0));
  const scale = lower.map((_, j) => Math.hypot(...a.map((row) => row[j])) || 1);
  const z = nonNegativeLeastSquares(a.map((row) => row.map((v, j) => v / scale[j])), b);
  return lower.map((bound, j) => bound + z[j] / scale[j]);
}

/** Gradients below this count as none: columns have length 1, and so has the right side, nearly. */
const FLAT = 1e-12;

/** min |Az − b| over z ≥ 0: the active-set method of Lawson & Hanson 1974 (Solving Least Squares Problems), chapter 23. */
export function nonNegativeLeastSquares(a: readonly (readonly number[])[], b: readonly number[]): readonly number[] {
  const n = a[0]?.length ?? 0;
  const z = new Array<number>(n).fill(0);
  const free = new Set<number>();
  // each round frees one variable; the bound of 3n rounds is Lawson and Hanson's
  for (let round = 0; round < 3 * n; round++) {
    const residual = b.map((v, i) => v - dot(a[i], z));
    let best = -1;
    let steepest = FLAT;
    for (let j = 0; j < n; j++) {
      if (free.has(j)) continue;
      const gradient = a.reduce((sum, row, i) => sum + row[j] * residual[i], 0);
      if (gradient > steepest) [best, steepest] = [j, gradient];
    }
    if (best < 0) break;
    free.add(best);
    for (;;) {
      const columns = [...free].sort((x, y) => x - y);
      const s = solve(a, b, columns);
      if (s.every((v) => v > 0)) {
        z.fill(0);
        columns.forEach((j, k) => (z[j] = s[k]));
        break;
      }
      // go towards the solution as far as no variable turns negative; what arrives at 0 is held there
      let step = 1;
      columns.forEach((j, k) => {
        if (s[k] <= 0) step = Math.min(step, z[j] === s[k] ? 0 : z[j] / (z[j] - s[k]));
      });
      columns.forEach((j, k) => (z[j] += step * (s[k] - z[j])));
      const held = columns.filter((j, k) => s[k] <= 0 && z[j] <= FLAT);
      for (const j of held) {
        z[j] = 0;
        free.delete(j);
      }
      if (held.length === 0 || free.size === 0) break;
    }
  }
  return z;
}

function dot(x: readonly number[], y: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * y[i];
  return sum;
}

/** Least squares over some columns by Householder reflections; a column that depends on those before it gets 0. */
function solve(a: readonly (readonly number[])[], b: readonly number[], columns: readonly number[]): readonly number[] {
  const rows = a.map((row, i) => [...columns.map((j) => row[j]), b[i]]);
  const n = columns.length;
  const pivots: number[] = [];
  let top = 0;
  for (let k = 0; k < n && top < rows.length; k++) {
    let norm = 0;
    for (let i = top; i < rows.length; i++) norm = Math.hypot(norm, rows[i][k]);
    if (norm < 1e-10) continue;
    const alpha = rows[top][k] > 0 ? -norm : norm;
    const v = rows.map((row, i) => (i < top ? 0 : row[k] - (i === top ? alpha : 0)));
    const length = v.reduce((sum, x) => sum + x * x, 0);
    for (let j = k; j <= n; j++) {
      let along = 0;
      for (let i = top; i < rows.length; i++) along += v[i] * rows[i][j];
      const factor = (2 * along) / length;
      for (let i = top; i < rows.length; i++) rows[i][j] -= factor * v[i];
    }
    pivots.push(k);
    top++;
  }
  const x = new Array<number>(n).fill(0);
  for (let p = pivots.length - 1; p >= 0; p--) {
    const k = pivots[p];
    let sum = rows[p][n];
    for (let q = p + 1; q < pivots.length; q++) sum -= rows[p][pivots[q]] * x[pivots[q]];
    x[k] = sum / rows[p][k];
  }
  return x;
}
