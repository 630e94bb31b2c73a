import { isError, isStoreError } from "@cloudmarker/store-api";

/** The most characters that are kept of the text of an error. */
const LONGEST_MESSAGE = 5_000;

/** A code within a text, such as `ECONNREFUSED` or `ERR_INVALID_ARG_TYPE`. */
const CODE = /\bE(?:[A-Z]{3,}|[A-Z]+(?:_[A-Z\d]+)+)\b/gu;

/** Is said of a thrown value that has no text, such as `new Error("")`, `null` or an object without a message. */
export const NO_TEXT = "something was thrown that has no text";

/**
 * The message of any thrown value, together with the message of its cause: "fetch failed" alone does not help. The
 * length is bounded. Never throws.
 */
export function messageOf(error: unknown): string {
  try {
    const text = textOf(error);
    return text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE - 1)}…` : text;
  } catch {
    return NO_TEXT;
  }
}

function textOf(error: unknown): string {
  if (!isError(error)) return textOfOther(error);
  const message = String(error.message);
  const { cause } = error;
  const why = isError(cause) ? whyOf(cause) : "";
  if (message.trim() === "") return why || withoutText(codeOf(error) || error.name);
  // A message that has the code of its cause says what it means.
  // A sentence of a store is for a person, and says what its cause means.
  if (isStoreError(error) && message.endsWith(".")) return message;
  const codes = [codeOf(cause), ...(why.match(CODE) ?? [])].filter(Boolean);
  return message.includes(why) || codes.some((code) => message.includes(code)) ? message : `${message} (${why})`;
}

function whyOf(cause: Error): string {
  const message = String(cause.message);
  return message.trim() === "" ? codeOf(cause) || String(cause.name) : message;
}

function codeOf(error: unknown): string {
  return isError(error) && "code" in error && typeof error.code === "string" ? error.code : "";
}

/** Some programs throw texts, or plain objects with a message. */
function textOfOther(thrown: unknown): string {
  const isObject = (typeof thrown === "object" && thrown !== null) || typeof thrown === "function";
  const text = isObject && "message" in thrown ? thrown.message : thrown;
  if (text === null || text === undefined) return withoutText(String(text));
  if (typeof text === "object" || typeof text === "function") return withoutText(typeof text);
  return String(text).trim() === "" ? withoutText("an empty text") : String(text);
}

function withoutText(what: string): string {
  return `${NO_TEXT}: ${what}`;
}
