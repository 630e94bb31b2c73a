import { parsePointer, valueAt } from "../json-pointer.ts";
import { isRawJson } from "../json.ts";
import type { StoreRecord } from "../record.ts";
import type { ParamsOf } from "../schema.ts";

/** Where a record says its time, for the schema of a store. */
export const TIME_PARAM = {
  type: "array",
  default: [],
  description:
    "Where a record says its time: JSON pointers, tried in order, such as `{ from: /raw/UpdatedAt }`. Else the time is that of the run's start.",
  items: {
    type: "object",
    additionalProperties: false,
    required: ["from"],
    properties: {
      from: { type: "string", pattern: "^/", description: "JSON pointer into the record, such as `/raw/UpdatedAt`." },
      format: {
        enum: ["iso8601", "seconds", "milliseconds", "microseconds", "nanoseconds"],
        default: "iso8601",
        description: "`iso8601` text, or a number since 1970.",
      },
    },
  },
} as const;

/** The value of {@link TIME_PARAM}. */
export type TimeSources = ParamsOf<{ readonly properties: { readonly time: typeof TIME_PARAM } }>["time"];

const PER_MS = { seconds: 1e-3, milliseconds: 1, microseconds: 1e3, nanoseconds: 1e6 } as const;

/** The years that dates are written in with four digits. What is outside of them was read in the wrong unit. */
const FIRST_MS = Date.parse("0000-01-01T00:00:00.000Z");
const LAST_MS = Date.parse("9999-12-31T23:59:59.999Z");

/**
 * Makes the function that finds the time of a record, in milliseconds since the epoch.
 * @param startedMs - the time of a record that has none
 */
export function recordTime(sources: TimeSources, startedMs: number): (record: Pick<StoreRecord, "value">) => number {
  if (sources.length === 0) return () => startedMs;
  const paths = sources.map(({ from, format }) => ({ keys: parsePointer(from), format }));
  return (record) => {
    const { value } = record;
    for (const { keys, format } of paths) {
      const ms = readTime(valueAt(value, keys), format);
      if (ms !== undefined) return ms;
    }
    return startedMs;
  };
}

function readTime(value: unknown, format: TimeSources[number]["format"]): number | undefined {
  const ms = format === "iso8601" ? readIso(value) : Math.round(readNumber(value) / PER_MS[format]);
  return ms >= FIRST_MS && ms <= LAST_MS ? ms : undefined;
}

/** Date and time as logs and databases write them: also with a space, a comma in the seconds, an offset without minutes. */
const DATE_TIME = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d+))?)?\s*(?:Z|UTC|([+-]\d\d)(?::?(\d\d))?)?$/iu;

/** An offset, or the name of a time zone, at the end. */
const HAS_ZONE = /(?:[+-]\d[\d:]*|(?<![a-z])(?![ap]m)[a-z]+)\s*$/iu;

/**
 * `Date.parse` takes much that is no ISO 8601, such as `12`: the dash behind the year tells them apart. A time without an offset is UTC, and not
 * local: it would be another one on another machine.
 */
function readIso(value: unknown): number {
  if (typeof value !== "string" || value[4] !== "-") return Number.NaN;
  // The form of most, for which no pattern is needed.
  const usual = value[10] === "T" && value.endsWith("Z") ? Date.parse(value) : Number.NaN;
  if (!Number.isNaN(usual)) return usual;
  const [isKnown, date, time, seconds = "00", fraction = "0", hours = "+00", minutes = "00"] =
    DATE_TIME.exec(value) ?? [];
  // In the one form that every engine must read alike.
  if (isKnown !== undefined) return Date.parse(`${date}T${time}:${seconds}.${fraction}${hours}:${minutes}`);
  return Date.parse(HAS_ZONE.test(value.slice("YYYY-M-D".length)) ? value : `${value} UTC`);
}

function readNumber(value: unknown): number {
  if (typeof value === "number") return value;
  if (typeof value === "string") return value.trim() === "" ? Number.NaN : Number(value);
  // A literal that a JavaScript number cannot hold.
  return isRawJson(value) ? Number(value.rawJSON) : Number.NaN;
}
