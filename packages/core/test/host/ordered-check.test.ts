// L-12: in ordered delivery the store's own check distinguishes a record that it never takes from an outage.
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CheckReport, type StoreReceipt, UnknownOutcomeError, defineStore } from "@cloudmarker/store-api";
import { expect, it } from "vitest";
import { createHost } from "../../src/index.ts";

/** Runs ten records in order through a store that never takes the first one. */
async function run(check?: () => CheckReport): Promise<StoreReceipt | undefined> {
  let isWriting = false;
  const plugin = defineStore({
    name: "inorder",
    apiVersion: 1,
    params: { type: "object" },
    supports: { ordered: true },
    open: () => ({
      async write(batch) {
        isWriting = true;
        await new Promise((resolve) => setImmediate(resolve));
        isWriting = false;
        if (batch.some(({ json }) => json.includes('"n":0')))
          throw new UnknownOutcomeError("connection_lost", "closed");
      },
      ...(check && {
        check() {
          if (isWriting) throw new Error("it is writing");
          return check();
        },
      }),
    }),
  });
  const stateDir = await mkdtemp(join(tmpdir(), "cloudmarker-inorder-"));
  const delivery = { retry: { min: 1, max: 2 }, batch: { records: 4 }, deadline: "1s", spool: false };
  const host = createHost({ stateDir, stores: { inorder: { plugin, delivery } } });
  await host.write(Array.from({ length: 10 }, (_, n) => ({ n })));
  return (await host.done()).stores[0];
}

it("a record at the head is found while the store is well", async () => {
  const receipt = await run(() => ({ ok: true, code: "ok", message: "It is well." }));
  expect(receipt).toMatchObject({ written: 9, deadLettered: 1, reasons: [{ code: "connection_lost" }] });
});

it.each<[string, (() => CheckReport) | undefined]>([
  ["is not well", () => ({ ok: false, code: "down", message: "It is not well." })],
  [
    "cannot be asked",
    () => {
      throw new Error("refused");
    },
  ],
  ["has no check", undefined],
])("no record is given up for it if the store %s", async (_, check) => {
  const receipt = await run(check);
  expect(receipt).toMatchObject({ written: 0, deadLettered: 10, reasons: [{ code: "deadline", count: 10 }] });
});
