import { isThenable } from "../realms.ts";
import { quote, typeWords } from "../validation/show.ts";

/** As {@link describe}, for the answer of a call: undefined is "nothing". */
export function describeAnswer(value: unknown): string {
  return value === undefined ? "nothing" : describe(value);
}

/**
 * Describes any value in a few words on one line: "missing", "a list", "a promise", `"yes"`, "a bigint". Never throws.
 */
export function describe(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  if (typeof value === "string") return quote(value);
  if (typeof value === "number") return String(value);
  try {
    return isThenable(value) ? "a promise" : typeWords(value);
  } catch {
    return "an object that cannot be read";
  }
}

/** The first `most` characters of a text; `…` stands for the rest. */
export function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
