import { cp, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Batch, defineStore, reject, RetryError } from "@cloudmarker/store-api";
import { beforeEach, describe, expect, it } from "vitest";
import { createHost, type HostOptions, openState, type RunSummary } from "../../src/index.ts";

const RUN = "20260101_000000";

let stateDir: string;
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "cloudmarker-spool-"));
});

/** A back end that can be away, and that keeps the documents by id. */
class BackEnd {
  isAway = false;
  flushes = true;
  readonly documents = new Map<string, string>();
  /** How often a document came that was there. */
  twice = 0;
  refuses: (n: number) => boolean = () => false;

  readonly plugin = defineStore({
    name: "search",
    apiVersion: 1,
    params: { type: "object" },
    open: () => ({ write: (batch) => this.#write(batch) }),
  });

  /** The same, acknowledged before it is durable. */
  readonly flushing = defineStore({
    name: "search",
    apiVersion: 1,
    params: { type: "object" },
    open: () => ({
      write: (batch) => this.#write(batch),
      flush: () => this.#flush(),
      done: async () => this.#flush(),
    }),
  });

  async #flush(): Promise<void> {
    if (!this.flushes) throw new Error("The disk is full.");
  }

  #write(batch: Batch) {
    if (this.isAway) throw new RetryError("away", "The back end is away.");
    return batch.flatMap((record, index) => {
      const { n } = record.value.raw as { n: number };
      if (this.refuses(n)) return [reject(index, "mapping", "no such field")];
      if (this.documents.has(record.id)) this.twice++;
      this.documents.set(record.id, record.json);
      return [];
    });
  }

  get numbers(): number[] {
    return [...this.documents.values()].map((json) => (JSON.parse(json) as { raw: { n: number } }).raw.n);
  }
}

function hostOf(backEnd: BackEnd, options: HostOptions = {}) {
  const named = options.resume === undefined ? { run: RUN } : {};
  return createHost({
    stateDir,
    stores: { search: { plugin: backEnd.plugin, delivery: { batch: { records: 10 }, retry: { min: 1, max: 5 } } } },
    ...named,
    ...options,
  });
}

function numbered(count: number, first = 0): { n: number }[] {
  return Array.from({ length: count }, (_, at) => ({ n: first + at }));
}

const journals = (): Promise<string[]> => readdir(join(stateDir, "runs"));

async function runsOf(): Promise<readonly RunSummary[]> {
  const state = await openState(stateDir);
  const runs = await state.runs();
  await state.close();
  return runs;
}

describe("what a store has not got at the deadline", () => {
  it("is spooled, and a resumed run delivers it and ends with the receipt of the whole run", async () => {
    const backEnd = new BackEnd();
    const host = hostOf(backEnd);
    await host.write(numbered(25));
    await host.flush();
    backEnd.isAway = true;
    await host.write(numbered(30, 25));
    const receipt = await host.done({ deadlineMs: 100 });
    expect(receipt).toMatchObject({ ok: false, complete: true, received: 55 });
    const [store] = receipt.stores;
    expect(store).toMatchObject({ accepted: 55, deadLettered: 0, lost: 0, duplicate: 0 });
    expect((store?.written ?? 0) + (store?.spooled ?? 0)).toBe(55);
    expect(store?.spooled).toBeGreaterThanOrEqual(30);
    expect(await journals()).toEqual([`${RUN}.db`, `${RUN}.run`]);

    expect(await runsOf()).toMatchObject([
      { run: RUN, status: "spooled", left: [{ audit: "default", store: "search", records: store?.spooled }], receipt },
    ]);

    backEnd.isAway = false;
    const second = hostOf(backEnd, { resume: RUN });
    const resumed: unknown[] = [];
    second.hooks.resume.tapPromise("see", async (run) => void resumed.push(run));
    const again = await second.done();
    const left = [{ audit: "default", store: "search", records: store?.spooled }];
    expect(resumed).toEqual([{ run: RUN, started: receipt.started, left, readsOn: false }]);
    expect(again).toMatchObject({ run: RUN, ok: true, complete: true, received: 55, started: receipt.started });
    expect(again.stores).toMatchObject([{ accepted: 55, written: 55, spooled: 0, deadLettered: 0, lost: 0 }]);
    expect(backEnd.numbers.toSorted((a, b) => a - b)).toEqual(numbered(55).map(({ n }) => n));
    expect(backEnd.twice).toBe(0);
    expect(await journals()).toEqual([]);
    expect(await runsOf()).toMatchObject([{ run: RUN, status: "delivered", left: [], receipt: again }]);
  });

  it("of a store that flushes is what it has not made durable", async () => {
    const backEnd = new BackEnd();
    backEnd.flushes = false;
    const host = hostOf(backEnd, {
      stores: { search: { plugin: backEnd.flushing, delivery: { batch: { records: 10 } } } },
    });
    await host.write(numbered(30));
    await host.flush();
    const { stores } = host.stats();
    expect(stores).toMatchObject([{ accepted: 30, written: 30 }]);
    const receipt = await host.done({ deadlineMs: 100 });
    expect(receipt.stores).toMatchObject([
      { accepted: 30, written: 0, spooled: 30, problem: { code: "STORE_DONE_FAILED" } },
    ]);
    backEnd.flushes = true;
    const again = hostOf(backEnd, { resume: RUN, stores: { search: backEnd.flushing } });
    expect(await again.done()).toMatchObject({ ok: true, stores: [{ accepted: 30, written: 30, spooled: 0 }] });
  });

  it("is kept when the run is stopped, and the dead letters of it count on", async () => {
    const backEnd = new BackEnd();
    backEnd.refuses = (n) => n % 10 === 0;
    const controller = new AbortController();
    const host = hostOf(backEnd, { signal: controller.signal });
    await host.write(numbered(20));
    await host.flush();
    backEnd.isAway = true;
    await host.write(numbered(10, 20));
    controller.abort(new Error("enough"));
    const receipt = await host.done();
    expect(receipt).toMatchObject({ ok: false, complete: false, incompleteReason: "The run was stopped: enough" });
    expect(receipt.stores).toMatchObject([{ accepted: 30, written: 18, deadLettered: 2, spooled: 10 }]);
    backEnd.isAway = false;
    const again = await hostOf(backEnd, { resume: RUN }).done();
    expect(again).toMatchObject({ ok: false, complete: false, incompleteReason: receipt.incompleteReason });
    expect(again.stores).toMatchObject([
      { accepted: 30, written: 27, deadLettered: 3, spooled: 0, reasons: [{ code: "mapping", count: 3 }] },
    ]);
  });

  it("is a dead letter once, though the journal does not say so: it had no room (issue 14)", async () => {
    const backEnd = new BackEnd();
    backEnd.isAway = true;
    const first = hostOf(backEnd);
    await first.write(numbered(20));
    await first.done({ deadlineMs: 50 });
    const before = `${stateDir}-before`;
    await cp(join(stateDir, "runs"), before, { recursive: true });
    const second = hostOf(backEnd, { resume: RUN });
    backEnd.refuses = (n) => n < 5 || ((backEnd.isAway = true), false);
    backEnd.isAway = false;
    const receipt = await second.done({ deadlineMs: 50 });
    const [store] = receipt.stores;
    expect(store).toMatchObject({ accepted: 20, written: 5, deadLettered: 5, spooled: 10 });
    await rm(join(stateDir, "runs"), { recursive: true });
    await rename(before, join(stateDir, "runs"));
    // What was acknowledged is sent again, and the dead letters are not.
    expect(await runsOf()).toMatchObject([{ status: "spooled", left: [{ records: 15 }] }]);

    backEnd.refuses = () => false;
    backEnd.isAway = false;
    const last = await hostOf(backEnd, { resume: RUN }).done();
    expect(last).toMatchObject({
      ok: false,
      received: 20,
      stores: [{ accepted: 20, written: 15, deadLettered: 5, lost: 0, reasons: [{ code: "mapping", count: 5 }] }],
    });
    expect(backEnd.numbers.toSorted((a, b) => a - b)).toEqual(numbered(15, 5).map(({ n }) => n));
  });

  it("counts as lost at once if the journal has it no more, though the store is away (issue 14)", async () => {
    const backEnd = new BackEnd();
    backEnd.isAway = true;
    const first = hostOf(backEnd);
    await first.write(numbered(10));
    await first.flush();
    await first.write(numbered(15, 10));
    await first.done({ deadlineMs: 50 });
    const db = new DatabaseSync(join(stateDir, "runs", `${RUN}.db`));
    db.exec("INSERT INTO gone SELECT first, first + count FROM blocks WHERE first >= 10");
    db.exec("DELETE FROM blocks WHERE first >= 10");
    db.close();
    const gone = { accepted: 25, lost: 15, reasons: [{ code: "journal_lost", count: 15 }] };
    const second = hostOf(backEnd, { resume: RUN });
    expect(await second.done({ deadlineMs: 50 })).toMatchObject({ ok: false, stores: [{ ...gone, spooled: 10 }] });
    expect(await runsOf()).toMatchObject([{ left: [{ records: 10 }], missing: [] }]);
    backEnd.isAway = false;
    const last = await hostOf(backEnd, { resume: RUN }).done();
    expect(last).toMatchObject({ ok: false, received: 25, stores: [{ ...gone, written: 10, spooled: 0 }] });
  });

  it("says that a figure may be too low after a kill, also when it is resumed again (issue 14)", async () => {
    const backEnd = new BackEnd();
    const first = hostOf(backEnd);
    await first.write(numbered(10));
    await first.flush();
    backEnd.isAway = true;
    await first.write(numbered(10, 10));
    await first.flush();
    // What a kill leaves.
    const left = `${stateDir}-left`;
    await cp(join(stateDir, "runs"), join(left, "runs"), { recursive: true });
    await first.done({ deadlineMs: 50 });
    const note = "what it got in the last moments before the run was interrupted is not known, and is in no figure";
    const second = await hostOf(backEnd, { stateDir: left, resume: RUN }).done({ deadlineMs: 50 });
    expect(second.stores).toMatchObject([{ spooled: 10, notes: [note] }]);
    backEnd.isAway = false;
    const third = await hostOf(backEnd, { stateDir: left, resume: RUN }).done();
    expect(third.stores).toMatchObject([{ accepted: 20, written: 20, notes: [note] }]);
  });

  it("cannot be resumed by two at once, nor twice", async () => {
    const backEnd = new BackEnd();
    backEnd.isAway = true;
    const first = hostOf(backEnd);
    await first.write(numbered(5));
    await first.done({ deadlineMs: 50 });
    const second = hostOf(backEnd, { resume: RUN });
    await second.open();
    await expect(hostOf(backEnd, { resume: RUN }).open()).rejects.toMatchObject({ code: "RUN_IN_USE" });
    expect(await runsOf()).toMatchObject([{ run: RUN, status: "running" }]);
    backEnd.isAway = false;
    expect(await second.done()).toMatchObject({ ok: true });
    await expect(hostOf(backEnd, { resume: RUN }).open()).rejects.toMatchObject({ code: "RUN_UNKNOWN" });
  });

  it("is kept for a store that the configuration has no more, and told", async () => {
    const [here, gone] = [new BackEnd(), new BackEnd()];
    here.isAway = gone.isAway = true;
    const first = hostOf(here, { stores: { here: here.plugin, gone: gone.plugin } });
    await first.write(numbered(5));
    await first.done({ deadlineMs: 50 });
    here.isAway = gone.isAway = false;
    const receipt = await hostOf(here, { resume: RUN, stores: { here: here.plugin } }).done();
    expect(receipt.stores).toMatchObject([
      { store: "here", written: 5, spooled: 0 },
      { store: "gone", written: 0, spooled: 5 },
    ]);
    expect(await runsOf()).toMatchObject([{ status: "spooled", left: [{ store: "gone", records: 5 }] }]);
    const last = await hostOf(gone, { resume: RUN, stores: { gone: gone.plugin } }).done();
    expect(last).toMatchObject({
      ok: true,
      stores: [
        { store: "gone", written: 5 },
        { store: "here", written: 5 },
      ],
    });
  });

  it("becomes dead letters where spool is false", async () => {
    const backEnd = new BackEnd();
    backEnd.isAway = true;
    const host = hostOf(backEnd, { stores: { search: { plugin: backEnd.plugin, delivery: { spool: false } } } });
    await host.write(numbered(5));
    const receipt = await host.done({ deadlineMs: 50 });
    expect(receipt.stores).toMatchObject([{ deadLettered: 5, spooled: 0, reasons: [{ code: "deadline", count: 5 }] }]);
    expect(await journals()).toEqual([]);
  });
});
