import { type ParamsOf, parsePointer, pointerProblem, valueAt } from "@cloudmarker/store-api";
import { parseEpoch } from "./parse-epoch.ts";
import { type Instant, parseTime } from "./parse-time.ts";
import type { Finding } from "../params.ts";

/** The places of a record's time, for the schema of a store. */
export const TIME_PARAM = {
  type: "array",
  default: [],
  description:
    "Where a record has its time: JSON pointers, tried in order, such as `{ from: /raw/UpdatedAt }`. A record without a time gets that of the run's start; the receipt says how many.",
  items: {
    type: "object",
    additionalProperties: false,
    required: ["from"],
    properties: {
      from: { type: "string", pattern: "^/", description: "JSON pointer into the record, such as `/raw/UpdatedAt`." },
      format: {
        enum: ["iso8601", "seconds", "milliseconds", "microseconds", "nanoseconds"],
        default: "iso8601",
        description: "`iso8601`: text, in that form or another usual one. The others: a number since 1970.",
      },
    },
  },
} as const;

/** The value of {@link TIME_PARAM}. */
export type TimeSources = ParamsOf<{ readonly properties: { readonly time: typeof TIME_PARAM } }>["time"];

/** The problems of the pointers of {@link TIME_PARAM}, for `validate`. */
export function timeFindings(time: TimeSources): Finding[] {
  return time.map(({ from }, at) => [["time", at, "from"], pointerProblem(from)]);
}

/** One of {@link TimeSources}. */
export type TimeSource = TimeSources[number];

/**
 * Why the time of a record was not read as configured. `no_time`: it has none. `unreadable_time`: it has one that
 * cannot be read, and gets that of the run. `skipped_time`: the same, but a later pointer led to a readable time.
 */
export interface TimeFault {
  readonly code: "no_time" | "unreadable_time" | "skipped_time";
  /** The place of the unreadable value; undefined if there is none. */
  readonly source: TimeSource | undefined;
  readonly value: unknown;
}

/** The time of a record. */
export interface RecordTime extends Instant {
  readonly fault?: TimeFault;
}

/** A {@link TimeSource}, with counts. */
export interface SeenSource {
  readonly from: string;
  /** Records that it was tried on: those for which an earlier source found no time. */
  tried: number;
  /** It has led to a value. */
  isFound: boolean;
}

/** Finds the time of a record's value. */
export interface TimeReader {
  (value: unknown): RecordTime;
  readonly sources: readonly SeenSource[];
}

/**
 * Plausible times: those from 1980 to 2199. Audited systems have no earlier ones, and a number in the wrong unit is far
 * outside: seconds that are read as milliseconds are in January 1970, milliseconds that are read as seconds some 50,000
 * years ahead.
 */
const FIRST_MS = Date.UTC(1980, 0, 1);
const LAST_MS = Date.UTC(2200, 0, 1) - 1;

/** The zero of Windows. */
const WINDOWS_MS = Date.UTC(1601, 0, 1);
/** The year 1 is the zero of Go and .NET, in any time zone. */
const YEAR_0_MS = Date.parse("0000-01-01T00:00:00Z");
const YEAR_2_MS = Date.parse("0002-01-01T00:00:00Z");

/** Whether a time is one that a record can have. */
export function isPlausible({ ms }: Instant): boolean {
  return ms >= FIRST_MS && ms <= LAST_MS;
}

/** Whether a time stands for "no time". */
function isZero({ ms, nanos }: Instant): boolean {
  return nanos === 0 && (ms === 0 || ms === WINDOWS_MS || (ms >= YEAR_0_MS && ms < YEAR_2_MS));
}

const NO_TIME: TimeFault = { code: "no_time", source: undefined, value: undefined };

/**
 * Makes the function that finds the time of a record.
 * @param startedMs - the time of a record that has none
 */
export function recordTime(sources: TimeSources, startedMs: number): TimeReader {
  const paths = sources.map(({ from }) => parsePointer(from));
  const seen: SeenSource[] = sources.map(({ from }) => ({ from, tried: 0, isFound: false }));
  const started: RecordTime = { ms: startedMs, nanos: 0 };
  const without: RecordTime = { ...started, fault: NO_TIME };
  const read = (record: unknown): RecordTime => {
    let unreadable: Omit<TimeFault, "code"> | undefined;
    for (let at = 0; at < sources.length; at++) {
      const source = sources[at] as TimeSource;
      const value = valueAt(record, paths[at] as readonly string[]);
      const one = seen[at] as SeenSource;
      one.tried++;
      if (value === undefined || value === null) continue;
      one.isFound = true;
      const time = readTime(value, source);
      if (time === undefined) unreadable ??= { source, value };
      else if (time !== "none") return unreadable ? { ...time, fault: { code: "skipped_time", ...unreadable } } : time;
    }
    if (unreadable) return { ...started, fault: { code: "unreadable_time", ...unreadable } };
    return sources.length === 0 ? started : without;
  };
  return Object.assign(read, { sources: seen });
}

/** Undefined if it is unknown. */
function readTime(value: unknown, { format }: TimeSource): Instant | "none" | undefined {
  const time = format === "iso8601" ? parseText(value) : parseEpoch(value, format);
  if (time === undefined) return isNothing(value) ? "none" : undefined;
  if (isPlausible(time)) return time;
  return isZero(time) ? "none" : undefined;
}

function parseText(value: unknown): Instant | undefined {
  return typeof value === "string" ? parseTime(value) : undefined;
}

/** An empty text, a zero, or the zero of a database, which is not a date. */
function isNothing(value: unknown): boolean {
  if (typeof value !== "string") return value === 0;
  return /^(?:0|0000-00-00(?:[T ][0:.Z]*)?)?$/u.test(value.trim());
}
