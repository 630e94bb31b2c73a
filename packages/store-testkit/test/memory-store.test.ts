import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHost, type DeliveryConfig } from "@cloudmarker/core";
import { afterAll, expect, test } from "vitest";
import { blockedStore, hangingStore, memoryStore, type MemoryStore, refusingStore, slowStore } from "../src/index.ts";

const stateDir = mkdtempSync(join(tmpdir(), "testkit-"));
afterAll(() => rmSync(stateDir, { recursive: true, force: true }));

async function receiptOf(store: MemoryStore, delivery: DeliveryConfig, deadlineMs?: number) {
  const host = createHost({ stores: { store: { plugin: store, delivery } }, stateDir });
  await host.write([{ n: 1 }, { n: 2 }]);
  return host.done(deadlineMs === undefined ? {} : { deadlineMs });
}

test("the memory store keeps the records in order", async () => {
  const store = memoryStore();
  const receipt = await receiptOf(store, {});
  expect(receipt.ok).toBe(true);
  expect(store.records.map(({ value }) => value.raw)).toEqual([{ n: 1 }, { n: 2 }]);
});

test("the refusing store makes dead letters", async () => {
  const { stores } = await receiptOf(refusingStore(), {});
  expect(stores).toMatchObject([{ deadLettered: 2, reasons: [{ code: "refused", count: 2 }] }]);
});

test("the slow store takes its time and keeps the records", async () => {
  const store = slowStore({ ms: 1 });
  expect(await receiptOf(store, {})).toMatchObject({ ok: true });
  expect(store.records).toHaveLength(2);
});

test("what the hanging store does not answer waits for the next run", async () => {
  const { stores } = await receiptOf(hangingStore(), { timeout: "20ms" }, 100);
  expect(stores).toMatchObject([{ written: 0, spooled: 2 }]);
});

test("the blocked store gives no record up, and the receipt names the problem", async () => {
  const { stores } = await receiptOf(blockedStore(), {}, 100);
  expect(stores).toMatchObject([{ spooled: 2, deadLettered: 0, problem: { code: "no_permission" } }]);
});
