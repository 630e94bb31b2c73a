import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Batch, defineStore, RetryError } from "@cloudmarker/store-api";
import { beforeEach, describe, expect, it } from "vitest";
import { createHost, type HostOptions, type InputPosition, openRunsIn, openState } from "../../src/index.ts";
import { noise } from "../../../../test/support/noise.ts";

const RUN = "20260101_000000";

let stateDir: string;
let seen: number[];
let isAway: boolean;
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "cloudmarker-goes-on-"));
  seen = [];
  isAway = false;
});

const search = defineStore({
  name: "search",
  apiVersion: 1,
  params: { type: "object" },
  open: () => ({
    write(batch: Batch) {
      if (isAway) throw new RetryError("away", "The back end is away.");
      seen.push(...batch.map((record) => (record.value.raw as { n: number }).n));
      return undefined;
    },
  }),
});

const hostOf = (options: HostOptions) => createHost({ stateDir, stores: { search }, ...options });

const numbered = (first: number, to: number) => Array.from({ length: to - first }, (_, at) => ({ n: first + at }));

describe("a run whose inputs are read on later", () => {
  it("keeps its journal though everything is delivered, and goes on where it stood (issue 14)", async () => {
    const host = hostOf({ run: RUN, about: ({ config }) => ({ files: config.files }) });
    await host.open();
    expect(host.keeps).toBe("records");
    expect(await openRunsIn(stateDir)).toEqual([RUN]);
    await host.write(numbered(0, 10));
    host.position(0, { records: 10 });
    const receipt = await host.done({ complete: false, goesOn: true });
    expect(receipt).toMatchObject({ ok: false, complete: false, received: 10, stores: [{ written: 10, spooled: 0 }] });
    const inputs: InputPosition[] = [{ input: 0, at: { records: 10 } }];
    const state = await openState(stateDir);
    expect(await state.runs()).toMatchObject([
      { run: RUN, status: "interrupted", left: [], about: { files: [] }, inputs: [{ at: { records: 10 } }] },
    ]);
    await state.close();

    const asked: unknown[] = [];
    const again = hostOf({ resume: { run: RUN, readsOn: (at) => asked.push(at) > 0 } });
    await again.write(numbered(10, 15));
    expect(await again.done()).toMatchObject({ ok: true, complete: true, received: 15, stores: [{ written: 15 }] });
    expect(asked).toMatchObject([inputs]);
    expect(seen).toEqual(numbered(0, 15).map(({ n }) => n));
    expect(await openRunsIn(stateDir)).toEqual([]);
  });

  it("has its claim while its stores are still being opened (issue 14)", async () => {
    const opened = Promise.withResolvers<void>();
    const slow = defineStore({
      ...search,
      name: "slow",
      open: () => opened.promise.then(() => ({ write: () => undefined })),
    });
    const host = hostOf({ run: RUN, stores: { slow } });
    await host.open();
    expect(await openRunsIn(stateDir)).toEqual([RUN]);
    opened.resolve();
    expect(await host.done()).toMatchObject({ ok: true });
    expect(await openRunsIn(stateDir)).toEqual([]);
    const state = await openState(stateDir);
    expect(await state.runs()).toMatchObject([{ run: RUN, status: "delivered", receipt: { ok: true } }]);
    await state.close();
  });

  it("can be interrupted again before what is known was read again: nothing counts as lost, and it adds up", async () => {
    const first = hostOf({ run: RUN });
    await first.write(numbered(0, 10));
    // No position: the inputs are read from their beginning.
    await first.done({ complete: false, goesOn: true });
    const second = hostOf({ resume: { run: RUN, readsOn: () => true } });
    await second.write(numbered(0, 4));
    expect(await second.done({ goesOn: true })).toMatchObject({
      complete: false,
      received: 10,
      stores: [{ accepted: 10, written: 10, spooled: 0, lost: 0 }],
    });
    const third = hostOf({ resume: { run: RUN, readsOn: () => true } });
    await third.write(numbered(0, 12));
    expect(await third.done()).toMatchObject({ ok: true, received: 12, stores: [{ accepted: 12, written: 12 }] });
    expect(seen).toEqual(numbered(0, 12).map(({ n }) => n));
  });

  it("is not ok if fewer records come than were known (issue 14)", async () => {
    const first = hostOf({ run: RUN });
    await first.write(numbered(0, 5));
    await first.done({ goesOn: true });
    const again = hostOf({ resume: { run: RUN, readsOn: () => true } });
    await again.write(numbered(0, 2));
    expect(await again.done()).toMatchObject({
      ok: false,
      complete: false,
      incompleteReason: "The inputs have fewer records than an earlier process of the run read of them.",
      received: 5,
      stores: [{ accepted: 5, written: 5, spooled: 0, lost: 0 }],
    });
  });

  describe("and whose journal is full (issue 14)", () => {
    const padded = (first: number, to: number) =>
      numbered(first, to).map((record) => ({ ...record, x: noise(20_000, record.n) }));
    const all = numbered(0, 120).map(({ n }) => n);
    /** How many of the 100 that were read are not on disk. */
    async function interrupted(): Promise<number> {
      isAway = true;
      const host = hostOf({ run: RUN, spool: { max_bytes: 1_500_000 } });
      await host.write(padded(0, 100));
      const { received, stores } = await host.done({ complete: false, goesOn: true, deadlineMs: 20 });
      expect([received, stores]).toMatchObject([100, [{ accepted: 100, spooled: 100 }]]);
      isAway = false;
      return stores[0]?.readAgain ?? 0;
    }

    it("tells what is in memory alone, and gets it when the inputs are read on", async () => {
      const missing = await interrupted();
      expect(missing).toBeGreaterThan(40);
      expect(missing).toBeLessThan(100);
      const again = hostOf({ resume: { run: RUN, readsOn: () => true } });
      await again.write(padded(0, 120));
      const receipt = await again.done();
      expect(receipt).toMatchObject({ ok: true, received: 120, stores: [{ accepted: 120, written: 120 }] });
      expect(receipt.stores[0]).not.toHaveProperty("readAgain");
      expect(seen.toSorted((a, b) => a - b)).toEqual(all);
    });

    it("counts it as lost if the inputs cannot be read on any more", async () => {
      const missing = await interrupted();
      expect(await hostOf({ resume: RUN }).done()).toMatchObject({
        ok: false,
        received: 100,
        stores: [
          {
            accepted: 100,
            written: 100 - missing,
            spooled: 0,
            lost: missing,
            reasons: [{ code: "journal_lost", count: missing }],
          },
        ],
      });
      expect(await openRunsIn(stateDir)).toEqual([]);
    });

    it("gives it up if the run is forgotten, and tells how much that is before", async () => {
      const missing = await interrupted();
      const state = await openState(stateDir);
      expect(await state.runs()).toMatchObject([
        { left: [{ records: 100 - missing }], missing: [{ audit: "default", store: "search", records: missing }] },
      ]);
      expect(await state.forget(RUN)).toEqual({ deadLettered: 100 - missing, lost: missing });
      await state.close();
    });

    it("delivers what is on disk while the inputs are away, and stays open until they are read on", async () => {
      const missing = await interrupted();
      for (const goesOn of [undefined, true]) {
        const away = hostOf({ resume: { run: RUN, readsOn: () => "later" } });
        // oxlint-disable-next-line no-await-in-loop -- one process after the other
        await away.open();
        // oxlint-disable-next-line no-await-in-loop -- as above
        await expect(away.write({ n: 1 })).rejects.toMatchObject({ code: "HOST_CLOSED" });
        // oxlint-disable-next-line no-await-in-loop -- as above
        expect(await away.done({ goesOn })).toMatchObject({
          ok: false,
          complete: false,
          received: 100,
          stores: [{ accepted: 100, written: 100 - missing, spooled: missing, lost: 0, readAgain: missing }],
        });
        // oxlint-disable-next-line no-await-in-loop -- as above
        expect(await openRunsIn(stateDir)).toEqual([RUN]);
      }
      const again = hostOf({ resume: { run: RUN, readsOn: () => true } });
      await again.write(padded(0, 120));
      expect(await again.done()).toMatchObject({ ok: true, received: 120, stores: [{ accepted: 120, written: 120 }] });
      expect(seen.toSorted((a, b) => a - b)).toEqual(all);
    });
  });

  it("delivers what is kept while more is read than the journal may take", async () => {
    isAway = true;
    const padded = (first: number, to: number) =>
      numbered(first, to).map((record) => ({ ...record, x: noise(20_000, record.n) }));
    const first = hostOf({ run: RUN });
    await first.write(padded(0, 50));
    first.position(0, { records: 50 });
    await first.write(padded(50, 100));
    expect(await first.done({ complete: false, goesOn: true, deadlineMs: 20 })).toMatchObject({
      stores: [{ spooled: 100 }],
    });
    isAway = false;
    const again = hostOf({ resume: { run: RUN, readsOn: () => true }, spool: { max_bytes: "1MiB" } });
    await again.write(padded(50, 120));
    expect(await again.done({ deadlineMs: 5_000 })).toMatchObject({
      ok: true,
      received: 120,
      stores: [{ written: 120 }],
    });
    expect(seen.toSorted((a, b) => a - b)).toEqual(numbered(0, 120).map(({ n }) => n));
  });
});
