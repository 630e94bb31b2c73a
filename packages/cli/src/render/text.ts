import { counted, grouped } from "@cloudmarker/core";
import picocolors from "picocolors";
import type { Output, World } from "../world.ts";

/** Functions that colour a piece of text, or return it unchanged. */
export type Colors = ReturnType<typeof picocolors.createColors>;

/** No colours at all. */
export const NO_COLORS: Colors = picocolors.createColors(false);

/**
 * Colours for a stream: on a terminal only, never with `NO_COLOR` (https://no-color.org), always with `FORCE_COLOR`.
 */
export function colorsFor(stream: Output, env: World["env"]): Colors {
  const forced = Boolean(env.FORCE_COLOR) && env.FORCE_COLOR !== "0";
  const wanted = forced || (stream.isTTY === true && env.TERM !== "dumb");
  return picocolors.createColors(wanted && !env.NO_COLOR);
}

// C0 and C1 controls save the line break, bidirectional overrides.
// oxlint-disable-next-line no-control-regex -- that is the point
const CONTROL = /[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/gu;

/** The text without control characters: a finding or a server's answer must not control the reader's terminal. */
export function plain(text: string): string {
  return text.replaceAll(CONTROL, (char) => (char === "\t" ? " " : "\uFFFD"));
}

export { counted as count, grouped };

/** `code: reason`; a reason that begins with its code, as that of Elasticsearch does, is not given it twice. */
export function codeAndReason(code: string, reason: string): string {
  return reason.startsWith(`${code}: `) ? reason : `${code}: ${reason}`;
}

/** `0.4 s`, `75 s`, `12 min`. */
export function duration(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  return ms < 600_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`;
}

/** `2026-11-29 23:34:48Z`, of a time as ISO 8601. */
export function timeOf(iso: string): string {
  return iso.replace("T", " ").replace(/\.\d+Z$/u, "Z");
}

/** Lines of aligned columns, two spaces apart. A column of numbers is aligned to the right. */
export function table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === "number" ? grouped(cell) : plain(cell))));
  const columns = header.map((title, index) => ({
    width: Math.max(title.length, ...cells.map((row) => row[index]?.length ?? 0)),
    right: rows.length > 0 && rows.every((row) => typeof row[index] === "number"),
  }));
  return [header, ...cells].map((row) =>
    columns
      .map(({ width, right }, index) => {
        const cell = row[index] ?? "";
        return right ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd(),
  );
}

/** The text with every line indented. */
export function indent(text: string, by = "  "): string {
  return text.replaceAll(/^(?=.)/gmu, by);
}
