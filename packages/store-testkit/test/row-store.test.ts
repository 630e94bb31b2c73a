// A good store across a network is blamed for nothing.
import { expect, test } from "vitest";
import rowstore from "./support/row-store.ts";
import { checkRowStore, failuresOf } from "./support/test-row-store.ts";

test("a good store passes every check that applies to it", async () => {
  const card = await checkRowStore(rowstore);
  expect(failuresOf(card)).toEqual([]);
  expect(card.ok).toBe(true);
  expect(card.checks.filter(({ result }) => result === "not asked").map(({ key }) => key)).toEqual(["in-order"]);
});
