// A good store across a network is blamed for nothing.
import { join } from "node:path";
import { expect, test } from "vitest";
import rowstore from "./support/row-store.ts";
import { checkRowStore, failuresOf } from "./support/test-stores.ts";

/** The whole suite waits for many time limits. */
const LIMIT = { timeout: 240_000 };

test("a good store across a network passes every check that applies to it", LIMIT, async () => {
  const card = await checkRowStore(rowstore, join(import.meta.dirname, "support/row-store.ts"));
  expect(failuresOf(card)).toEqual([]);
  expect(card.ok).toBe(true);
  expect(card.checks.filter(({ result }) => result === "not asked").map(({ key }) => key)).toEqual([
    "in-order",
    "whole-batch-once",
    "thread-in-order",
    "thread-whole-batch-once",
  ]);
});
