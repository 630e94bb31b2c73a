import { join } from "node:path";

/** The folder of the journals, in the state folder. */
export const RUNS = "runs";

const END = ".db";

/** Journal of one run. */
export function journalPath(folder: string, run: string): string {
  return join(folder, RUNS, `${encodeURIComponent(run)}${END}`);
}

/** The list of the runs that are over. */
export function runsPath(folder: string): string {
  return join(folder, "runs.db");
}

/** The dead letters. */
export function lettersPath(folder: string): string {
  return join(folder, "state.db");
}

/**
 * The runs of which a journal is there, by the names of the files in {@link RUNS}. A journal that was being mended when
 * its process was killed counts as well; the damaged one that stays beside it does not.
 */
export function runsIn(names: readonly string[]): string[] {
  const runs = names.flatMap((name) => {
    const path = name.replace(/\.salvaged$/, "");
    return path.endsWith(END) ? [decodeURIComponent(path.slice(0, -END.length))] : [];
  });
  return [...new Set(runs)];
}
