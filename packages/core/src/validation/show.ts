import { MAX_SHOWN, quote, UNSAFE } from "../quote.ts";
import { isMap } from "../realms.ts";
import { withoutCredentials } from "../user-info.ts";
import { typeOf } from "./plain-value.ts";
import type { Path } from "./schema-walk.ts";

export { quote } from "../quote.ts";

const MAX_LIST = 20;
const MAX_NOTE = 160;

/**
 * A value for a message: on one line, at most 60 characters, without the content of objects and lists and without
 * credentials of URLs.
 */
export function show(value: unknown): string {
  if (typeof value === "string") return quote(withoutCredentials(value.slice(0, 10_000)));
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return String(value);
  return typeWords(value);
}

/** A key in quotes. */
export function quoteKey(key: string, value: unknown): string {
  return quote(shownKey(key, value));
}

/**
 * A key for a message. If a key without a value looks like `password hunter2` or `password:hunter2`, the key and its
 * value were not separated (in YAML `{ password:hunter2 }` is one key). Then only the first word is shown.
 */
export function shownKey(key: string, value: unknown): string {
  const end = value === null || value === undefined ? key.search(/[\s:=]/) : -1;
  return end < 0 ? key : `${key.slice(0, end)}…`;
}

/** A plain word as it is; anything else in quotes. */
function bare(value: unknown): string {
  return typeof value === "string" && /^[\w.:/@+*-]+$/.test(value) && value.length <= MAX_SHOWN ? value : show(value);
}

/** "a, b, c", with an end where there are many. */
export function list(values: readonly unknown[]): string {
  const shown = values.slice(0, MAX_LIST).map(bare).join(", ");
  return values.length > MAX_LIST ? `${shown} and ${values.length - MAX_LIST} more` : shown;
}

/** "a", "a or b", "a, b or c". */
export function either(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

/** Name of a param in messages: `params.auth.hosts[0]["a key"]`. */
export function label(path: Path, start: string = "params"): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return /^[\w-]+$/.test(key) && key.length <= MAX_SHOWN ? `${text}.${key}` : `${text}[${quote(key)}]`;
  }, start);
}

const ARTICLE: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  integer: "an integer",
  boolean: "true or false",
  object: "an object",
  array: "a list",
  null: "null",
};

/** What a value is: "a string", "a list", "empty (null)", "true", "NaN". For a secret, only its type. */
export function typeWords(value: unknown, secret: boolean = false): string {
  if (secret && (typeof value === "boolean" || typeof value === "number")) return `a ${typeof value}`;
  const type = typeOf(value);
  if (type === "null") return "empty (null)";
  if (type === "boolean") return String(value);
  return ARTICLE[type] ?? (type.startsWith("NaN") || type.endsWith("Infinity") ? type : `a ${type}`);
}

const TRUE_WORDS: ReadonlySet<string> = new Set(["y", "yes", "on", "true"]);
const FALSE_WORDS: ReadonlySet<string> = new Set(["n", "no", "off", "false"]);

/** What to write for a word that means true or false elsewhere, with a blank in front; else empty. */
export function flagAdvice(value: unknown): string {
  const word = typeof value === "string" ? value.trim().toLowerCase() : "";
  const isTrue = TRUE_WORDS.has(word);
  if (!isTrue && !FALSE_WORDS.has(word)) return "";
  return ` YAML 1.2 knows only true and false: write ${String(isTrue)} without quotes.`;
}

/** The types that a schema's `type` allows: "a string or a list". */
export function wantedWords(type: unknown): string {
  const types: readonly unknown[] = Array.isArray(type) ? type : [type];
  return either(types.map((one) => ARTICLE[String(one)] ?? String(one)));
}

/** ` (Description of the param.)`, or nothing. */
export function note(schema: unknown): string {
  const description = isMap(schema) ? schema.description : undefined;
  if (typeof description !== "string" || description.trim() === "") return "";
  const line = (description.trim().split(/\r?\n/, 1)[0] ?? "").replaceAll(UNSAFE, " ");
  return ` (${line.length > MAX_NOTE ? `${line.slice(0, MAX_NOTE - 1)}…` : line})`;
}
