/** "Did you mean": the nearest of the words that would have been right. */
import { distance } from "fastest-levenshtein";

/** The candidate within a third of the word's length (at least one edit), or undefined; ties go to the first. */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(1, Math.floor(word.length / 3)) + 1;
  const lower = word.toLowerCase();
  for (const candidate of candidates) {
    if (candidate === word || Math.abs(candidate.length - word.length) >= least) continue;
    const d = candidate.toLowerCase() === lower ? 0 : distance(word, candidate);
    if (d < least) {
      least = d;
      best = candidate;
    }
  }
  return best;
}
