import truncated from "fast-string-truncated-width";

/** Columns that a text takes on a terminal: two for a character of East Asia and for an emoji, none for a colour. */
export function widthOf(text: string): number {
  // Most texts are ASCII without colours.
  return /^[ -~]*$/u.test(text) ? text.length : truncated(text).width;
}

/** A command at the end of a line, which is copied as a whole. */
const COMMAND = /(?<=: )(?:cloudmarker|npm install) [^\n]*$/u;

/** A line that is a command, such as an example. */
const EXAMPLE = /^ +(?:[^.]* [|;] )?cloudmarker /u;

/** What stands in front of a text, such as `  75  ` or `FAILED  `. */
// oxlint-disable-next-line no-control-regex -- of a colour
const LABEL = /^ *\S+(?: {2,}(?:\u001B\[\d+m)?)+/u;

/** The widest one beside which the text goes on. */
const WIDEST_LABEL = 24;

/**
 * The text with lines of at most so many columns, broken between words. A command at the end of a line gets a line of
 * its own. A word that is too long, such as a path, stays whole: the terminal breaks it, and it can still be copied.
 * @param columns of the terminal; undefined elsewhere, and then nothing is broken
 * @param more indentation behind a break
 */
export function fit(text: string, columns: number | undefined, more = "  "): string {
  if (columns === undefined) return text;
  return text
    .split("\n")
    .map((line) => (widthOf(line) <= columns ? line : fitLine(line, columns, more)))
    .join("\n");
}

function fitLine(line: string, columns: number, more: string): string {
  if (EXAMPLE.test(line)) return line;
  const [before = ""] = /^ */u.exec(line) ?? [];
  const label = widthOf(LABEL.exec(line)?.[0] ?? "");
  const behind = label > 0 && label <= WIDEST_LABEL ? " ".repeat(label) : before + more;
  const [command] = COMMAND.exec(line) ?? [];
  const words = line.slice(before.length, command === undefined ? undefined : -command.length).split(" ");
  const units = command === undefined ? words : [...words.slice(0, -1), command];
  const lines: string[] = [];
  let last = before;
  let room = columns - before.length;
  for (const unit of units) {
    const width = widthOf(unit);
    const isFirst = last === before || last === behind;
    if (!isFirst && width + 1 > room) {
      lines.push(last.trimEnd());
      last = `${behind}${unit}`;
      room = columns - behind.length - width;
    } else {
      last += isFirst ? unit : ` ${unit}`;
      room -= isFirst ? width : width + 1;
    }
  }
  return [...lines, last].join("\n");
}

/** The start of a text, with `…` behind it if something is left out, in so many columns. */
export function startOf(text: string, columns: number): string {
  const { index, ellipsed } = truncated(text, { limit: columns, ellipsis: "…" });
  return ellipsed ? `${text.slice(0, index)}…` : text;
}

/** The end of a text, with `…` before it if something is left out, in so many columns. */
export function endOf(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let end = "";
  for (const char of [...text].toReversed()) {
    if (widthOf(char + end) + 1 > columns) break;
    end = char + end;
  }
  return `…${end}`;
}
