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
  ["2026-1-5", Date.UTC(2026, 0, 5)],
  ["2026-11", Date.UTC(2026, 10, 1)],
])("%s has no offset, so it is UTC, wherever it is read", (value, ms) => {
  vi.stubEnv("TZ", "America/New_York");
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(new Date(0).getTimezoneOffset()).not.toBe(0);
  expect(recordTime([{ from: "/raw/at", format: "iso8601" }], RUN)(recordOf({ at: value }))).toBe(ms);
});

test.each([
  ["2026-11-23 14:53:14+05:30", "09:23:14.000"],
  ["2026-11-23 14:53:14 +0530", "09:23:14.000"],
  ["2026-11-23 14:53:14 -0500", "19:53:14.000"],
  ["2026-11-23T14:53:14-0500", "19:53:14.000"],
  ["2026-11-23 14:53+05:30", "09:23:00.000"],
  ["2026-11-23T14:53:14+05", "09:53:14.000"],
  ["2026-11-23 14:53:14.123456+00", "14:53:14.123"],
  ["2026-11-23 14:53:14.123456-05", "19:53:14.123"],
  ["2026-11-23T14:53:14.123456789+05:30", "09:23:14.123"],
  ["2026-11-23T14:53:14,5Z", "14:53:14.500"],
  ["2026-11-23 14:53:14,5", "14:53:14.500"],
  ["2026-11-23 14:53:14,25 -05:00", "19:53:14.250"],
  ["2026-11-23t14:53:14z", "14:53:14.000"],
  ["2026-11-23 14:53:14z", "14:53:14.000"],
  ["2026-11-23t14:53:14-05:00", "19:53:14.000"],
  ["2026-11-23 14:53:14 UTC", "14:53:14.000"],
  ["2026-11-23 14:53:14 GMT+2", "12:53:14.000"],
  ["2026-11-23 2:53:14 PM", "14:53:14.000"],
  ["2026-11-23  14:53:14", "14:53:14.000"],
  ["2026-11-23 09:53:14 EST", "14:53:14.000"],
])("%s has an offset, or a form of its own, and is read as it says", (value, time) => {
  vi.stubEnv("TZ", "America/New_York");
  onTestFinished(() => void vi.unstubAllEnvs());
  const ms = recordTime([{ from: "/raw/at", format: "iso8601" }], RUN)(recordOf({ at: value }));
  expect(new Date(ms).toISOString()).toBe(`2026-11-23T${time}Z`);
});

test.each([
  ["iso8601", "12"],
  ["iso8601", "2026-11-23T14:53:14+25:00"],
  ["iso8601", "2026-11-23 14:53:14+25:00"],
  ["iso8601", "2026-11-23 14:53:14 +05:75"],
  ["iso8601", "2026-11-23 25:53:14"],
  ["iso8601", "2026-11-23 14:53.5"],
  ["iso8601", "2026-11-23 14:53:14 +0200 CEST"],
  ["iso8601", "2026-11-23+05:30"],
  ["iso8601", "2026-W48-1"],
  ["iso8601", "2026-11-23T14:53:14 Mars"],
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
