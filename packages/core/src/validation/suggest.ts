import { distance } from "fastest-levenshtein";

/**
 * The known word that `word` was probably meant to be: one that differs only in case, `_` and `-`, else the most
 * similar one. The number of edits may be at most a third of the word's length (at least 1); two swapped letters are
 * one edit. Undefined if no word is similar, so that a wild guess is never printed.
 */
export function suggest(word: string, known: Iterable<string>): string | undefined {
  const candidates = [...known];
  const bare = strip(word);
  const same = candidates.find((candidate) => strip(candidate) === bare);
  if (same !== undefined) return same;

  let best: string | undefined;
  let limit = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    // The edits are at least the difference in length. So a megabyte of text against a short word takes no time.
    if (Math.abs(candidate.length - word.length) >= limit) continue;
    const edits = editsBetween(word.toLowerCase(), candidate.toLowerCase());
    if (edits < limit) [best, limit] = [candidate, edits];
  }
  return best;
}

/**
 * Levenshtein distance. The first swap of two neighbours, the commonest typing error (`jsno`), counts 1 instead of 2.
 */
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
