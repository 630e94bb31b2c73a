import { expect, test } from "vitest";
import { batchId } from "../../src/batches/index.ts";

const idsOf = (...ids: string[]): { id: string }[] => ids.map((id) => ({ id: id.padStart(32, "0") }));

test("a batch has a name of its own: the same records in the same order (SC-65)", () => {
  const name = batchId(idsOf("1", "2", "3"));
  expect(name).toMatch(/^[0-9a-f]{32}$/u);
  expect(batchId(idsOf("1", "2", "3"))).toBe(name);
  const others = [idsOf("1", "2"), idsOf("2", "1", "3"), idsOf("1", "2", "3", "4"), []].map(batchId);
  expect(new Set([name, ...others]).size).toBe(5);
});
