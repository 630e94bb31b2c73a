import type { JsonText } from "../../src/records/json-text.ts";
import { readRecords, type ReadOptions } from "../../src/reader/read-records.ts";

/** Cuts bytes into chunks of `size`, or at the one place `at`. */
export async function* chunked(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export async function* cutAt(bytes: Uint8Array, at: number): AsyncGenerator<Uint8Array> {
  yield bytes.subarray(0, at);
  yield bytes.subarray(at);
}

export interface Result {
  readonly texts: string[];
  readonly records: JsonText[];
  readonly error: string | undefined;
  readonly details: string | undefined;
}

/** Reads to the end or to the error. */
export async function read(
  input: string | Uint8Array | AsyncIterable<Uint8Array>,
  options: Partial<ReadOptions> = {},
): Promise<Result> {
  const bytes = typeof input === "string" ? Buffer.from(input) : input;
  const source = bytes instanceof Uint8Array ? chunked(bytes, 1 << 20) : bytes;
  const records: JsonText[] = [];
  let error: (Error & { details?: string }) | undefined;
  try {
    for await (const some of readRecords(source, { name: "in.json", ...options })) records.push(...some);
  } catch (thrown) {
    error = thrown as Error;
  }
  return { texts: records.map((record) => record.text), records, error: error?.message, details: error?.details };
}

/** A text without the white space outside its strings: the plainest way to do it, for comparison. */
export function compact(text: string): string {
  return text.replace(/("(?:[^"\\]|\\.)*")|\s+/g, (_match, string: string | undefined) => string ?? "");
}

/** A small seeded generator (mulberry32), so that a failing case can be run again. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const WORDS = [
  "",
  "a",
  "é",
  "日本",
  "😀",
  "\\u0000",
  "\\ud83d",
  "\\\\",
  '\\"',
  "{[",
  "]},",
  "com",
  "raw",
  "__proto__",
  "\u2028",
  "\\/",
  " : ",
];
const NUMBERS = [
  "0",
  "-0",
  "1.0",
  "1e2",
  "-9223372036854775808",
  "14517067005933136034",
  "0.1",
  "123456789.123456789",
  "1E400",
  "5e-324",
];

/** JSON text of a random value, with odd white space, escapes, literals and repeated keys. */
export function randomJson(next: () => number, depth: number, top: "object" | "any" = "any"): string {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)] as T;
  const space = (): string => pick(["", "", "", " ", "\n", "\r\n  ", "\n\t", "  "]);
  const list = (item: () => string): string =>
    Array.from({ length: Math.floor(next() * 4) }, () => space() + item() + space()).join(",");
  const string = (): string => `"${pick(WORDS)}${pick(WORDS)}"`;
  const kind = top === "object" ? 0 : depth === 0 ? 2 + Math.floor(next() * 3) : Math.floor(next() * 5);
  if (kind === 0) return `{${list(() => `${string()}${space()}:${space()}${randomJson(next, depth - 1)}`) || space()}}`;
  if (kind === 1) return `[${list(() => randomJson(next, depth - 1)) || space()}]`;
  if (kind === 2) return string();
  return kind === 3 ? pick(NUMBERS) : pick(["true", "false", "null"]);
}
