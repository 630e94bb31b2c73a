/** Number of sentences that are kept. */
const FEW = 10;

/**
 * Keeps the first ten of many sentences and says how many more there are, so that a report stays short.
 * @param what the plural of the things that the sentences are about, such as `files`
 */
export function firstFew(sentences: readonly string[], what: string): string[] {
  const rest = sentences.length - FEW;
  return rest > 0 ? [...sentences.slice(0, FEW), `There are ${rest} more such ${what}.`] : [...sentences];
}
