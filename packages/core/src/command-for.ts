/** One word of a command line, for a POSIX shell. */
export function shellWord(text: string): string {
  return /^[\w.:@%+=,/][\w.:@%+=,/-]*$/u.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/**
 * A command line about a run, as a person can copy it.
 * @param stateDir the state folder, where it is not the default one
 */
export function commandFor(command: "resume" | "runs forget", run: string, stateDir: string | undefined): string {
  return `cloudmarker ${command} ${shellWord(run)}${stateDir === undefined ? "" : ` --state-dir ${shellWord(stateDir)}`}`;
}
