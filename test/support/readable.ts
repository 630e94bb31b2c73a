import { constants } from "node:os";

/** What the system calls its errors, and the codes of names that cannot be looked up. */
const ERRNOS = [...Object.keys(constants.errno), "ENOTFOUND", "EAI_AGAIN"].join("|");

/** What must never reach a person, and why. */
const UNREADABLE: readonly (readonly [pattern: RegExp, why: string])[] = [
  // What was thrown may be named.
  [/(?<!that has no text: )\bundefined\b|\bNaN\b|\[object \w+\]/u, "a value that is not there, or has no text"],
  // In brackets behind words, a code can be searched for.
  [/(?<![("`])\b(?:UND_ERR|ERR|HPE|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)_[A-Z_]+/u, "the code of a library, without words"],
  [/:error:[\dA-F]{8}:|<monitor>|secure TLS connection/u, "what a library says to its own authors"],
  [/\bpg_\w+/u, "the name of a part of a database"],
  [new RegExp(`\\b(${ERRNOS})\\b.*\\b\\1\\b`, "u"), "the error of the system twice"],
  [/\b(\w*error|warning): \1:/iu, "the kind of a message twice"],
  [/\b(\w+ E[A-Z]{3,}).*\b\1/u, "the same error twice"],
];

/** The lines of an output that a person cannot read, each with the reason. */
export function unreadable(output: string): readonly string[] {
  return output.split("\n").flatMap((line) => {
    const why = UNREADABLE.flatMap(([pattern, reason]) => (pattern.test(line) ? [reason] : []));
    return why.length > 0 ? [`${line} (${why.join("; ")})`] : [];
  });
}

/**
 * For what runs the command: each text that a test provokes is looked through. `--debug` shows stacks, which are not.
 * @throws Error with the lines that a person cannot read
 */
export function assertReadable(args: readonly string[], ...outputs: readonly string[]): void {
  if (args.includes("--debug") || args.includes("--verbose")) return;
  const lines = outputs.flatMap(unreadable);
  if (lines.length > 0)
    throw new Error(`cloudmarker ${args.join(" ")} prints what nobody can read:\n${lines.join("\n")}`);
}
