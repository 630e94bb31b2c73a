import { isCloudmarkerError, readRecords } from "@cloudmarker/core";
import type { Case } from "./cases.ts";
import { read, readText } from "./reference/read.ts";
import { type ExpectedLines, readLines } from "./reference/read-lines.ts";

/** What the reader made of an input. */
interface Found {
  readonly records: readonly string[];
  readonly bad: readonly number[];
  readonly error: string | undefined;
}

/** What the reader says where it will not guess which line of a document of several lines is the bad one. */
const REFUSAL = "Only a line of NDJSON can be skipped";

/** What became of a case. */
export interface Verdict {
  /** What the reader and the reference disagree about. */
  readonly wrong?: string;
  readonly isFaulty: boolean;
  /** The reader went on behind bad lines no further than to a document of several lines. */
  readonly isRefused: boolean;
}

/** Reads a case with the reader and with the reference. */
export async function judge(one: Case): Promise<Verdict> {
  const found = await readCase(one);
  if (one.select !== undefined) return judgeSelected(one, found);
  const expected = one.skips ? readLines(one.bytes) : { ...read(one.bytes), bad: [] };
  const isRefused = one.skips && found.error?.includes(REFUSAL) === true;
  const wrong = compare(one, found, expected, isRefused);
  return { isFaulty: expected.isFaulty || expected.bad.length > 0, isRefused, ...(wrong !== undefined && { wrong }) };
}

/** What a selection may say of input without a fault. */
const NOT_THERE =
  /nothing is at the path|is not an object, so nothing can be at the path|the selected value is neither|the selected map holds a value|an array element that is not an object/u;

/**
 * For a selection, only the forbidden results are known: another kind of end, a record that is not an object, or an
 * error at a place without a fault.
 */
function judgeSelected({ bytes }: Case, { records, error }: Found): Verdict {
  const { isFaulty } = read(bytes);
  const bad = records.find((text) => !text.startsWith("{") || readText(Buffer.from(text)).isFaulty);
  const blamed = !isFaulty && error !== undefined && !NOT_THERE.test(error);
  const wrong = bad === undefined ? (blamed ? `no fault, but ${error}` : undefined) : `a record that is none: ${bad}`;
  return { isFaulty, isRefused: false, ...(wrong !== undefined && { wrong }) };
}

function compare(one: Case, found: Found, expected: ExpectedLines, isRefused: boolean): string | undefined {
  const { error } = found;
  const bad = isRefused ? expected.bad.slice(0, found.bad.length) : expected.bad;
  if (found.bad.join() !== bad.join()) return `bad lines ${found.bad.join()}, not ${bad.join()} (${error})`;
  if (!isRefused && (error !== undefined) !== expected.isFaulty) {
    return expected.isFaulty ? "a fault that was not found" : `no fault, but ${error}`;
  }
  const records = found.records.map(compact);
  const right = expected.records.map(compact);
  const mayMiss =
    isRefused || (error?.includes("except up to 16,384 bytes") && lengthOf(right.slice(records.length)) <= 16_384);
  const given = mayMiss ? right.slice(0, records.length) : right;
  const wrong = records.findIndex((text, index) => text !== given[index]);
  if (wrong !== -1) return `record ${wrong} is ${records[wrong]}, not ${given[wrong]} (${error})`;
  if (records.length !== given.length) return `${records.length} records, not ${given.length} (${error})`;
  return claim(one, error);
}

async function readCase({ bytes, cuts, isSized, skips, select }: Case): Promise<Found> {
  const records: string[] = [];
  const bad: number[] = [];
  let error: string | undefined;
  const reading = readRecords(chunks(bytes, cuts), {
    name: "in",
    ...(isSized && { size: bytes.length }),
    ...(select !== undefined && { select }),
    ...(skips && { onBadLines: (lines) => void bad.push(...lines.map(({ line }) => line)) }),
  });
  try {
    for await (const some of reading) for (const { text } of some) records.push(text);
  } catch (thrown) {
    // Anything else is a fault of the reader.
    if (!isCloudmarkerError(thrown) || thrown.code !== "INPUT_MALFORMED") throw thrown;
    error = `${thrown.message} | ${thrown.details}`;
  }
  return { records, bad, error };
}

async function* chunks(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  let start = 0;
  for (const end of [...cuts, bytes.length]) {
    // In memory of its own: nothing behind a chunk may be looked at.
    yield Uint8Array.from(bytes.subarray(start, end));
    start = end;
  }
}

/** What an error says of its place and of what was not read must add up. */
function claim({ bytes, isSized }: Case, error: string | undefined): string | undefined {
  if (!isSized || error === undefined) return undefined;
  const [, byte] =
    /^in: byte (\d+), line/u.exec(error) ??
    /At byte (\d+)|(?:begins|ends) at byte (\d+)/u.exec(error)?.filter(Boolean) ??
    [];
  if (byte === undefined) return `an error without a place: ${error}`;
  if (Number(byte) > bytes.length && !/gzip|zstd/u.test(error)) return `a place behind the end: ${error}`;
  const [, unread] = /Nothing after that place was read: ([\d,]+) bytes?\./u.exec(error) ?? [];
  if (unread === undefined || /of (?:gzip|zstd) data, the last/u.test(error)) return undefined;
  const left = Number(unread.replaceAll(",", ""));
  return left + Number(byte) === bytes.length ? undefined : `${byte} + ${left} is not ${bytes.length}: ${error}`;
}

/** A text without the white space between its tokens. */
function compact(text: string): string {
  return text.replace(/("(?:[^"\\]|\\.)*")|\s+/gu, (_match, string: string | undefined) => string ?? "");
}

function lengthOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length + 1, 0);
}
