/** The command line that goes on with a run, for a POSIX shell. */
export function resumeCommand(run: string, stateDir: string, defaultStateDir: string): string {
  const folder = stateDir === defaultStateDir ? "" : ` --state-dir ${quoted(stateDir)}`;
  return `cloudmarker resume ${quoted(run)}${folder}`;
}

/** One word of a command line, for a POSIX shell. */
export function quoted(text: string): string {
  return /^[\w.:@%+=,/][\w.:@%+=,/-]*$/u.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
