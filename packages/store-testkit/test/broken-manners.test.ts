// Stores that differ from a good one in one line, and deliver every record: but the plugin is wrong in another way.
import { expect, test } from "vitest";
import { BROKEN } from "./support/broken-stores.ts";
import { ABOUT_RECORDS, catchBroken } from "./support/catch-broken.ts";

catchBroken((clause) => !ABOUT_RECORDS.has(clause));

test("the family has at least 40 members", () => {
  expect(BROKEN.length).toBeGreaterThanOrEqual(40);
  expect(new Set(BROKEN.map(({ name }) => name)).size).toBe(BROKEN.length);
});
