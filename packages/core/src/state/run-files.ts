import { join } from "node:path";
import { removeDatabase } from "./open-database.ts";

/** The folder of the runs of which something may be left, in the state folder. */
export const RUNS = "runs";

const CLAIM = ".run";
const JOURNAL = ".db";

/** Who has a run. */
export function claimPath(folder: string, run: string): string {
  return join(folder, RUNS, `${encodeURIComponent(run)}${CLAIM}`);
}

/** Journal of one run. */
export function journalPath(folder: string, run: string): string {
  return join(folder, RUNS, `${encodeURIComponent(run)}${JOURNAL}`);
}

/** The dead letters. */
export function lettersPath(folder: string): string {
  return join(folder, "state.db");
}

/** Removes what is left of a journal that holds nothing. Only for who has the claim of its run. */
export function removeJournal(folder: string, run: string): void {
  removeDatabase(journalPath(folder, run));
}

/**
 * The runs that have a claim or a journal, by the names of the files in {@link RUNS}. A journal that was being mended
 * when its process was killed counts as well; the damaged one that stays beside it does not.
 */
export function runsIn(names: readonly string[]): string[] {
  const runs = names.flatMap((name) => {
    const path = name.replace(/\.salvaged$/, "");
    const end = [CLAIM, JOURNAL].find((one) => path.endsWith(one));
    return end === undefined ? [] : [decodeURIComponent(path.slice(0, -end.length))];
  });
  return [...new Set(runs)];
}
