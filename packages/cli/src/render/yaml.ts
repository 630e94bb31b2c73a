import { plain, type Colors } from "./text.ts";

/** A plain word that YAML reads as a string, not as a number, a boolean or null. */
const WORD = /^(?!(?:true|false|null|yes|no|on|off|y|n)$)[A-Za-z_/~][\w./~@-]*$/iu;

/** Columns at which the comments stand, unless a line is longer. */
const COMMENT_COLUMN = 44;

/**
 * Maps, lists and scalars as YAML, with a comment behind every value. Strings that are no plain word are written as JSON strings,
 * which YAML reads alike.
 */
export function renderYaml(
  value: Readonly<Record<string, unknown>>,
  comment: (path: readonly string[]) => string,
  colors: Colors,
): string {
  const lines: string[] = [];
  const visit = (node: object, path: readonly string[]): void => {
    for (const [key, child] of Object.entries(node)) {
      const head = `${"  ".repeat(path.length)}${scalar(key)}:`;
      const here = [...path, key];
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
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
  if (isMap(value)) {
    const members = Object.entries(value).map(([key, member]) => `${scalar(key)}: ${flow(member)}`);
    return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
  }
  return typeof value === "string" ? scalar(value) : (JSON.stringify(value) ?? "null");
}

function scalar(text: string): string {
  // JSON.stringify leaves C1 and bidirectional controls alone; a terminal must not see them.
  return WORD.test(text) ? text : plain(JSON.stringify(text));
}

function isMap(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
