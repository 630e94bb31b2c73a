/** One word of a command line, for a POSIX shell. */
export function shellWord(text: string): string {
  return /^[\w.:@%+=,/][\w.:@%+=,/-]*$/u.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** The option of a command line that names a state folder, with a blank before it; empty if it is the default one. */
export function stateDirOption(stateDir: string, defaultStateDir: string): string {
  return stateDir === defaultStateDir ? "" : ` --state-dir ${shellWord(stateDir)}`;
}

/** A command line about a run, as a person can copy it. @param option of {@link stateDirOption} */
export function commandFor(command: "resume" | "runs forget", run: string, option: string): string {
  return `cloudmarker ${command} ${shellWord(run)}${option}`;
}
