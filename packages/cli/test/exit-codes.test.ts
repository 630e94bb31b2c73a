import { CloudmarkerError, ConfigError, EXIT } from "@cloudmarker/core";
import { expect, test } from "vitest";
import { EXIT_TABLE, UsageError, exitOf, worst } from "../src/exit-codes.ts";

test("the table has every exit code once", () => {
  expect(EXIT_TABLE.map((row) => row.code).toSorted((a, b) => a - b)).toEqual(
    Object.values(EXIT).toSorted((a, b) => a - b),
  );
});

test("the worst of what happened wins: unreadable input over undelivered records, a bug over all", () => {
  expect(worst([])).toBe(0);
  expect(worst([1, 65])).toBe(65);
  expect(worst([65, 1, 0])).toBe(65);
  expect(worst([65, 70, 78])).toBe(70);
});

test("an error has the exit code of the errors table; an unknown error is a bug", () => {
  expect(exitOf(new CloudmarkerError("INPUT_MALFORMED", "x"))).toBe(65);
  expect(exitOf(new ConfigError([]))).toBe(78);
  expect(exitOf(new UsageError("x"))).toBe(64);
  expect(exitOf(new TypeError("x"))).toBe(70);
});
