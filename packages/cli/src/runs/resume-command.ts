import { shellWord } from "@cloudmarker/core";

/** The command line that goes on with a run, for a POSIX shell. @param option of {@link stateDirOption} */
export function resumeCommand(run: string, option: string): string {
  return `cloudmarker resume ${shellWord(run)}${option}`;
}

/** The command line that gives a run up. @param option of {@link stateDirOption} */
export function forgetCommand(run: string, option: string): string {
  return `cloudmarker runs forget ${shellWord(run)}${option}`;
}

/** The option of a command line that names a state folder, with a blank before it; empty if it is the default one. */
export function stateDirOption(stateDir: string, defaultStateDir: string): string {
  return stateDir === defaultStateDir ? "" : ` --state-dir ${shellWord(stateDir)}`;
}
