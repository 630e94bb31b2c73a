import { describe, expect, test } from "vitest";
import { CASES } from "./cases/index.ts";
import { scoreOf } from "./score.ts";

describe.each(Object.entries(CASES))("%s", (_kind, cases) => {
  test.each(cases.map((one) => [one.name, one] as const))("%s", async (_name, one) => {
    expect(await scoreOf(one)).toEqual({ points: 3, lacks: [] });
  });
});

test("there are more than a hundred different configurations with mistakes", () => {
  const files = Object.values(CASES).flatMap((cases) => cases.map(({ yaml }) => yaml));
  expect(new Set(files).size).toBe(files.length);
  expect(files.length).toBeGreaterThan(100);
});
