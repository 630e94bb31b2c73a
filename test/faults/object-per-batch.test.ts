import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHost } from "@cloudmarker/core";
import { type Batch, defineStore, UnknownOutcomeError } from "@cloudmarker/store-api";
import { batchId } from "@cloudmarker/store-kit/batches";
import { expect, test } from "vitest";

test("a store that names objects so has each record once, though answers are lost and the run is repeated (SC-65)", async () => {
  const objects = new Map<string, string[]>();
  const plugin = defineStore({
    name: "objects",
    apiVersion: 1,
    params: { type: "object" },
    supports: { idempotent: true },
    open: () => ({
      write(batch: Batch) {
        const name = batchId(batch);
        const isNew = !objects.has(name);
        objects.set(
          name,
          batch.map(({ json }) => json),
        );
        // The object is there, and nobody hears of it.
        if (isNew) throw new UnknownOutcomeError("timeout", "No answer.");
      },
    }),
  });
  for (const _ of ["run", "the same run again"]) {
    const host = createHost({
      run: "20260101_000000",
      stateDir: mkdtempSync(join(tmpdir(), "cloudmarker-batch-id-")),
      stores: { objects: { plugin, delivery: { batch: { records: 10 }, retry: { min: 1, max: 5 } } } },
    });
    // oxlint-disable-next-line no-await-in-loop -- one run after the other
    await host.write(Array.from({ length: 50 }, (_one, n) => ({ n })));
    // oxlint-disable-next-line no-await-in-loop -- as above
    expect(await host.done()).toMatchObject({ ok: true, stores: [{ written: 50 }] });
  }
  expect(objects.size).toBe(5);
  expect(new Set([...objects.values()].flat()).size).toBe(50);
});
