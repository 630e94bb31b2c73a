import { isError } from "@cloudmarker/store-api";

/** The most characters that are kept of the text of an error. */
const LONGEST_MESSAGE = 5_000;

/**
 * The message of any thrown value, together with the message of its cause: "fetch failed" alone does not help. The
 * length is bounded. Never throws.
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

/** Some programs throw texts, or plain objects with a message. */
function textOfOther(thrown: unknown): string {
  const isObject = (typeof thrown === "object" && thrown !== null) || typeof thrown === "function";
  if (!isObject && thrown !== undefined) return String(thrown);
  const message = isObject && "message" in thrown ? thrown.message : undefined;
  return typeof message === "string" ? message : `something was thrown that is not an error: ${typeof thrown}`;
}
