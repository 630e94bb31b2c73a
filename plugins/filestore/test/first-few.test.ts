import { expect, test } from "vitest";
import { firstFew } from "../src/first-few.ts";

function sentences(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `${n}.`);
}

test("up to ten sentences are kept; of more the first ten, with the number of the others", () => {
  expect(firstFew(sentences(10), "files")).toEqual(sentences(10));
  expect(firstFew(sentences(15), "files")).toEqual([...sentences(10), "There are 5 more such files."]);
});
