// Stores that differ from a good one in one line: each is caught by the clause that it breaks, and by no other.
import { afterEach, expect, test } from "vitest";
import { BROKEN, makeBroken } from "./support/broken-stores.ts";
import { checkLineStore, checkRowStore, failuresOf } from "./support/test-stores.ts";

// What two of them do to the process.
afterEach(() => void process.removeAllListeners("SIGUSR2"));

test.each(BROKEN.map((broken) => [broken.name, broken.clause, broken] as const))(
  "%s: %s",
  async (_, clause, broken) => {
    const check = broken.of === "line-store" ? checkLineStore : checkRowStore;
    const failures = failuresOf(await check(await makeBroken(broken)));
    expect(failures.filter((failure) => !failure.startsWith(`${clause} `))).toEqual([]);
    expect(failures).not.toEqual([]);
  },
);
