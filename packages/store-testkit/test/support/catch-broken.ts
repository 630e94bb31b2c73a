import { afterEach, expect, test } from "vitest";
import { BROKEN, makeBroken } from "./broken-stores.ts";
import { checkLineStore, checkRowStore, failuresOf } from "./test-stores.ts";

/** Defines a test for each broken store of these clauses: that clause catches it, and no other. */
export function catchBroken(isMine: (clause: string) => boolean): void {
  // One of them does this to the process.
  afterEach(() => void process.removeAllListeners("SIGUSR2"));

  const mine = BROKEN.filter(({ clause }) => isMine(clause));
  test.each(mine.map((broken) => [broken.name, broken.clause, broken] as const))(
    "%s: %s",
    async (_, clause, broken) => {
      const { plugin, path } = await makeBroken(broken);
      // Only one of them is another one in a thread of its own.
      const module = clause === "SC-50" ? path : undefined;
      const card = broken.of === "line-store" ? await checkLineStore(plugin) : await checkRowStore(plugin, module);
      const failures = failuresOf(card);
      expect(failures.filter((failure) => !failure.startsWith(`${clause} `))).toEqual([]);
      expect(failures).not.toEqual([]);
    },
  );
}

/** Clauses about records and what is said of them. The others are about the plugin and its manners. */
export const ABOUT_RECORDS: ReadonlySet<string> = new Set([
  "SC-10",
  "SC-11",
  "SC-12",
  "SC-15",
  "SC-16",
  "SC-17",
  "SC-18",
  "SC-19",
  "SC-26",
  "SC-29",
  "SC-30",
  "SC-38",
]);
