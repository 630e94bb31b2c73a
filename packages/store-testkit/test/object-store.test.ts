// A store that names its files by their batches is blamed for nothing, and has a whole batch once (SC-65).
import { join } from "node:path";
import { expect, test } from "vitest";
import objectstore from "./support/object-store.ts";
import { checkObjectStore, failuresOf } from "./support/test-stores.ts";

test("a good store of whole batches passes every check that applies to it", { timeout: 240_000 }, async () => {
  const card = await checkObjectStore(objectstore, join(import.meta.dirname, "support/object-store.ts"));
  expect(failuresOf(card)).toEqual([]);
  const passed = card.checks.filter(({ result }) => result === "passed").map(({ key }) => key);
  expect(passed).toEqual(expect.arrayContaining(["whole-batch-once", "there-at-that-moment"]));
});
