import { counted, grouped, type Location } from "@cloudmarker/core";
import picocolors from "picocolors";
import type { Output, World } from "../world.ts";

/** How text is shown: functions that colour a piece of it, or return it unchanged, and the width of the terminal. */
export interface Colors extends ReturnType<typeof picocolors.createColors> {
  /** Undefined elsewhere than on a terminal. */
  readonly columns?: number | undefined;
}

/** No colours at all. */
export const NO_COLORS: Colors = picocolors.createColors(false);

/**
 * Colours for a stream: on a terminal only, never with `NO_COLOR` (https://no-color.org), always with `FORCE_COLOR`.
 */
export function colorsFor(stream: Output, env: World["env"]): Colors {
  const forced = Boolean(env.FORCE_COLOR) && env.FORCE_COLOR !== "0";
  const wanted = forced || isLive(stream, env);
  return { ...picocolors.createColors(wanted && !env.NO_COLOR), columns: columnsOf(stream) };
}

/** Whether the stream is a terminal that understands control sequences. */
export function isLive(stream: Output, env: World["env"]): boolean {
  return stream.isTTY === true && env.TERM !== "dumb";
}

/** Columns of a terminal; undefined if it is none, or does not say. */
export function columnsOf({ isTTY, columns }: Output): number | undefined {
  return isTTY === true && columns !== undefined && columns > 0 ? columns : undefined;
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

/** The text with every line indented. */
export function indent(text: string, by = "  "): string {
  return text.replaceAll(/^(?=.)/gmu, by);
}

/** `file:line:column`, which terminals and editors open. */
export function placeText({ file, line, column }: Location): string {
  return `${file}:${line}:${column}`;
}
