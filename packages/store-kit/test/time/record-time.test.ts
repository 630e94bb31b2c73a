import { describe, expect, test } from "vitest";
import { isoTime, recordTime, type TimeSource } from "../../src/time/index.ts";

const RUN = Date.UTC(2026, 10, 23);
const AT = Date.UTC(2023, 10, 14, 22, 13, 20);
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

const sourcesOf = (format: TimeSource["format"], ...names: string[]): TimeSource[] =>
  names.map((name) => ({ from: `/raw/${name}`, format }));

function read(format: TimeSource["format"], value: unknown): { iso: string; code: string | undefined } {
  const { fault, ...time } = recordTime(sourcesOf(format, "at"), RUN)({ raw: { at: value } });
  return { iso: isoTime(time), code: fault?.code };
}

test.each([
  ["iso8601", "2023-11-14T22:13:20.123456789Z"],
  ["iso8601", " Tue, 14 Nov 2023 22:13:20 GMT"],
  ["seconds", 1_700_000_000.123],
  ["milliseconds", "1700000000123"],
  ["microseconds", 1_700_000_000_123_456],
  ["nanoseconds", rawJSON("1700000000123456789")],
] as const)("%s: %s is a time", (format, value) => {
  const { iso, code } = read(format, value);
  expect(iso).toMatch(/^2023-11-14T22:13:20\.(?:000|123)/u);
  expect(code).toBeUndefined();
});

describe("no time (L-05)", () => {
  test.each([
    ["iso8601", undefined],
    ["iso8601", null],
    ["iso8601", ""],
    ["iso8601", "  "],
    ["iso8601", "0001-01-01T00:00:00Z"],
    ["iso8601", "0001-01-01T00:00:00"],
    ["iso8601", "0001-01-01T08:00:00+08:00"],
    ["iso8601", "Mon, 01 Jan 0001 00:00:00 GMT"],
    ["iso8601", "1601-01-01T00:00:00Z"],
    ["iso8601", "1970-01-01T00:00:00Z"],
    ["iso8601", "1970-01-01T01:00:00+01:00"],
    ["iso8601", "Thu, 01 Jan 1970 00:00:00 GMT"],
    ["iso8601", "0000-00-00 00:00:00"],
    ["iso8601", "0000-00-00"],
    ["iso8601", 0],
    ["seconds", 0],
    ["seconds", "0"],
    ["milliseconds", -0],
    ["seconds", -62_135_596_800],
    ["milliseconds", -11_644_473_600_000],
    ["nanoseconds", ""],
  ] as const)("%s: %s is the same as none", (format, value) => {
    expect(read(format, value)).toEqual({ iso: isoTime({ ms: RUN, nanos: 0 }), code: "no_time" });
  });

  test.each([
    ["iso8601", "soon"],
    ["iso8601", "2024-02-30"],
    ["iso8601", "1970-01-20T16:13:20Z"],
    ["iso8601", "1979-12-31T23:59:59Z"],
    ["iso8601", "2200-01-01T00:00:00Z"],
    ["iso8601", "9999-12-31T23:59:59Z"],
    ["iso8601", 1_700_000_000],
    ["iso8601", "1700000000"],
    ["iso8601", true],
    ["iso8601", { $date: "2026-11-23" }],
    ["iso8601", ["2026-11-23"]],
    // In the wrong unit.
    ["milliseconds", 1_700_000_000],
    ["seconds", 1_700_000_000_000],
    ["microseconds", 1_700_000_000_000],
    ["nanoseconds", 1_700_000_000],
    ["seconds", 1e300],
    ["seconds", "x"],
    ["seconds", "2026-11-23"],
    ["seconds", { rawJSON: "1700000000" }],
    // What Go makes of the year 1 in nanoseconds.
    ["nanoseconds", "-6795364578871345152"],
  ] as const)("%s: %s is not readable", (format, value) => {
    expect(read(format, value)).toEqual({ iso: isoTime({ ms: RUN, nanos: 0 }), code: "unreadable_time" });
  });
});

test("the first pointer that leads to a time counts, and values that were passed over are reported", () => {
  const timeOf = recordTime(sourcesOf("seconds", "none", "zero", "b", "a"), RUN);
  expect(timeOf({ raw: { zero: 0, a: 1_700_000_000, b: 1_800_000_000 } })).toEqual({ ms: 1_800_000_000_000, nanos: 0 });
  const { ms, fault } = timeOf({ raw: { zero: "x", a: 1_700_000_000, b: "y" } });
  expect(ms).toBe(AT);
  expect(fault).toMatchObject({ code: "skipped_time", value: "x", source: { from: "/raw/zero" } });
  expect(timeOf.sources.map(({ tried, isFound }) => [tried, isFound])).toEqual([
    [2, false],
    [2, true],
    [2, true],
    [1, true],
  ]);
});

test("without pointers it is the time of the run, and nothing is missing", () => {
  expect(recordTime([], RUN)({ raw: {} })).toEqual({ ms: RUN, nanos: 0 });
});
