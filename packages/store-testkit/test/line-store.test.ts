// A good store on a disk is blamed for nothing.
import { join } from "node:path";
import { expect, test } from "vitest";
import linestore from "./support/line-store.ts";
import { checkLineStore, failuresOf } from "./support/test-stores.ts";

/** The whole suite waits for many time limits. */
const LIMIT = { timeout: 240_000 };

test("a good store on a disk passes every check that applies to it", LIMIT, async () => {
  const card = await checkLineStore(linestore, join(import.meta.dirname, "support/line-store.ts"));
  expect(failuresOf(card)).toEqual([]);
  const passed = card.checks.filter(({ result }) => result === "passed").map(({ key }) => key);
  expect(passed).toEqual(
    expect.arrayContaining(["there-at-that-moment", "in-order", "keeps-digits", "killed-acknowledged"]),
  );
});
