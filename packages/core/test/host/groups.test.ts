import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineStore, RejectError, type StoreReceipt, type StoreRecord, TooLargeError } from "@cloudmarker/store-api";
import { type Group, groupBatch, sendGroups } from "@cloudmarker/store-kit/batches";
import { describe, expect, onTestFinished, test } from "vitest";
import { createHost } from "../../src/index.ts";

const RECORDS = 200;
const GROUPS = 4;

const numberOf = (record: StoreRecord): number => (record.value.raw as { readonly n: number }).n;

/** One run against a store that sends a request for each group; `refuse` throws what the server says to a request. */
async function run(refuse: (numbers: readonly number[]) => void, guarantee: "at-least-once" | "at-most-once") {
  const stored: number[] = [];
  const asked: number[] = [];
  const plugin = defineStore({
    name: "grouped",
    apiVersion: 1,
    params: { type: "object" },
    open: () => ({
      write: (batch, attempt) =>
        sendGroups(
          groupBatch(batch, (record) => String(numberOf(record) % GROUPS)),
          ({ records }: Group) => {
            const numbers = records.map(numberOf);
            asked.push(...numbers);
            refuse(numbers);
            stored.push(...numbers);
          },
          attempt,
        ),
    }),
  });
  const stateDir = mkdtempSync(join(tmpdir(), "cloudmarker-groups-"));
  onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }));
  const delivery = { guarantee, batch: { records: 100 }, retry: { min: 1, max: 2 } };
  const host = createHost({ stateDir, stores: { grouped: { plugin, delivery } } });
  await host.write(Array.from({ length: RECORDS }, (_, n) => ({ raw: { n }, ext: {}, com: {} })));
  const { stores } = await host.done();
  const [receipt] = stores as [StoreReceipt];
  expect(stored.length).toBe(new Set(stored).size);
  expect(receipt.written).toBe(stored.length);
  return { receipt, asked };
}

/** One in each group. */
const BAD: ReadonlySet<number> = new Set([0, 53, 106, 159]);

describe("a batch of several groups of which several are refused (SC-15, SC-16, SC-24)", () => {
  test.each(["at-least-once", "at-most-once"] as const)(
    "loses the bad record of each and no other, %s",
    async (once) => {
      const { receipt, asked } = await run((numbers) => {
        if (numbers.some((n) => BAD.has(n))) throw new RejectError("refused", "a record is bad");
      }, once);
      expect(receipt).toMatchObject({ written: RECORDS - BAD.size, deadLettered: BAD.size });
      expect(asked.length).toBeLessThan(RECORDS * 12);
    },
  );

  test("is halved until each request is small enough", async () => {
    const { receipt } = await run((numbers) => {
      if (numbers.length > 5) throw new TooLargeError("too many");
    }, "at-least-once");
    expect(receipt).toMatchObject({ written: RECORDS, deadLettered: 0 });
  });

  test("loses no good record if the error says nothing of the records", async () => {
    const { receipt } = await run((numbers) => {
      if (numbers.some((n) => BAD.has(n))) throw new Error("failed");
    }, "at-least-once");
    expect(receipt).toMatchObject({ written: RECORDS - BAD.size, deadLettered: BAD.size });
  });

  test("is not sent again at most once if an error says nothing, beside one that refuses", async () => {
    const { receipt, asked } = await run((numbers) => {
      if (numbers.includes(0)) throw new RejectError("refused", "a record is bad");
      if (numbers.includes(1)) throw new Error("failed");
    }, "at-most-once");
    expect(asked.filter((n) => n === 1)).toHaveLength(1);
    expect(receipt).toMatchObject({ written: RECORDS - 26, deadLettered: 26 });
  });
});
