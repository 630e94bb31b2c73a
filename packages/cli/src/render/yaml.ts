import { WrittenScalar } from "@cloudmarker/core";
import { isMap } from "../is-map.ts";
import { plain, type Colors } from "./text.ts";

/** A plain word that YAML reads as a string, not as a number, a boolean or null. */
const WORD = /^(?!(?:true|false|null|yes|no|on|off|y|n|~)$)[A-Za-z_/~][\w./~@-]*$/iu;

/** Column of the comments, unless a line is longer. */
const COMMENT_COLUMN = 44;

/** Longest key that YAML takes without a question mark before it, with room for the indentation. */
const LONGEST_KEY = 1000;

/**
 * Maps, lists and scalars as YAML, with a comment after every value. A string that is not a plain word is written as a
 * JSON string, which YAML reads in the same way. So what is read back equals what was written.
 */
export function renderYaml(
  value: Readonly<Record<string, unknown>>,
  comment: (path: readonly string[]) => string,
  colors: Colors,
): string {
  const lines: string[] = [];
  const visit = (node: object, path: readonly string[]): void => {
    const indent = "  ".repeat(path.length);
    for (const [key, child] of Object.entries(node)) {
      const here = [...path, key];
      const name = scalar(key);
      const isLong = name.length > LONGEST_KEY;
      if (isLong) lines.push(`${indent}? ${name}`);
      const head = `${indent}${isLong ? "" : name}:`;
      if (isMap(child) && Object.keys(child).length > 0) {
        lines.push(head);
        visit(child, here);
      } else {
        const text = `${head} ${flow(child)}`;
        lines.push(`${text.padEnd(COMMENT_COLUMN)} ${colors.dim(`# ${plain(comment(here)).replaceAll("\n", " ")}`)}`);
      }
    }
  };
  visit(value, []);
  return `${lines.join("\n")}\n`;
}

/** A value on one line. */
export function flow(value: unknown): string {
  if (WrittenScalar.is(value)) return value.text;
  if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
  if (isMap(value)) {
    const members = Object.entries(value).map(([key, member]) => `${flowKey(scalar(key))}: ${flow(member)}`);
    return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
  }
  if (typeof value === "number") return number(value);
  return typeof value === "string" ? scalar(value) : (JSON.stringify(value) ?? "null");
}

function flowKey(name: string): string {
  return name.length > LONGEST_KEY ? `? ${name} ` : name;
}

/** JSON cannot express some values. */
function number(value: number): string {
  if (Number.isNaN(value)) return ".nan";
  if (!Number.isFinite(value)) return value > 0 ? ".inf" : "-.inf";
  return Object.is(value, -0) ? "-0" : String(value);
}

/** Characters that JSON does not escape and that control a terminal: C1 and bidirectional controls. */
const UNSAFE = /[\u007F-\u009F\u202A-\u202E\u2066-\u2069]/gu;

/** A text as YAML reads it again. */
export function scalar(text: string): string {
  if (WORD.test(text)) return text;
  return JSON.stringify(text).replaceAll(UNSAFE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
