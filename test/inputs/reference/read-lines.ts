// What is to be left of NDJSON when bad lines are skipped.
import { passBetween, readText } from "./read.ts";
import { unpack } from "./unpack.ts";

/** The records of the good lines, and the numbers of the bad ones. */
export interface ExpectedLines {
  readonly records: readonly string[];
  readonly bad: readonly number[];
  readonly isFaulty: boolean;
}

/** The most lines of a record. */
const MOST_LINES = 6;

/** A line is good if it can be read, together with the next lines if its document continues there; else it is bad. */
export function readLines(bytes: Buffer): ExpectedLines {
  const { text, isFaulty } = unpack(bytes);
  const state = { at: 0 };
  if (passBetween(text, state)) return readSequence(text, state.at, isFaulty);
  const starts = [0];
  for (let at = text.indexOf(0x0a); at !== -1; at = text.indexOf(0x0a, at + 1)) starts.push(at + 1);
  const records: string[] = [];
  const bad: number[] = [];
  for (let line = 0; line < starts.length;) {
    const start = starts[line] ?? 0;
    const ends = starts.slice(line + 1, line + 1 + MOST_LINES);
    if (ends.length < MOST_LINES) ends.push(text.length);
    const found = ends.map((end) => readText(text.subarray(start, end)));
    const count = found.findIndex((lines) => !lines.isFaulty) + 1;
    records.push(...(found[count - 1]?.records ?? []));
    // The error names the line in which damaged gzip data ends.
    const isLast = line === starts.length - 1;
    if (count === 0 && !(isLast && isFaulty)) bad.push(line + 1);
    line += Math.max(1, count);
  }
  return { records, bad, isFaulty };
}

/** Each text of a sequence (RFC 7464) is good or bad. */
function readSequence(text: Buffer, start: number, isFaulty: boolean): ExpectedLines {
  const records: string[] = [];
  const bad: number[] = [];
  for (let at = start; at < text.length;) {
    const found = text.indexOf(0x1e, at);
    const end = found === -1 ? text.length : found;
    const one = readText(text.subarray(at, end));
    if (!one.isFaulty) records.push(...one.records);
    else if (found !== -1 || !isFaulty) bad.push(text.subarray(0, at).toString("latin1").split("\n").length);
    at = end + 1;
  }
  return { records, bad, isFaulty };
}
