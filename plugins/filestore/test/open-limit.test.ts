import { expect, test } from "vitest";
import { openFilesLimit, openFilesOf } from "../src/open-limit.ts";

/** A part of `/proc/self/limits`. */
function limits(soft: string): string {
  return [
    "Limit                     Soft Limit           Hard Limit           Units     ",
    "Max processes             31331                31331                processes ",
    `Max open files            ${soft.padEnd(20)} 524288               files     `,
    "Max locked memory         8388608              8388608              bytes     ",
  ].join("\n");
}

test.each([
  [limits("64"), 16],
  [limits("20"), 8],
  [limits("1024"), 256],
  [limits("524288"), 4096],
  [limits("unlimited"), 4096],
  ["", 256],
])("a quarter of the process' limit, within bounds (L-82)", (text, expected) => {
  expect(openFilesOf(text)).toBe(expected);
});

test("the limit of this process is found, or the usual one taken (L-82)", async () => {
  const limit = await openFilesLimit();
  expect(limit).toBeGreaterThanOrEqual(8);
  expect(limit).toBeLessThanOrEqual(4096);
});
