// A good store across a network is blamed for nothing.
import { expect, test } from "vitest";
import { formatReport } from "../src/index.ts";
import rowstore from "./support/row-store.ts";
import { checkRowStore } from "./support/test-row-store.ts";

test("a good store passes every check that applies to it", async () => {
  const card = await checkRowStore(rowstore);
  expect(card, formatReport(card)).toMatchObject({ ok: true, failed: 0 });
  expect(card.checks.filter(({ result }) => result === "not asked").map(({ key }) => key)).toEqual(["in-order"]);
});
