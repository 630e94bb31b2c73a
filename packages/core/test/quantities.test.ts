import { expect, test } from "vitest";
import { parseBytes, parseDuration } from "../src/quantities.ts";

test("durations are milliseconds or numbers with ms, s, m, h or d", () => {
  const read = [0, 250, "500ms", "1.5s", "60s", "5m", "1h", " 2 s ", "90d"].map(parseDuration);
  expect(read).toEqual([0, 250, 500, 1500, 60_000, 300_000, 3_600_000, 2000, 7_776_000_000]);
});

test("sizes are bytes or numbers with decimal or binary units, in any case", () => {
  const read = [0, 1, "7B", "5MB", "512KiB", "16mib", "1.5 GiB", "2kb", "1GB", "2tb", "1TiB"].map(parseBytes);
  expect(read).toEqual([0, 1, 7, 5_000_000, 524_288, 16_777_216, 1_610_612_736, 2000, 1_000_000_000, 2e12, 1024 ** 4]);
});

test("anything else is nonsense", () => {
  for (const value of [
    "",
    "5",
    "s",
    "5 parsecs",
    "-1s",
    "1e3s",
    "5s5s",
    "0x10s",
    -1,
    Number.NaN,
    Infinity,
    true,
    null,
    [],
    "5constructor",
  ]) {
    expect([value, parseDuration(value), parseBytes(value)]).toEqual([value, undefined, undefined]);
  }
  expect(parseBytes(1.5)).toBeUndefined();
  expect(parseBytes("5s")).toBeUndefined();
  expect(parseDuration("5MB")).toBeUndefined();
});
