import { expect, test } from "vitest";
import { nestsDeeper } from "../../src/batches/index.ts";

const arrays = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);
const objects = (levels: number): string => '{"":'.repeat(levels) + "1" + "}".repeat(levels);

test.each([
  ["arrays", arrays],
  ["objects", objects],
  ["both", (levels: number) => `[${objects(levels - 1)}]`],
  ["among others", (levels: number) => `[[],{},${arrays(levels - 1)},[]]`],
  ["behind strings with brackets", (levels: number) => `["\\\\\\"[[[[[[[[",${arrays(levels - 1)},"]]]]]]]]"]`],
])("counts the levels of %s", (_, nested) => {
  expect(nestsDeeper(nested(50), 50)).toBe(false);
  expect(nestsDeeper(nested(51), 50)).toBe(true);
});

test("takes many brackets side by side, or in a string, for no levels", () => {
  expect(nestsDeeper(`[${"[],{},".repeat(100)}1]`, 50)).toBe(false);
  expect(nestsDeeper(JSON.stringify([arrays(100), "\\", '"']), 50)).toBe(false);
});
