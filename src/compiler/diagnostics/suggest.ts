/** "Did you mean": the nearest of the words that would have been right. */
import { distance } from "fastest-levenshtein";

/** What papers and other frameworks call things, lower-case, and what it may be here, the likeliest first. */
const elsewhere: Readonly<Record<string, readonly string[]>> = {
  silu: ["swish"],
  hswish: ["hardswish"],
  h_swish: ["hardswish"],
  hard_swish: ["hardswish"],
  hsigmoid: ["hardsigmoid"],
  h_sigmoid: ["hardsigmoid"],
  linear: ["identity", "dense"],
  fc: ["dense"],
  bn: ["batchnorm"],
  gap: ["global_avgpool"],
  conv2dtranspose: ["conv_transpose2d"],
  convtranspose2d: ["conv_transpose2d"],
  depthwiseconv2d: ["depthwise"],
  separableconv2d: ["dwsep"],
  separable_conv2d: ["dwsep"],
  batchnorm2d: ["batchnorm"],
  batch_norm: ["batchnorm"],
  batchnormalization: ["batchnorm"],
  maxpool2d: ["maxpool"],
  max_pool2d: ["maxpool"],
  maxpooling2d: ["maxpool"],
  avgpool2d: ["avgpool"],
  avg_pool2d: ["avgpool"],
  averagepooling2d: ["avgpool"],
  adaptiveavgpool2d: ["global_avgpool"],
  globalaveragepooling2d: ["global_avgpool"],
  global_average_pooling: ["global_avgpool"],
  leakyrelu: ["leaky_relu"],
  lrelu: ["leaky_relu"],
  cat: ["concat"],
  upsample: ["resize"],
  interpolate: ["resize"],
  none: ["default"],
  activation: ["act"],
  filters: ["out"],
  out_channels: ["out"],
  units: ["out"],
  use_bias: ["bias"],
  num_classes: ["classes"],
  n_classes: ["classes"],
  alpha: ["width"],
  k: ["kernel"],
  c: ["out"],
  s: ["stride"],
  n: ["repeat"],
  t: ["expand"],
};

/** Another framework's word for a candidate; else the nearest candidate; else the one that the word begins with. */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  const all = [...candidates];
  const lower = word.toLowerCase();
  const meant = Object.hasOwn(elsewhere, lower) ? elsewhere[lower].find((own) => all.includes(own)) : undefined;
  return meant ?? nearest(word, lower, all) ?? extended(word, all);
}

/** The candidate within a third of the word's length, case aside, or undefined; ties go to the first. */
function nearest(word: string, lower: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.floor(word.length / 3) + 1;
  for (const candidate of candidates) {
    if (candidate === word || Math.abs(candidate.length - word.length) >= least) continue;
    const d = candidate.toLowerCase() === lower ? 0 : swapped(word, candidate) ? 1 : distance(word, candidate);
    if (d < least) {
      least = d;
      best = candidate;
    }
  }
  return best;
}

/** Whether two neighbouring letters changed places, and nothing else: one slip of the fingers. */
function swapped(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let i = 0;
  while (i < a.length && a[i] === b[i]) i++;
  return i + 1 < a.length && a[i] === b[i + 1] && a[i + 1] === b[i] && a.slice(i + 2) === b.slice(i + 2);
}

/** `kernel_size` for `kernel`, `padding` for `pad`, `maxpool2d` for `maxpool`: the longest of at least three letters. */
function extended(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  for (const candidate of candidates) {
    if (candidate.length < 3 || candidate.length <= (best?.length ?? 0) || !word.startsWith(candidate)) continue;
    const rest = word.slice(candidate.length);
    if (/^[_0-9]/.test(rest) || rest.length <= 4) best = candidate;
  }
  return best;
}
