import { expect, test } from "vitest";
import { epochSeconds, parseEpoch } from "../../src/time/index.ts";

const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

test.each([
  ["seconds", 1_700_000_000, "1700000000"],
  ["seconds", 1_700_000_000.123, "1700000000.123"],
  ["seconds", 1_700_000_000.123456, "1700000000.123456000"],
  ["seconds", "1700000000", "1700000000"],
  ["seconds", " 1700000000.000000001 ", "1700000000.000000001"],
  ["seconds", rawJSON("1700000000.123456789123"), "1700000000.123456789"],
  ["seconds", "1.7e9", "1700000000"],
  ["seconds", -1, "-1"],
  ["milliseconds", 1_700_000_000_123, "1700000000.123"],
  ["milliseconds", "1700000000123.5", "1700000000.123500000"],
  ["microseconds", 1_700_000_000_123_456, "1700000000.123456000"],
  ["microseconds", "1700000000123456", "1700000000.123456000"],
  ["nanoseconds", rawJSON("1700000000123456789"), "1700000000.123456789"],
  ["nanoseconds", "1700000000123456789", "1700000000.123456789"],
  ["nanoseconds", 1_700_000_000_000_000_000, "1700000000"],
] as const)("%s: %s", (unit, value, seconds) => {
  const time = parseEpoch(value, unit);
  expect(time && epochSeconds(time)).toBe(seconds);
});

test.each([
  "",
  " ",
  "x",
  "0x10",
  "1_000",
  "1700000000Z",
  null,
  true,
  {},
  [1],
  { rawJSON: "1" },
  Number.NaN,
  "9".repeat(1_000_000),
])("%s is not a number", (value) => {
  expect(parseEpoch(value, "seconds")).toBeUndefined();
});
