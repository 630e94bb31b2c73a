/**
 * Digits behind the time in a run id, of base 36: a thousand machines that begin in one second have the same with a
 * chance of 1 to 4,000.
 */
const DIGITS = 6;

/**
 * A run id, such as `20261123_145314_k3x09a`: the time in UTC, as in the predecessor, and digits that tell runs of one
 * second apart. Two runs with one id are one run, of which a store keeps every record once.
 */
export function runIdAt(ms: number): string {
  const time = new Date(ms).toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "_");
  const digits = Math.floor(Math.random() * 36 ** DIGITS).toString(36);
  return `${time}_${digits.padStart(DIGITS, "0")}`;
}

/** The time in such a run id, in milliseconds since the epoch; undefined in any other. */
export function timeOfRun(run: string): number | undefined {
  const iso = run.replace(/^(\d{4})(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)(?:_[0-9a-z]{6})?$/, "$1-$2-$3T$4:$5:$6Z");
  const ms = iso === run ? Number.NaN : Date.parse(iso);
  return Number.isNaN(ms) ? undefined : ms;
}

/** Longest name of a run in file names, in bytes: most file systems allow 255, and the name goes on behind it. */
const LONGEST_NAME = 200;

/**
 * What is wrong with a run id that is not empty: it names documents and folders, and is in commands that people copy.
 */
export function runIdFault(run: string): string | undefined {
  if (/[\p{Z}\p{C}]/u.test(run)) return "must have no blanks and no control characters.";
  if (run.startsWith("-")) return "must not begin with -, as an option does.";
  // Control characters are there no more, and so no lone surrogates.
  const tooLong = encodeURIComponent(run).length > LONGEST_NAME;
  return tooLong
    ? `is too long: it names files, for which letters and digits count 1, others 3 to 12, and ${LONGEST_NAME} is the most.`
    : undefined;
}
