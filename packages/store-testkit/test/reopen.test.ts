// A store whose client never connects again: it passes if it asks to be opened again (SC-67), and is caught if not.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { StorePlugin } from "@cloudmarker/store-api";
import { Examination } from "../src/conformance.ts";
import { plain } from "../src/lab.ts";
import { CHECKS } from "../src/table.ts";
import { rowStoreTest } from "./support/test-stores.ts";

const folder = mkdtempSync(join(import.meta.dirname, "reopen-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const CONNECTS = "if (!socket) socket = await (opening ??= open().finally(() => (opening = undefined)));";

/** The good store, with a client that is made once. */
async function storeWith(options: string): Promise<StorePlugin> {
  const once = `const closed = (): never => {
        throw new RetryError("closed", "The client is closed for good."${options});
      };
      const made = await (opening ??= open()).catch(closed);
      socket = made.destroyed ? closed() : made;`;
  const good = readFileSync(join(import.meta.dirname, "support", "row-store.ts"), "utf8");
  expect(good).toContain(CONNECTS);
  const path = join(folder, `store-${options.length}.ts`);
  writeFileSync(path, good.replace(CONNECTS, once));
  return ((await import(path)) as { default: StorePlugin }).default;
}

test.each([
  ["asks to be opened again: every record arrives", ", { reopen: true }", "SC-67 restart-arrives", "passed"],
  ["does not ask: it is caught", "", "SC-15 cut-arrives", "failed"],
] as const)("a store that cannot connect again, and %s", { timeout: 60_000 }, async (_, options, name, result) => {
  const examination = new Examination(plain(rowStoreTest(await storeWith(options))));
  try {
    const check = CHECKS.find(({ clause, key }) => `${clause} ${key}` === name);
    if (!check) throw new Error(`there is no check ${name}`);
    expect(await examination.make(check)).toMatchObject({ result });
  } finally {
    await examination.end();
  }
});
