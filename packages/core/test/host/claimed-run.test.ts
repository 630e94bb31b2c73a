import { cp, mkdtemp, readdir, rm, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Batch, defineStore, reject, RetryError } from "@cloudmarker/store-api";
import { beforeEach, describe, expect, it } from "vitest";
import { createHost, type HostOptions, openState } from "../../src/index.ts";
import { Claim } from "../../src/state/claim.ts";

const RUN = "20260101_000000";
const MIB = 1024 ** 2;
const FOLDERS = ["receipts", "runs"];

let stateDir: string;
let seen: unknown[];
let isAway: boolean;
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "cloudmarker-claimed-"));
  seen = [];
  isAway = false;
});

const open = () => ({
  write(batch: Batch) {
    if (isAway) throw new RetryError("away", "The back end is away.");
    seen.push(...batch.map(({ value }) => (value.raw as { n: number } | undefined)?.n ?? value.com.record_type));
  },
});
const search = defineStore({ name: "search", apiVersion: 1, params: { type: "object" }, open });
const archive = defineStore({ ...search, name: "archive", supports: { durable: true } });

const refusing = defineStore({
  ...search,
  open: () => ({ write: (batch) => batch.map((_, at) => reject(at, "mapping", "no such field")) }),
});

const hostOf = (options: HostOptions) => createHost({ stateDir, stores: { search }, ...options });

const numbered = (first: number, to: number) => Array.from({ length: to - first }, (_, at) => ({ n: first + at }));

/** What a state folder has, without the folders that are empty. */
async function files(): Promise<string[]> {
  const found = await Promise.all(
    FOLDERS.map(async (folder) => (await readdir(join(stateDir, folder))).map((name) => `${folder}/${name}`)),
  );
  return found.flat();
}

async function runsOf() {
  const state = await openState(stateDir);
  const runs = await state.runs();
  await state.close();
  return runs;
}

/** All was delivered, and the process was killed before it removed the journal. */
async function killedBeforeRemoval(): Promise<void> {
  isAway = true;
  const host = hostOf({ run: RUN });
  await host.write(numbered(0, 5));
  await host.flush();
  await cp(join(stateDir, "runs"), join(stateDir, "before"), { recursive: true });
  isAway = false;
  await host.done();
  await cp(join(stateDir, "before"), join(stateDir, "runs"), { recursive: true });
  await rm(join(stateDir, "before"), { recursive: true });
}

/** As if the process had been killed: its claim is released, and nothing else is done. */
async function abandoned(options: HostOptions): Promise<void> {
  const host = hostOf({ run: RUN, ...options });
  await host.open();
  const claim = join(stateDir, "runs", `${RUN}.run`);
  // What a process leaves that was killed before anything was to be kept.
  await rm(claim);
  const left = Claim.take(claim, { unsafe: false });
  left.tell({ run: RUN, startedMs: 1_000, audits: ["default"], stores: storesOf(options), about: { by: "test" } });
  left.release();
}

function storesOf({ stores }: HostOptions) {
  const isKept = !stores || stores["search"] === search;
  return isKept ? [{ audit: "default", key: "search", plugin: "search", idPointers: [] }] : [];
}

const once = { plugin: search, delivery: { guarantee: "at-most-once" } } as const;

describe("what outlives the process of a run", () => {
  it("is its receipt alone, where the stores keep up: no database was made", async () => {
    const host = hostOf({ run: RUN });
    await host.write(numbered(0, 10));
    expect(await files()).toEqual([`runs/${RUN}.run`]);
    const receipt = await host.done();
    expect(await files()).toEqual([`receipts/${RUN}.json`]);
    expect(await runsOf()).toEqual([
      expect.objectContaining({ run: RUN, status: "delivered", started: receipt.started, receipt, left: [] }),
    ]);
  });

  it.each([
    ["a store across a network", {}, "records"],
    ["a store that is durable", { stores: { archive } }, "run"],
    ["no spool", { stores: { search: { plugin: search, delivery: { spool: false } } } }, "run"],
  ] as const)("with %s", async (_, options: HostOptions, keeps) => {
    const host = hostOf({ run: RUN, ...options });
    expect(host.keeps).toBe("nothing");
    await host.open();
    expect(host.keeps).toBe(keeps);
    await expect(hostOf({ run: RUN, ...options }).open()).rejects.toMatchObject({ code: "RUN_IN_USE" });
    expect(await runsOf()).toMatchObject([{ run: RUN, status: "running" }]);
    await host.done();
    // The same run once more changes nothing in a store that knows its records.
    expect(await hostOf({ run: RUN, ...options }).done()).toMatchObject({ ok: true });
  });

  it.each([
    ["a store across a network", {}],
    ["a store that is durable", { stores: { archive } }],
  ] as const)(
    "with %s a run that was killed at once is resumed from the beginning (SC-60, SC-61)",
    async (_, options: HostOptions) => {
      await abandoned(options);
      expect(await runsOf()).toMatchObject([{ run: RUN, status: "interrupted", about: { by: "test" }, left: [] }]);
      const asked: unknown[] = [];
      const again = hostOf({ resume: { run: RUN, readsOn: (at) => asked.push(at) > 0 }, ...options });
      await again.write(numbered(0, 5));
      expect(await again.done()).toMatchObject({
        ok: true,
        run: RUN,
        started: new Date(1_000).toISOString(),
        stores: [{ written: 5 }],
      });
      expect(asked).toEqual([[]]);
      expect(seen).toEqual([0, 1, 2, 3, 4]);
      expect(await files()).toEqual([`receipts/${RUN}.json`]);
      await expect(hostOf({ resume: RUN }).open()).rejects.toMatchObject({ code: "RUN_UNKNOWN" });
    },
  );

  it.each([
    ["that is durable", { plugin: archive }],
    ["without a spool", { plugin: search, delivery: { spool: false } }],
  ] as const)(
    "goes on with a store %s: it is read again from its beginning, as after a kill (issue 14)",
    async (_, store) => {
      const config = { markers: true, plugins: { store }, audits: { a: { stores: ["store"] } }, run: ["a"] };
      const first = createHost({ stateDir, run: RUN, config });
      await first.write(numbered(0, 5));
      expect(await first.done({ goesOn: true })).toMatchObject({ ok: false, complete: false, received: 5 });
      expect(await files()).toEqual([`receipts/${RUN}.json`, `runs/${RUN}.run`]);
      expect(await runsOf()).toMatchObject([{ run: RUN, status: "interrupted" }]);
      const asked: unknown[] = [];
      const again = createHost({ stateDir, resume: { run: RUN, readsOn: (at) => asked.push(at) > 0 }, config });
      await again.write(numbered(0, 9));
      expect(await again.done()).toMatchObject({ ok: true, complete: true, received: 9, stores: [{ accepted: 11 }] });
      expect(asked).toEqual([[]]);
      const begin = "begin_audit";
      expect(seen).toEqual([begin, 0, 1, 2, 3, 4, begin, 0, 1, 2, 3, 4, 5, 6, 7, 8, "end_audit"]);
      expect(await files()).toEqual([`receipts/${RUN}.json`]);
    },
  );

  it("is over after done() if a store must get nothing twice, whatever goesOn says (issue 14)", async () => {
    const host = hostOf({ run: RUN, stores: { once } });
    await host.write(numbered(0, 5));
    expect(await host.done({ goesOn: true })).toMatchObject({ ok: false, complete: false, stores: [{ written: 5 }] });
    expect(await files()).toEqual([`receipts/${RUN}.json`]);
    expect(await runsOf()).toMatchObject([{ run: RUN, status: "incomplete" }]);
  });

  it.each([
    ["alone", { stores: { once } }],
    ["beside one with a journal", { stores: { search, once } }],
  ] as const)(
    "a store that must get nothing twice, %s: the run is not read again (issue 14)",
    async (_, options: HostOptions) => {
      await abandoned(options);
      const again = hostOf({ resume: { run: RUN, readsOn: () => true }, ...options });
      await expect(again.write(numbered(0, 5))).rejects.toMatchObject({
        code: "RUN_IN_DOUBT",
        exit: 64,
        message: expect.stringMatching(/it is not known what its earlier process sent to once, .* gets nothing twice/u),
        details: `Give the run up, cloudmarker runs forget ${RUN} --state-dir ${stateDir}, and run the scanner again as a new run.`,
      });
      expect(seen).toEqual([]);
      const state = await openState(stateDir);
      await state.forget(RUN);
      await state.close();
      expect(await runsOf()).toEqual([]);
    },
  );

  it("a store that must get nothing twice: the run is not written again under its id (issue 14)", async () => {
    const stores = { once };
    await abandoned({ stores });
    await expect(hostOf({ run: RUN, stores }).write(numbered(0, 5))).rejects.toMatchObject({
      code: "RUN_IN_DOUBT",
      exit: 64,
      message: `The run ${RUN} was interrupted, and cannot be written again: it is not known what its earlier process sent to once, and with delivery.guarantee: at-most-once a store gets nothing twice.`,
      details: `Give the run up, cloudmarker runs forget ${RUN} --state-dir ${stateDir}, and run the scanner again as a new run.`,
    });
    expect(seen).toEqual([]);
    expect(await runsOf()).toMatchObject([{ run: RUN, status: "interrupted" }]);
    // One that was over is not in doubt.
    const state = await openState(stateDir);
    await state.forget(RUN);
    await state.close();
    const host = hostOf({ run: RUN, stores });
    await host.write(numbered(0, 5));
    const { started } = await host.done();
    await abandonClaim(Date.parse(started));
    expect(await hostOf({ run: RUN, stores }).done()).toMatchObject({ ok: true });
  });

  it.each([
    ["that is durable", { archive }],
    ["with a journal that was never made", { search }],
    ["without a spool, beside one with a journal", { search, other: { plugin: search, delivery: { spool: false } } }],
  ] as const)(
    "of a store %s is not known if it was killed and its inputs cannot be read again (issue 14)",
    async (_, stores: HostOptions["stores"]) => {
      await abandoned({ stores });
      const receipt = await hostOf({ resume: RUN, stores }).done();
      expect(receipt).toMatchObject({ ok: false, complete: false, received: 0 });
      expect(receipt.stores).toEqual(
        Object.keys(stores ?? {}).map(() => expect.objectContaining({ accepted: 0, uncounted: true })),
      );
      expect(await runsOf()).toMatchObject([{ run: RUN, status: "incomplete" }]);
    },
  );

  it("is counted after a signal, also if its inputs cannot be read again then (issue 14)", async () => {
    const archives = { archive, other: { plugin: search, delivery: { spool: false } } } as const;
    const first = hostOf({ run: RUN, stores: archives });
    await first.write(numbered(0, 5));
    const { stores } = await first.done({ goesOn: true });
    for (const readsOn of ["later", false] as const) {
      // oxlint-disable-next-line no-await-in-loop -- one process after the other
      const receipt = await hostOf({ resume: { run: RUN, readsOn: () => readsOn }, stores: archives }).done();
      expect(receipt).toMatchObject({ ok: false, complete: false, received: 5, stores });
      // oxlint-disable-next-line no-await-in-loop -- as above
      expect(await runsOf()).toMatchObject([{ status: readsOn ? "interrupted" : "incomplete" }]);
    }
  });

  it.each(["deadline", "abort", "abort at once"])(
    "is no dead letter without a journal if its inputs are read again: what was not delivered by the %s (issue 14)",
    async (end) => {
      const stores = { other: { plugin: search, delivery: { spool: false } } } as const;
      const stopping = new AbortController();
      isAway = true;
      const first = hostOf({ run: RUN, stores, signal: stopping.signal });
      await first.write(numbered(0, 5));
      const done = first.done({ goesOn: true, deadlineMs: end === "deadline" ? 20 : 60_000 });
      if (end === "abort") setImmediate(() => stopping.abort());
      if (end === "abort at once") stopping.abort();
      const left = { accepted: 5, written: 0, spooled: 5, readAgain: 5, deadLettered: 0, lost: 0 };
      expect((await done).stores).toMatchObject([left]);
      expect(await runsOf()).toMatchObject([{ missing: [{ store: "other", records: 5 }] }]);
      isAway = false;
      const later = hostOf({ resume: { run: RUN, readsOn: () => "later" }, stores });
      expect((await later.done()).stores).toMatchObject([left]);
      const again = hostOf({ resume: { run: RUN, readsOn: () => end !== "deadline" }, stores });
      if (end !== "deadline") await again.write(numbered(0, 6));
      expect((await again.done()).stores).toMatchObject([
        end !== "deadline" ? { accepted: 6, written: 6, spooled: 0, lost: 0 } : { accepted: 5, spooled: 0, lost: 5 },
      ]);
      expect(seen).toEqual(end !== "deadline" ? [0, 1, 2, 3, 4, 5] : []);
    },
  );

  it("is its claim if neither its dead letters nor its receipt can be kept (issue 14)", async () => {
    const storesWith = (plugin: typeof search) => ({ search: { plugin, delivery: { spool: false } } });
    const first = hostOf({ run: RUN, stores: storesWith(refusing), state: { max_bytes: MIB } });
    await first.open();
    const receipts = join(stateDir, "receipts");
    await rm(receipts, { recursive: true });
    await writeFile(receipts, "no folder");
    await first.write(numbered(0, 5).map((record) => ({ ...record, filling: "x".repeat(MIB / 4) })));
    expect(await first.done()).toMatchObject({ ok: false, stores: [{ accepted: 5, written: 0, spooled: 0 }] });
    await rm(receipts);
    expect(await runsOf()).toMatchObject([{ run: RUN, status: "interrupted" }]);
    const again = hostOf({ resume: { run: RUN, readsOn: () => true }, stores: storesWith(search) });
    await again.write(numbered(0, 5));
    expect(await again.done()).toMatchObject({ ok: true, stores: [{ written: 5 }] });
    expect(await files()).toEqual([`receipts/${RUN}.json`]);
  });

  it("is that of the run, and not of an earlier one that had its id (issue 14)", async () => {
    await hostOf({ run: RUN }).done();
    await abandoned({});
    expect(await runsOf()).toMatchObject([{ run: RUN, status: "interrupted" }]);
    const again = hostOf({ resume: { run: RUN, readsOn: () => true } });
    await again.write(numbered(0, 5));
    expect(await again.done()).toMatchObject({ ok: true, received: 5, stores: [{ written: 5 }] });
  });

  it("is not overwritten by a new run of the same id", async () => {
    isAway = true;
    const first = hostOf({ run: RUN });
    await first.write(numbered(0, 5));
    expect(await first.done({ deadlineMs: 20 })).toMatchObject({ stores: [{ spooled: 5 }] });
    await expect(hostOf({ run: RUN }).open()).rejects.toMatchObject({
      code: "RUN_LEFT",
      message: `An earlier process of the run ${RUN} has left something in ${stateDir}.`,
      details: `To go on with it: cloudmarker resume ${RUN} --state-dir ${stateDir}. Or take another id.`,
    });
    isAway = false;
    expect(await hostOf({ resume: RUN }).done()).toMatchObject({ ok: true, stores: [{ written: 5 }] });
  });

  it("a run that was killed while it put things away is over", async () => {
    const { started } = await hostOf({ run: RUN }).done();
    await abandonClaim(Date.parse(started));
    expect(await runsOf()).toMatchObject([{ run: RUN, status: "delivered" }]);
    await expect(hostOf({ resume: RUN }).open()).rejects.toMatchObject({ code: "RUN_UNKNOWN" });
    expect(await files()).toEqual([`receipts/${RUN}.json`]);
  });

  describe("that was killed before its journal was removed is over: nothing of it is lost (issue 14)", () => {
    it("when it is listed", async () => {
      await killedBeforeRemoval();
      expect(await files()).toContain(`runs/${RUN}.db`);
      expect(await runsOf()).toMatchObject([{ run: RUN, status: "delivered", left: [], receipt: { ok: true } }]);
      expect(await files()).toEqual([`receipts/${RUN}.json`]);
    });

    it("when it is resumed", async () => {
      await killedBeforeRemoval();
      await expect(hostOf({ resume: RUN }).open()).rejects.toMatchObject({ code: "RUN_UNKNOWN" });
      expect(await files()).toEqual([`receipts/${RUN}.json`]);
      expect(await runsOf()).toMatchObject([{ run: RUN, status: "delivered", receipt: { ok: true } }]);
    });

    it("when it is forgotten", async () => {
      await killedBeforeRemoval();
      const state = await openState(stateDir);
      expect(await state.forget(RUN)).toEqual({ deadLettered: 0, lost: 0 });
      expect(await state.deadLetters.count()).toMatchObject({ letters: 0 });
      await state.close();
      expect(await files()).toEqual([`receipts/${RUN}.json`]);
    });
  });

  it.each([
    [() => ({ at: 1n }), "about.at of createHost() must be data that JSON can hold, not a bigint."],
    [() => undefined, "about of createHost() must be a plain object, not empty (null)."],
    [async () => ({}), "about of createHost() must be a plain object, not a promise. Await it first."],
  ])("does not begin with what JSON cannot hold (issue 14)", async (about, message) => {
    const host = hostOf({ run: RUN, about: about as unknown as () => Record<string, unknown> });
    await expect(host.open()).rejects.toMatchObject({ code: "OPTION_INVALID", message });
    expect(await files()).toEqual([]);
  });

  it("is told as it was when the run began, whatever becomes of the object (issue 14)", async () => {
    isAway = true;
    const about: Record<string, unknown> = { scan: { at: 1 } };
    const host = hostOf({ run: RUN, about });
    await host.open();
    about["scan"] = () => 1;
    await host.write(numbered(0, 5));
    expect(await host.done({ deadlineMs: 20 })).toMatchObject({ stores: [{ spooled: 5 }] });
    expect(await runsOf()).toMatchObject([{ run: RUN, status: "spooled", about: { scan: { at: 1 } } }]);
  });

  it("that cannot be read is told, and the other runs are listed", async () => {
    await hostOf({ run: "other" }).done();
    await writeFile(join(stateDir, "runs", `${RUN}.run`), "no database");
    expect(await runsOf()).toMatchObject([
      { run: "other", status: "delivered" },
      { run: RUN, status: "unreadable", why: expect.stringContaining("no database of SQLite") },
    ]);
    await expect(hostOf({ resume: RUN }).open()).rejects.toMatchObject({ code: "STATE_UNUSABLE" });
  });

  describe("of which the claim is damaged (issue 14)", () => {
    const path = () => join(stateDir, "runs", `${RUN}.run`);
    const damaged = async (): Promise<string> => {
      await writeFile(path(), "no database");
      return `Cannot take the claim ${path()}: the file is no database of SQLite. It was moved to ${path()}.damaged.`;
    };
    const left = { run: RUN, about: { by: "test" }, left: [{ audit: "default", store: "search", records: 5 }] };

    it("goes on from its journal, and tells it", async () => {
      await spooledWithout(async () => {}, { by: "test" });
      const told = await damaged();
      expect(await runsOf()).toMatchObject([{ ...left, status: "spooled" }]);
      await expect(hostOf({ run: RUN }).open()).rejects.toMatchObject({ code: "RUN_LEFT" });
      const host = hostOf({ resume: RUN });
      expect(await host.done()).toMatchObject({ ok: true, stores: [{ written: 5 }] });
      expect(host.warnings).toEqual([told]);
      expect(await files()).toEqual([`receipts/${RUN}.json`, `runs/${RUN}.run.damaged`]);
      expect(await runsOf()).toMatchObject([{ run: RUN, status: "delivered" }]);
    });

    it("is forgotten with what its journal has, and without one", async () => {
      await spooledWithout(async () => {}, { by: "test" });
      await damaged();
      const state = await openState(stateDir);
      expect(await state.forget(RUN)).toEqual({ deadLettered: 5, lost: 0 });
      await damaged();
      expect(await state.runs()).toMatchObject([{ run: RUN, status: "unreadable" }]);
      expect(await state.forget(RUN)).toEqual({ deadLettered: 0, lost: 0 });
      expect(await state.runs()).toEqual([]);
      await state.close();
      expect((await files()).filter((name) => name.startsWith("runs/"))).toEqual([
        `runs/${RUN}.run.damaged`,
        `runs/${RUN}.run.damaged-2`,
      ]);
    });

    it("and that has no journal is not known: it is refused, and a new run takes its place", async () => {
      await hostOf({ run: "other" }).done();
      const told = await damaged();
      await expect(hostOf({ resume: RUN }).open()).rejects.toMatchObject({ code: "STATE_UNUSABLE" });
      await expect(hostOf({ run: RUN, stores: { once } }).open()).rejects.toMatchObject({ code: "RUN_IN_DOUBT" });
      const host = hostOf({ run: RUN });
      expect(await host.done()).toMatchObject({ ok: true });
      expect(host.warnings).toEqual([told]);
    });
  });

  it("whose journal cannot be opened now is known by its claim, and is not called damaged", async () => {
    await abandoned({});
    const db = new DatabaseSync(join(stateDir, "runs", `${RUN}.db`));
    db.exec(`PRAGMA application_id = ${0x434d4a31}; PRAGMA user_version = 99; CREATE TABLE t (a)`);
    db.close();
    const [run] = await runsOf();
    expect(run).toMatchObject({
      run: RUN,
      status: "unreadable",
      about: { by: "test" },
      why: expect.stringContaining("a newer version"),
    });
    expect(run?.damaged).toBeUndefined();
  });

  it("of which a journal was never made, and a damaged one is there, goes on (issue 14)", async () => {
    await abandoned({});
    const path = join(stateDir, "runs", `${RUN}.db`);
    await writeFile(path, "no database");
    const why = `Cannot open the journal ${path}: the file is no database of SQLite.`;
    expect(await runsOf()).toMatchObject([
      {
        run: RUN,
        status: "unreadable",
        started: new Date(1_000).toISOString(),
        about: { by: "test" },
        why,
        damaged: true,
      },
    ]);
    const failures: string[] = [];
    const again = hostOf({ resume: { run: RUN, readsOn: () => true } });
    again.hooks.failed.tap("see", ({ message }) => void failures.push(message));
    await again.write(numbered(0, 5));
    expect(await again.done()).toMatchObject({ ok: true, stores: [{ written: 5 }] });
    expect(failures).toEqual([
      `The journal of the run ${RUN} is damaged: Nothing of it can be read. ${why} It was moved to ${path}.damaged.`,
    ]);
  });

  it("of which neither the claim nor the journal can be read is told to be gone (issue 14)", async () => {
    await spooledWithout((path) => writeFile(path, "no database"));
    await writeFile(join(stateDir, "runs", `${RUN}.run`), "no database");
    await expect(hostOf({ resume: RUN }).open()).rejects.toMatchObject({
      code: "STATE_UNUSABLE",
      message: expect.stringMatching(/^Nothing is known of the run .* It was moved to .*\.db\.damaged\.$/u),
    });
    expect(await runsOf()).toMatchObject([{ run: RUN, status: "spooled" }]);
  });

  describe.each([
    ["is gone", (path: string) => rm(path)],
    ["is empty", (path: string) => truncate(path)],
    ["has no head any more", (path: string) => writeFile(path, "x".repeat(100_000))],
  ])("of which the journal %s", (_, spoil) => {
    it("tells what is lost, where the inputs cannot be read again", async () => {
      await spooledWithout(spoil);
      const failures: string[] = [];
      const host = hostOf({ resume: RUN });
      host.hooks.failed.tap("see", ({ code, message }) => void failures.push(`${code} ${message}`));
      expect(await host.done()).toMatchObject({
        ok: false,
        complete: true,
        received: 5,
        stores: [{ accepted: 5, written: 0, lost: 5, spooled: 0, reasons: [{ code: "journal_lost", count: 5 }] }],
      });
      expect(failures).toEqual([expect.stringContaining(`SPOOL_DAMAGED The journal of the run ${RUN} is damaged: `)]);
      expect((await files()).filter((name) => !name.includes(".damaged"))).toEqual([`receipts/${RUN}.json`]);
    });

    it("gets everything of inputs that can be read again", async () => {
      await spooledWithout(spoil);
      const again = hostOf({ resume: { run: RUN, readsOn: () => true } });
      await again.write(numbered(0, 5));
      expect(await again.done()).toMatchObject({ stores: [{ accepted: 5, written: 5, lost: 0, spooled: 0 }] });
      expect(seen).toEqual([0, 1, 2, 3, 4]);
    });

    it("can be forgotten", async () => {
      await spooledWithout(spoil);
      const state = await openState(stateDir);
      await state.forget(RUN);
      await state.close();
      expect((await files()).filter((name) => !/damaged|receipts/u.test(name))).toEqual([]);
    });
  });

  it("a state folder that cannot be read is told, and one that is not there is empty", async () => {
    const path = join(stateDir, "file");
    await writeFile(path, "");
    await expect(openState(path)).rejects.toMatchObject({ code: "STATE_UNUSABLE" });
    const state = await openState(join(stateDir, "missing"));
    expect(await state.runs()).toEqual([]);
    await state.close();
  });

  it("an explanation leaves nothing", async () => {
    const host = hostOf({ run: RUN, explain: () => {} });
    await host.write(numbered(0, 1));
    await host.done();
    expect(await readdir(stateDir)).toEqual([]);
  });

  it("receipts are removed when they are older than 90 days", async () => {
    for (let n = 0; n < 31; n += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one run after the other
      await hostOf({ run: `run-${n}` }).done();
    }
    const old = new Date(Date.now() - 91 * 24 * 60 * 60 * 1000);
    for (const n of [3, 5]) await utimes(join(stateDir, "receipts", `run-${n}.json`), old, old);
    await hostOf({ run: "last" }).done();
    const names = await readdir(join(stateDir, "receipts"));
    expect(names).toHaveLength(30);
    expect(names).not.toContain("run-3.json");
  });
});

async function abandonClaim(startedMs: number): Promise<void> {
  const claim = Claim.take(join(stateDir, "runs", `${RUN}.run`), { unsafe: false });
  claim.tell({ run: RUN, startedMs, audits: ["default"], stores: storesOf({}), about: {} });
  claim.release();
}

/** A run that has kept five records, and whose journal is spoilt then. */
async function spooledWithout(spoil: (path: string) => Promise<void>, about = {}): Promise<void> {
  isAway = true;
  const host = hostOf({ run: RUN, about });
  await host.write(numbered(0, 5));
  await host.done({ deadlineMs: 20 });
  await spoil(join(stateDir, "runs", `${RUN}.db`));
  isAway = false;
}
