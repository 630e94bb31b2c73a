/** The command line that goes on with a run, for a POSIX shell. @param option of {@link stateDirOption} */
export function resumeCommand(run: string, option: string): string {
  return `cloudmarker resume ${quoted(run)}${option}`;
}

/** The option of a command line that names a state folder, with a blank before it; empty if it is the default one. */
export function stateDirOption(stateDir: string, defaultStateDir: string): string {
  return stateDir === defaultStateDir ? "" : ` --state-dir ${quoted(stateDir)}`;
}

/** One word of a command line, for a POSIX shell. */
export function quoted(text: string): string {
  return /^[\w.:@%+=,/][\w.:@%+=,/-]*$/u.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
