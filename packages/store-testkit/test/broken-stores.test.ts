// Stores that differ from a good one in one line: each is caught by the clause that it breaks, and by no other.
import { afterEach, expect, test } from "vitest";
import { formatReport } from "../src/index.ts";
import { BROKEN, makeBroken } from "./support/broken-stores.ts";
import { checkRowStore } from "./support/test-row-store.ts";

afterEach(() => void process.removeAllListeners("SIGUSR2"));

test.each(BROKEN.map((broken) => [broken.name, broken.clause, broken] as const))("%s: %s", async (_, clause, broken) => {
  const card = await checkRowStore(await makeBroken(broken));
  const failed = card.checks.filter(({ result }) => result === "failed");
  expect([...new Set(failed.map((check) => check.clause))], formatReport(card)).toEqual([clause]);
});
