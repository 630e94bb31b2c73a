import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { colorsFor, count, duration, grouped, plain } from "../../src/render/text.ts";

test("numbers are grouped by thousands", () => {
  expect([0, 999, 1000, 1_234_567].map(grouped)).toEqual(["0", "999", "1,000", "1,234,567"]);
  expect([count(1, "record"), count(2000, "record")]).toEqual(["1 record", "2,000 records"]);
});

test("durations are short", () => {
  expect([0, 420, 9_949, 75_400, 725_000].map(duration)).toEqual(["0.0 s", "0.4 s", "9.9 s", "75 s", "12 min"]);
});

test("line breaks stay, other control characters and text that runs backwards do not", () => {
  expect(plain("a\nb\tc\u0007d\u202Ee")).toBe("a\nb c\uFFFDd\uFFFDe");
});

function isOn(stream: PassThrough, env: Record<string, string>): boolean {
  return colorsFor(stream, env).red("x") !== "x";
}

test("colours are for terminals, never with NO_COLOR, always with FORCE_COLOR", () => {
  const file = new PassThrough();
  const terminal = Object.assign(new PassThrough(), { isTTY: true });
  expect(isOn(file, {})).toBe(false);
  expect(isOn(terminal, {})).toBe(true);
  expect(isOn(terminal, { TERM: "dumb" })).toBe(false);
  expect(isOn(terminal, { NO_COLOR: "1", FORCE_COLOR: "1" })).toBe(false);
  expect(isOn(file, { FORCE_COLOR: "1" })).toBe(true);
  expect(isOn(file, { FORCE_COLOR: "0" })).toBe(false);
});
