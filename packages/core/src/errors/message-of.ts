import { isError } from "@cloudmarker/store-api";

/** Characters that are kept of the text of an error. */
const LONGEST_MESSAGE = 5_000;

/**
 * The message of anything that was thrown, together with the message of its cause, since "fetch failed" alone does not
 * help. Its length is bounded, and it never throws.
 */
export function messageOf(error: unknown): string {
  try {
    const text = textOf(error);
    return text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE - 1)}…` : text;
  } catch {
    return "something was thrown that has no text";
  }
}

function textOf(error: unknown): string {
  if (!isError(error)) return textOfOther(error);
  const message = String(error.message);
  const { cause } = error;
  if (!isError(cause)) return message;
  const why = String(cause.message || ("code" in cause ? cause.code : cause.name));
  return message.includes(why) ? message : `${message} (${why})`;
}

/** People throw texts, and objects with a message. */
function textOfOther(thrown: unknown): string {
  const isObject = (typeof thrown === "object" && thrown !== null) || typeof thrown === "function";
  if (!isObject && thrown !== undefined) return String(thrown);
  const message = isObject && "message" in thrown ? thrown.message : undefined;
  return typeof message === "string" ? message : `something was thrown that is not an error: ${typeof thrown}`;
}
