import { isUtf8 } from "node:buffer";
import { SEPARATOR } from "./json-line.ts";

/** What is wrong with a text that is not JSON. `at` is an index into its bytes. */
export interface JsonFault {
  readonly at: number;
  readonly what: string;
}

/** The fault of a record that was cut off, in a sequence. */
export const NEXT_BEGINS = "a new record begins (RS) inside the previous one, which was cut off";

const SPACE = " \n\r\t";
/** A whole JSON number, `true`, `false` or `null`. */
const LITERAL = /^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null)$/;
const ESCAPES = '"\\/bfnrtu';

/**
 * Finds the first fault in bytes that should begin with a JSON value. It is slow and exact, and runs only after the
 * native parser has refused the text; that parser gives no exact place. Undefined if there is no fault up to the end of
 * the value or of the bytes.
 */
export function findFault(bytes: Buffer): JsonFault | undefined {
  const encoding = invalidUtf8(bytes);
  const text = bytes.toString("latin1", 0, encoding ?? bytes.length);
  const fault = findInText(text);
  if (fault !== undefined || encoding === undefined) return fault;
  return { at: encoding, what: "a byte that is not UTF-8" };
}

/** Index of the first byte that is not UTF-8. An incomplete character at the end does not count. */
function invalidUtf8(bytes: Buffer): number | undefined {
  for (let at = 0; at < bytes.length;) {
    const lead = bytes[at] as number;
    const size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (size > 1 && !isUtf8(bytes.subarray(at, at + size))) return at + size <= bytes.length ? at : undefined;
    at += size;
  }
  return undefined;
}

type Expected = "value" | "element" | "key" | "member" | "colon" | "next";

/**
 * Checks token by token. It keeps its own stack of open brackets, since input may nest deeper than the call stack
 * allows.
 */
function findInText(text: string): JsonFault | undefined {
  const open: string[] = [];
  let expected = "value" as Expected;
  for (let at = 0; at < text.length;) {
    const char = text.charAt(at);
    if (SPACE.includes(char)) {
      at++;
      continue;
    }
    if (text.charCodeAt(at) === SEPARATOR) return { at, what: NEXT_BEGINS };
    if (expected === "colon") {
      if (char !== ":") return { at, what: `a missing colon before ${excerpt(text, at)}` };
      expected = "value";
      at++;
    } else if (char === "}" || char === "]") {
      const fault = closing(char, open.at(-1), expected);
      if (fault !== undefined) return { at, what: fault };
      open.pop();
      if (open.length === 0) return undefined;
      expected = "next";
      at++;
    } else if (expected === "next") {
      if (char !== ",") return { at, what: `a missing comma before ${excerpt(text, at)}` };
      expected = open.at(-1) === "{" ? "member" : "value";
      at++;
    } else if (char === '"') {
      const end = readString(text, at);
      if (typeof end !== "number") return end;
      at = end;
      expected = expected === "key" || expected === "member" ? "colon" : "next";
    } else if (expected === "key" || expected === "member") {
      return {
        at,
        what: char === "'" ? "a single quote: JSON uses double quotes" : `expected a key, found ${excerpt(text, at)}`,
      };
    } else if (char === "{" || char === "[") {
      open.push(char);
      expected = char === "{" ? "key" : "element";
      at++;
    } else {
      const literal = wordAt(text, at);
      const cut = at + literal.length === text.length;
      if (!LITERAL.test(literal) && !cut) return { at, what: describe(literal, text, at) };
      at += literal.length;
      expected = "next";
    }
  }
  return undefined;
}

function closing(char: string, opened: string | undefined, expected: string): string | undefined {
  if (opened === undefined || (opened === "{") !== (char === "}")) return `a ${char} that closes nothing`;
  if (expected === "next" || expected === "key" || expected === "element") return undefined;
  return expected === "value" && opened === "{" ? `no value before ${char}` : `a trailing comma before ${char}`;
}

/**
 * Returns the index behind the string that begins at `start`, the end of the text if the string is not closed, or the
 * fault in the string.
 */
function readString(text: string, start: number): number | JsonFault {
  for (let at = start + 1; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === '"') return at + 1;
    if (char < " ")
      return {
        at,
        what: `an unescaped ${char === "\n" || char === "\r" ? "line break" : "control character"} in a string`,
      };
    if (char !== "\\") continue;
    at++;
    const isEscape = at >= text.length || ESCAPES.includes(text.charAt(at));
    const isHex = text.charAt(at) !== "u" || at + 5 > text.length || /^[\da-fA-F]{4}$/.test(text.slice(at + 1, at + 5));
    if (!isEscape || !isHex)
      return { at: at - 1, what: `an escape that is not valid JSON: ${excerpt(text, at - 1, 6)}` };
  }
  return text.length;
}

function wordAt(text: string, at: number): string {
  let end = at + 1;
  while (end < text.length && !`${SPACE},:{}[]"'`.includes(text.charAt(end))) end++;
  return text.slice(at, end);
}

function describe(literal: string, text: string, at: number): string {
  if (/^-?(?:NaN|Infinity)$/.test(literal)) return `${literal}: JSON has no such number`;
  if (literal.startsWith("'")) return "a single quote: JSON uses double quotes";
  if (/^[-+.\d]/.test(literal)) return `a number that is not valid JSON: ${excerpt(literal, 0)}`;
  if (literal === ",") return "a comma without a value before it";
  return `expected a JSON value, found ${excerpt(text, at)}`;
}

/** The text from `at` to the end of its line, in quotes: at most `size` characters, with control characters escaped. */
export function excerpt(text: string, at: number, size: number = 60): string {
  const rest = text.slice(at, at + size * 4);
  const line = Buffer.from(rest.split(/[\r\n]/, 1)[0] ?? "", "latin1").toString("utf8");
  const shown = [...line].slice(0, size).join("");
  return JSON.stringify(shown.length < line.length ? `${shown}…` : shown);
}
