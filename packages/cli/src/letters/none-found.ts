import type { LetterOptions } from "../options.ts";
import { count, plain } from "../render/text.ts";
import type { LettersRead } from "./read-files.ts";

/** Says why no dead letter was found: there is none, or none that the options mean. Ends in a full stop. */
export function noneFound(options: LetterOptions, folder: string): string {
  const what = isAny(options) ? "No dead letter is kept in" : "No dead letter fits the options in";
  return `${what} ${plain(folder)}.`;
}

/** The same of the letters of files, all of which are in the state folder now. */
export function noneFoundOf({ ids: { length } }: LettersRead, options: LetterOptions): string {
  if (length === 0) return "The input has no dead letter.";
  const all = count(length, "dead letter");
  if (!isAny(options)) return `Of the ${all} of the input, none fits the options and waits to be sent again.`;
  const were = length === 1 ? "it was" : "they were";
  return `The ${all} of the input arrived when ${were} sent again before: nothing was sent now.`;
}

/** No option says which letters are meant. */
function isAny({ audit, store, run, code, since, reason, id, state }: LetterOptions): boolean {
  return [audit, store, run, code, since, reason, id, state].every((option) => option === undefined);
}
