import { distance } from "fastest-levenshtein";

/**
 * The known word that `word` was probably meant to be: the same but for case, `_` and `-`, else the nearest one within
 * as many edits as a third of the word's length (at least 1), two letters swapped being one edit. Nothing when no word
 * is near, so that a wild guess is never printed.
 */
export function suggest(word: string, known: Iterable<string>): string | undefined {
  const candidates = [...known];
  const bare = strip(word);
  const same = candidates.find((candidate) => strip(candidate) === bare);
  if (same !== undefined) return same;

  let best: string | undefined;
  let limit = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    // The edits are at least the difference in length: a megabyte of text against a short word costs nothing.
    if (Math.abs(candidate.length - word.length) >= limit) continue;
    const edits = editsBetween(word.toLowerCase(), candidate.toLowerCase());
    if (edits < limit) [best, limit] = [candidate, edits];
  }
  return best;
}

/** Levenshtein distance; a first swap of neighbours, the commonest slip of fingers (`jsno`), counts 1 instead of 2. */
function editsBetween(word: string, candidate: string): number {
  const plain = distance(word, candidate);
  if (plain < 2) return plain;
  const at = [...word].findIndex((char, index) => char !== candidate[index]);
  const swapped = word.slice(0, at) + word.charAt(at + 1) + word.charAt(at) + word.slice(at + 2);
  return Math.min(plain, 1 + distance(swapped, candidate));
}

function strip(word: string): string {
  return word.toLowerCase().replaceAll(/[_-]/g, "");
}
