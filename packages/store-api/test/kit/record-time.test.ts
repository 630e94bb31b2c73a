import { expect, onTestFinished, test, vi } from "vitest";
import { recordTime } from "../../src/kit/index.ts";
import { recordOf } from "./support.ts";

const RUN = 1_000;

test.each([
  ["iso8601", "2026-11-23T14:53:14.5Z", Date.UTC(2026, 10, 23, 14, 53, 14, 500)],
  ["iso8601", "2026-11-23T14:53:14+02:00", Date.UTC(2026, 10, 23, 12, 53, 14)],
  ["seconds", 1_700_000_000.123, 1_700_000_000_123],
  ["seconds", "1700000000", 1_700_000_000_000],
  ["seconds", 0, 0],
  ["milliseconds", -5, -5],
  ["milliseconds", -62_167_219_200_000, -62_167_219_200_000],
  ["milliseconds", 253_402_300_799_999, 253_402_300_799_999],
  ["microseconds", 1_700_000_000_123_456, 1_700_000_000_123],
  [
    "nanoseconds",
    (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON("1700000000123456789"),
    1_700_000_000_123,
  ],
] as const)("%s: %s", (format, value, ms) => {
  expect(recordTime([{ from: "/raw/at", format }], RUN)(recordOf({ at: value }))).toBe(ms);
});

test.each([
  ["2026-11-23T14:53:14", Date.UTC(2026, 10, 23, 14, 53, 14)],
  ["2026-11-23 14:53", Date.UTC(2026, 10, 23, 14, 53)],
  ["2026-11-23", Date.UTC(2026, 10, 23)],
])("%s has no offset, so it is UTC, wherever it is read", (value, ms) => {
  vi.stubEnv("TZ", "America/New_York");
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(new Date(0).getTimezoneOffset()).not.toBe(0);
  expect(recordTime([{ from: "/raw/at", format: "iso8601" }], RUN)(recordOf({ at: value }))).toBe(ms);
});

test.each([
  ["iso8601", "12"],
  ["iso8601", "soon"],
  ["iso8601", 1_700_000_000],
  ["seconds", ""],
  ["seconds", "x"],
  ["seconds", null],
  ["seconds", 1e300],
  ["seconds", 253_402_300_800],
  ["milliseconds", -62_167_219_200_001],
  ["seconds", { rawJSON: "1" }],
] as const)("%s: %s is no time, so it is that of the run", (format, value) => {
  expect(recordTime([{ from: "/raw/at", format }], RUN)(recordOf({ at: value }))).toBe(RUN);
});

test("the first pointer that leads to a time counts", () => {
  const sources = ["/raw/no", "/raw/b", "/raw/a"].map((from) => ({ from, format: "milliseconds" as const }));
  expect(recordTime(sources, RUN)(recordOf({ a: 1, b: 2 }))).toBe(2);
});

test("without pointers the record is not even looked at", () => {
  const record = recordOf({});
  Object.defineProperty(record, "value", {
    get() {
      throw new Error("parsed");
    },
  });
  expect(recordTime([], RUN)(record)).toBe(RUN);
});
