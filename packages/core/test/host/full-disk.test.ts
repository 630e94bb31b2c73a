import { randomBytes } from "node:crypto";
import { statSync, writeFileSync } from "node:fs";
import { mkdtemp, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { createHost, type Host, type HostOptions, openRunsIn, openState } from "../../src/index.ts";
import { noise } from "../../../../test/support/noise.ts";
import { canMount, mounted } from "../state/support.ts";
import { BackEnd } from "../support/back-end.ts";

const RUN = "20260101_000000";
const MIB = 1024 ** 2;

/** More than fits into memory and onto a disk of 2 MiB. */
const COUNT = 700;
const RECORD_BYTES = 64 * 1024;

let stateDir: string;
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "cloudmarker-full-"));
});

interface Tried {
  readonly host: Host;
  readonly given: { readonly code: string; readonly n: number }[];
  readonly failures: string[];
}

/** A host that notes what becomes dead letters, and keeps it nowhere. */
function hostOf(stores: Readonly<Record<string, BackEnd>>, options: HostOptions, queueBytes: number = MIB): Tried {
  const delivery = { batch: { records: 10 }, queue: { records: 10_000, bytes: queueBytes }, retry: { min: 1, max: 5 } };
  const entries = Object.entries(stores).map(([key, { plugin }]) => [key, { plugin, delivery }] as const);
  const named = options.resume === undefined ? { run: RUN } : {};
  const host = createHost({ stateDir, stores: Object.fromEntries(entries), ...named, ...options });
  const given: { code: string; n: number }[] = [];
  const failures: string[] = [];
  host.hooks.deadLetter.tapPromise("noted", async (letters) => {
    for (const { code, json } of letters) given.push({ code, n: (JSON.parse(json) as { raw: { n: number } }).raw.n });
    return true;
  });
  host.hooks.failed.tap("noted", ({ code }) => void failures.push(code));
  return { host, given, failures };
}

function* records(): Generator<object> {
  for (let n = 0; n < COUNT; n++) yield { n, filling: noise(RECORD_BYTES, n) };
}

const twenty = (first: number): { n: number }[] => Array.from({ length: 20 }, (_, at) => ({ n: first + at }));
const all = Array.from({ length: COUNT }, (_, n) => n);
const sorted = (numbers: readonly number[]): number[] => numbers.toSorted((a, b) => a - b);

describe("where spool.max_bytes is reached", () => {
  it("producers wait until the store takes records again (when_full: block)", async () => {
    const backEnd = new BackEnd("away");
    const { host, given, failures } = hostOf({ search: backEnd }, { spool: { max_bytes: 2 * MIB } });
    const acceptedThen = new Promise<number>((resolve) => {
      host.hooks.failed.tap("back", ({ code }) => {
        if (code !== "SPOOL_FULL") return;
        resolve(host.stats().stores[0]?.accepted ?? 0);
        backEnd.isAway = false;
      });
    });
    await host.write(records());
    expect(await acceptedThen).toBeLessThan(COUNT);
    const receipt = await host.done();
    expect(receipt).toMatchObject({ ok: true, stores: [{ accepted: COUNT, written: COUNT, deadLettered: 0 }] });
    expect([given, sorted(backEnd.numbers)]).toEqual([[], all]);
    expect(new Set(failures)).toEqual(new Set(["SPOOL_FULL"]));
  });

  it("what exceeds it becomes dead letters of the store that is away, and of no other (when_full: dead_letter)", async () => {
    const [away, well] = [new BackEnd("away"), new BackEnd()];
    const spool = { max_bytes: 2 * MIB, when_full: "dead_letter" } as const;
    const { host, given } = hostOf({ away, well }, { spool });
    await host.write(records());
    const { stores, ok } = await host.done({ deadlineMs: 100 });
    const [first, second] = stores;
    expect([ok, second]).toEqual([false, expect.objectContaining({ written: COUNT, spooled: 0, deadLettered: 0 })]);
    expect(sorted(well.numbers)).toEqual(all);
    expect(first).toMatchObject({ accepted: COUNT, written: 0, lost: 0, deadLettered: given.length });
    expect((first?.spooled ?? 0) + given.length).toBe(COUNT);
    // About 2 MiB of records are kept.
    expect(first?.spooled).toBeGreaterThan(10);
    expect(first?.spooled).toBeLessThan(40);
    expect(new Set(given.map(({ code }) => code))).toEqual(new Set(["spool_full"]));
    expect(first?.reasons).toMatchObject([{ code: "spool_full" }]);

    away.isAway = false;
    const again = hostOf({ away, well }, { resume: RUN, spool });
    expect((await again.host.done()).stores).toMatchObject([
      { store: "away", written: first?.spooled, deadLettered: given.length, spooled: 0 },
      { store: "well", written: COUNT },
    ]);
    expect(sorted([...away.numbers, ...given.map(({ n }) => n)])).toEqual(all);
    expect(await readdir(join(stateDir, "runs"))).toEqual([]);
  });
});

describe("a disk with less room than spool.reserve_bytes", () => {
  it("takes nothing, and what is left at the end becomes dead letters with the code spool_full", async () => {
    const { host, given, failures } = hostOf({ search: new BackEnd("away") }, { spool: { reserve_bytes: 8e15 } });
    await host.write(twenty(0));
    const receipt = await host.done({ deadlineMs: 50 });
    expect(receipt.stores).toMatchObject([{ accepted: 20, spooled: 0, deadLettered: 20, lost: 0 }]);
    expect(given).toEqual(twenty(0).map(({ n }) => ({ code: "spool_full", n })));
    expect(failures).toContain("SPOOL_FULL");
  });

  it("makes no producer wait for what the queues of two stores hold (when_full: dead_letter)", async () => {
    const [away, later] = [new BackEnd("away"), new BackEnd()];
    later.most = 300;
    const spool = { reserve_bytes: 8e15, when_full: "dead_letter" } as const;
    const { host, given } = hostOf({ away, later }, { spool }, 18 * MIB);
    await host.write(records());
    const { stores } = await host.done({ deadlineMs: 50 });
    expect(stores).toMatchObject([
      { accepted: COUNT, written: 0, deadLettered: COUNT, lost: 0 },
      { accepted: COUNT, written: later.numbers.length, deadLettered: COUNT - later.numbers.length, lost: 0 },
    ]);
    expect(given).toHaveLength(2 * COUNT - later.numbers.length);
  });

  it.runIf(canMount)("takes what is above it, and keeps the rest of the disk free", async () => {
    using disk = mounted("size=16m");
    const backEnd = new BackEnd("away");
    const spool = { reserve_bytes: 8 * MIB, when_full: "dead_letter" } as const;
    const { host, given } = hostOf({ search: backEnd }, { stateDir: disk.path, spool });
    await host.write(records());
    const [store] = (await host.done({ deadlineMs: 100 })).stores;
    expect(store).toMatchObject({ accepted: COUNT, lost: 0, deadLettered: given.length });
    // At most 8 MiB of records, and not much less.
    expect(store?.spooled).toBeGreaterThan(32);
    expect(store?.spooled).toBeLessThan(128);
    backEnd.isAway = false;
    const again = hostOf({ search: backEnd }, { stateDir: disk.path, resume: RUN, spool });
    expect((await again.host.done()).stores).toMatchObject([{ written: store?.spooled, spooled: 0 }]);
    expect(sorted([...backEnd.numbers, ...given.map(({ n }) => n)])).toEqual(all);
  });
});

describe("a disk that fails in the middle of a run", () => {
  it.runIf(canMount)("since it is full: what was kept before is kept, and the rest becomes dead letters", async () => {
    using disk = mounted("size=4m");
    const ballast = join(disk.path, "ballast");
    const backEnd = new BackEnd("away");
    const spool = { reserve_bytes: 0 };
    const { host, given, failures } = hostOf({ search: backEnd }, { stateDir: disk.path, spool });
    await host.write(twenty(0));
    await host.flush();
    expect(() => writeFileSync(ballast, Buffer.alloc(8 * MIB))).toThrow("ENOSPC");
    await host.write(twenty(20));
    const receipt = await host.done({ deadlineMs: 50 });
    expect(receipt.stores).toMatchObject([{ accepted: 40, spooled: 20, deadLettered: 20, lost: 0 }]);
    expect(given).toEqual(twenty(20).map(({ n }) => ({ code: "spool_full", n })));
    expect(failures).toContain("SPOOL_FULL");

    await rm(ballast);
    backEnd.isAway = false;
    const again = hostOf({ search: backEnd }, { stateDir: disk.path, resume: RUN, spool });
    // How the run ended had no room either: it counts as interrupted.
    expect(await again.host.done()).toMatchObject({ ok: false, stores: [{ written: 20, spooled: 0, lost: 0 }] });
    expect(sorted(backEnd.numbers)).toEqual(twenty(0).map(({ n }) => n));
  });

  it.runIf(canMount)(
    "and what was lost then is lost in the receipt of the run that is resumed (issue 14)",
    async () => {
      using disk = mounted("size=4m");
      const ballast = join(disk.path, "ballast");
      const backEnd = new BackEnd("away");
      const options = { stateDir: disk.path, stores: { search: backEnd.plugin }, spool: { reserve_bytes: 0 } };
      const first = createHost({ ...options, run: RUN });
      await first.write(twenty(0));
      await first.flush();
      expect(() => writeFileSync(ballast, Buffer.alloc(8 * MIB))).toThrow("ENOSPC");
      // The receipt has room, and nothing else.
      await truncate(ballast, statSync(ballast).size - 64 * 1024);
      await first.write(
        twenty(20).map((record) => ({ ...record, filling: randomBytes(RECORD_BYTES).toString("hex") })),
      );
      const { stores } = await first.done({ deadlineMs: 50 });
      expect(stores).toMatchObject([{ accepted: 40, spooled: 20, deadLettered: 0, lost: 20 }]);
      await rm(ballast);
      const state = await openState(disk.path);
      expect(await state.runs()).toMatchObject([{ status: "spooled", left: [{ records: 20 }] }]);
      await state.close();
      backEnd.isAway = false;
      expect(await createHost({ ...options, resume: RUN }).done()).toMatchObject({
        ok: false,
        complete: true,
        received: 40,
        stores: [{ accepted: 40, written: 20, spooled: 0, lost: 20, reasons: stores[0]?.reasons }],
      });
    },
  );

  it.runIf(canMount)("and a run whose receipt has no room can be resumed with what there is (issue 14)", async () => {
    using disk = mounted("size=4m");
    const ballast = join(disk.path, "ballast");
    const backEnd = new BackEnd("away");
    const options = { stateDir: disk.path, stores: { search: backEnd.plugin }, spool: { reserve_bytes: 0 } };
    const first = createHost({ ...options, run: RUN });
    await first.open();
    expect(() => writeFileSync(ballast, Buffer.alloc(8 * MIB))).toThrow("ENOSPC");
    await first.write(twenty(0));
    expect((await first.done({ deadlineMs: 50 })).stores).toMatchObject([{ accepted: 20, spooled: 0, lost: 20 }]);
    await rm(ballast);
    expect(await openRunsIn(disk.path)).toEqual([RUN]);
    backEnd.isAway = false;
    const again = createHost({ ...options, resume: { run: RUN, readsOn: () => true } });
    await again.write(twenty(0));
    expect(await again.done()).toMatchObject({ ok: true, received: 20, stores: [{ accepted: 20, written: 20 }] });
  });

  it("for another reason: what is not kept becomes dead letters with the code spool_failed", async () => {
    const { host, given, failures } = hostOf({ search: new BackEnd("away") }, {});
    await host.open();
    await rm(join(stateDir, "runs"), { recursive: true });
    await writeFile(join(stateDir, "runs"), "no folder");
    await host.write(twenty(20));
    const receipt = await host.done({ deadlineMs: 50 });
    expect(receipt).toMatchObject({ ok: false, stores: [{ accepted: 20, spooled: 0, deadLettered: 20, lost: 0 }] });
    expect(given).toEqual(twenty(20).map(({ n }) => ({ code: "spool_failed", n })));
    expect(failures).toContain("SPOOL_FAILED");
  });
});
