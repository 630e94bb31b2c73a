import { expect, test } from "vitest";
import { sizeWords } from "../src/size-words.ts";

test.each([
  [0, "0 bytes"],
  [1, "1 byte"],
  [1023, "1023 bytes"],
  [1024, "1 KiB"],
  [1536, "1.5 KiB"],
  [4 * 1024 ** 3, "4 GiB"],
  [1_048_575, "1024 KiB"],
  [71_963_570_176, "67 GiB"],
  [2 ** 50, "1024 TiB"],
])("%d is %s, in the units of the configuration (issue 14)", (bytes, words) => {
  expect(sizeWords(bytes)).toBe(words);
});
