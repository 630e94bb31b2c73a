import { type Check, type Checks, isText, must, mustList } from "../check-options.ts";
import type { LetterFilter } from "../state/kept-letters.ts";

const text = must("a string", isText);
const number = must("a number", (value) => typeof value === "number");

/** A time that a filter names. */
export const time: Check = must(
  "a number of milliseconds since the epoch",
  (value) => typeof value === "number" && !Number.isNaN(value),
  (value) =>
    isText(value) ? "Use Date.parse() for a date, and Date.now() minus milliseconds for a duration." : undefined,
);

/** Which dead letters: the filter of a replay, and of the methods of a state folder. */
export const LETTERS: Checks<LetterFilter> = {
  ids: mustList("a list of numbers of dead letters", number),
  runs: mustList("a list of strings", text),
  run: text,
  audit: text,
  store: text,
  code: text,
  state: must("kept or replayed", (value) => value === "kept" || value === "replayed"),
  since: time,
  before: time,
  reason: text,
};
