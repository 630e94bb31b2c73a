import { closeSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { defineStore, defineTap, type Failure, type Store, type StoreRecord } from "@cloudmarker/store-api";
import { expect, onTestFinished, test } from "vitest";
import { createHost, type Host, type HostOptions, jsonText } from "../../src/index.ts";
import { Claim } from "../../src/state/claim.ts";
import { temporaryFolder } from "../state/support.ts";
import { lettersIn } from "../support/letters-in.ts";

/** What a store was given, and what it answers. */
class Pickiness {
  readonly got: { readonly json: string; readonly id: string; readonly value: unknown; readonly com: unknown }[] = [];
  readonly opened: { readonly run: string; readonly startedMs: number; readonly audit: string }[] = [];
  /** By the text of a record. */
  refuses: (record: StoreRecord) => string | undefined = () => "mapping";
  /** Never answers. */
  hangs = false;

  readonly plugin = defineStore({
    name: "picky",
    apiVersion: 1,
    params: { type: "object" },
    open: (_params, { run, startedMs, audit }): Store => {
      this.opened.push({ run, startedMs, audit });
      return {
        write: async (batch, { signal }) => {
          if (this.hangs)
            await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
          return batch.flatMap((record, index) => {
            const code = this.refuses(record);
            if (code !== undefined) return [{ index, status: "reject", code, reason: `no: ${code}` }] as const;
            const { json, id, value, com } = record;
            this.got.push({ json, id, value, com });
            return [];
          });
        },
      };
    },
  });
}

function folder(): string {
  const made = temporaryFolder();
  onTestFinished(() => made[Symbol.dispose]());
  return made.path;
}

function configOf(plugin: object, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    plugins: { s: { plugin } },
    audits: { nightly: { stores: ["s"] } },
    delivery: { batch: { age: 1 }, deadline: "300ms" },
    ...more,
  };
}

function hostOf(stateDir: string, options: HostOptions): Host & { readonly failures: Failure[] } {
  const host = createHost({ stateDir, ...options });
  const failures: Failure[] = [];
  host.hooks.failed.tap("test", (failure) => void failures.push(failure));
  return Object.assign(host, { failures });
}

async function write(stateDir: string, store: Pickiness, run: string, records: readonly string[]): Promise<void> {
  const host = hostOf(stateDir, { config: configOf(store.plugin), audit: "nightly", run });
  await host.write(records.map((text) => jsonText(text)));
  await host.done();
}

const ODD = ['{"n":14517067005933136034,"n":1.0,"u":"\\u00e9"}', '{"n":2}', '{"n":3e2}'];

test("letters are sent as the same texts under the same ids, and marked when they arrived", async () => {
  const stateDir = folder();
  const store = new Pickiness();
  await write(stateDir, store, "20260101_000000", ODD);
  const before = await lettersIn(stateDir);
  store.refuses = () => undefined;
  const receipt = await hostOf(stateDir, { config: configOf(store.plugin), replay: {} }).done();
  expect(receipt).toMatchObject({
    ok: true,
    received: 3,
    stores: [{ audit: "nightly", store: "s", plugin: "picky", accepted: 3, written: 3, deadLettered: 0, spooled: 0 }],
  });
  expect(store.got.map(({ json, id }) => ({ json, recordId: id }))).toEqual(
    before.map(({ json, recordId }) => ({ json, recordId })),
  );
  expect(store.got[0]?.json).toContain(ODD[0]);
  expect(store.got[0]?.com).toMatchObject({ audit_key: "nightly", audit_version: "20260101_000000" });
  expect(store.opened.at(-1), "the time of records that have none").toMatchObject({
    run: "20260101_000000",
    startedMs: Date.UTC(2026, 0, 1),
    audit: "nightly",
  });
  expect(await lettersIn(stateDir)).toMatchObject(
    before.map(({ id }) => ({
      id,
      state: "replayed",
      attempts: 2,
      history: [{ code: "mapping" }, { outcome: "replayed" }],
    })),
  );
  const again = await hostOf(stateDir, { config: configOf(store.plugin), replay: {} }).done();
  expect(again).toMatchObject({ ok: true, received: 0, stores: [] });
  expect(store.got).toHaveLength(3);
});

test("one that is refused again has its new code, reason and attempts, and there is no second row", async () => {
  const stateDir = folder();
  const store = new Pickiness();
  await write(stateDir, store, "r1", ODD);
  store.refuses = ({ json }) => (json.includes('"n":2') ? "other" : undefined);
  const receipt = await hostOf(stateDir, {
    config: configOf(store.plugin),
    replay: { letters: { code: "mapping" } },
  }).done();
  expect(receipt).toMatchObject({
    ok: false,
    stores: [{ accepted: 3, written: 2, deadLettered: 1, spooled: 0, lost: 0, reasons: [{ code: "other", count: 1 }] }],
  });
  expect(await lettersIn(stateDir)).toMatchObject([
    { state: "replayed" },
    {
      state: "kept",
      code: "other",
      reason: "no: other",
      attempts: 2,
      history: [{ code: "mapping" }, { code: "other" }],
    },
    { state: "replayed" },
  ]);
});

test("a letter that a tap takes care of is removed", async () => {
  const stateDir = folder();
  const store = new Pickiness();
  await write(stateDir, store, "r1", ODD);
  const host = hostOf(stateDir, { config: configOf(store.plugin), replay: { letters: { ids: [1, 2] } } });
  const taken: string[] = [];
  host.hooks.deadLetter.tap("test", (letters) => {
    taken.push(...letters.map(({ code }) => code));
    return true;
  });
  expect((await host.done()).stores).toMatchObject([{ accepted: 2, deadLettered: 2 }]);
  expect(taken).toEqual(["mapping", "mapping"]);
  expect(await lettersIn(stateDir)).toMatchObject([{ id: 3, attempts: 1 }]);
});

test("a store that takes nothing leaves the letters as they were, and does not hold up the runs that follow", async () => {
  const stateDir = folder();
  const store = new Pickiness();
  await write(stateDir, store, "r1", ODD);
  await write(stateDir, store, "r2", ODD);
  const before = await lettersIn(stateDir);
  store.hangs = true;
  const host = hostOf(stateDir, { config: configOf(store.plugin), replay: {} });
  await host.open();
  expect(host.stats().stores).toMatchObject([{ accepted: 6, spooled: expect.any(Number) }]);
  const receipt = await host.done();
  expect(receipt).toMatchObject({
    ok: false,
    stores: [{ accepted: 6, written: 0, deadLettered: 0, spooled: 6, lost: 0 }],
  });
  expect(await lettersIn(stateDir)).toEqual(before);
});

test("done({ deadlineMs }) and the signal leave the rest", async () => {
  const stateDir = folder();
  const store = new Pickiness();
  await write(stateDir, store, "r1", ODD);
  store.hangs = true;
  const config = configOf(store.plugin, { delivery: { deadline: "1h" } });
  const late = await hostOf(stateDir, { config, replay: {} }).done({ deadlineMs: 20 });
  expect(late.stores).toMatchObject([{ accepted: 3, spooled: 3 }]);
  const abort = new AbortController();
  const host = hostOf(stateDir, { config, replay: {}, signal: abort.signal });
  await host.open();
  abort.abort();
  expect((await host.done()).stores).toMatchObject([{ accepted: 3, spooled: 3 }]);
});

test("letters of a store that flushes are marked once it has made them durable, and no sooner", async () => {
  const stateDir = folder();
  const picky = new Pickiness();
  await write(stateDir, picky, "r1", ODD);
  const states: (readonly string[])[] = [];
  let fails = true;
  const durable = (): void => {
    if (fails) throw new Error("the disk is full");
  };
  const flushing = defineStore({
    name: "flushing",
    apiVersion: 1,
    params: { type: "object" },
    open: () => ({
      write: async () => undefined,
      flush: async () => durable(),
      async done() {
        states.push((await lettersIn(stateDir)).map(({ state }) => state));
        durable();
      },
    }),
  });
  const left = await hostOf(stateDir, { config: configOf(flushing), replay: {} }).done();
  expect(left).toMatchObject({ ok: false, stores: [{ accepted: 3, written: 0, spooled: 3, lost: 0 }] });
  expect(left.stores[0]?.problem).toMatchObject({ code: "STORE_DONE_FAILED" });
  expect((await lettersIn(stateDir)).map(({ state }) => state)).toEqual(["kept", "kept", "kept"]);
  fails = false;
  const receipt = await hostOf(stateDir, { config: configOf(flushing), replay: {} }).done();
  expect(receipt).toMatchObject({ ok: true, stores: [{ accepted: 3, written: 3, spooled: 0 }] });
  expect((await lettersIn(stateDir)).map(({ state }) => state)).toEqual(["replayed", "replayed", "replayed"]);
  expect(states[0]).toEqual(["kept", "kept", "kept"]);
});

test("letters that arrived and cannot be marked are told: the next replay would send them once more", async () => {
  const stateDir = folder();
  const store = new Pickiness();
  await write(stateDir, store, "r1", ODD);
  const rename = (from: string, to: string): void => {
    const db = new DatabaseSync(join(stateDir, "state.db"));
    db.exec(`ALTER TABLE ${from} RENAME TO ${to}`);
    db.close();
  };
  let isGone = false;
  store.refuses = () => {
    if (!isGone) rename("letters", "elsewhere");
    isGone = true;
    return undefined;
  };
  const host = hostOf(stateDir, { config: configOf(store.plugin), replay: {} });
  expect(await host.done()).toMatchObject({
    ok: false,
    stores: [{ accepted: 3, written: 3, spooled: 0, problem: { code: "LETTERS_UNMARKED" } }],
  });
  expect(host.failures).toMatchObject([{ code: "STATE_UNUSABLE" }]);
  rename("elsewhere", "letters");
  expect((await lettersIn(stateDir)).map(({ state }) => state)).toEqual(["kept", "kept", "kept"]);
});

test("of many numbers, those that are there are sent", async () => {
  const stateDir = folder();
  const store = new Pickiness();
  await write(stateDir, store, "r1", ODD);
  store.refuses = () => undefined;
  const ids = Array.from({ length: 5_000 }, (_, n) => 5_000 - n).filter((id) => id !== 2);
  const receipt = await hostOf(stateDir, { config: configOf(store.plugin), replay: { letters: { ids } } }).done();
  expect(receipt.stores).toMatchObject([{ accepted: 2, written: 2 }]);
  expect((await lettersIn(stateDir)).map(({ state }) => state)).toEqual(["replayed", "kept", "replayed"]);
});

test("letters of several runs go to their store, opened for each of them, or to one that is named (SC-62)", async () => {
  const stateDir = folder();
  const store = new Pickiness();
  await write(stateDir, store, "r1", ODD);
  await write(stateDir, store, "r2", ODD);
  const other = new Pickiness();
  other.refuses = () => undefined;
  store.opened.length = 0;
  const plugins = { s: { plugin: store.plugin }, archive: { plugin: other.plugin } };
  const config = configOf(store.plugin, { plugins });
  const receipt = await hostOf(stateDir, { config, replay: { letters: { run: "r1" }, to: "archive" } }).done();
  expect(receipt).toMatchObject({
    ok: true,
    stores: [{ audit: "nightly", store: "archive", accepted: 3, written: 3 }],
  });
  expect(store.opened).toEqual([]);
  expect(other.opened).toMatchObject([{ run: "r1", audit: "nightly" }]);
  expect((await lettersIn(stateDir, { run: "r1" }))[0]).toMatchObject({
    state: "replayed",
    store: "s",
    history: [{ outcome: "dead_lettered" }, { outcome: "replayed", to: "archive" }],
  });
  store.refuses = () => undefined;
  await hostOf(stateDir, { config, replay: { letters: { state: "replayed" } } }).done();
  await hostOf(stateDir, { config, replay: {} }).done();
  expect(store.opened.map(({ run }) => run)).toEqual(["r1", "r2"]);
  expect(store.got).toHaveLength(6);
  const missing = hostOf(stateDir, { config, replay: { to: "archiv", letters: { state: "replayed" } } });
  await expect(missing.open()).rejects.toMatchObject({ problems: [{ code: "undefined_plugin" }] });
});

test("letters go to no other store whose taps they have not gone through (SC-62, issue 15)", async () => {
  const stateDir = folder();
  const store = new Pickiness();
  await write(stateDir, store, "r1", ODD);
  const other = new Pickiness();
  other.refuses = () => undefined;
  const few = defineTap({ name: "few", apiVersion: 1, params: { type: "object" }, apply() {} });
  const configWith = (own: object) => ({
    plugins: {
      s: { plugin: store.plugin, ...own },
      archive: { plugin: other.plugin, taps: ["few"] },
      few: { plugin: few },
    },
    audits: { nightly: { stores: ["s", "archive"] } },
    run: ["nightly"],
  });
  const replay = { to: "archive" };
  const receipt = await hostOf(stateDir, { config: configWith({}), replay }).done();
  expect(receipt).toMatchObject({
    ok: false,
    stores: [
      {
        store: "archive",
        accepted: 3,
        spooled: 3,
        problem: {
          code: "LETTERS_UNTAPPED",
          message:
            "3 of the dead letters were left: the records of archive go through few, and these letters have not.",
        },
      },
    ],
  });
  expect(other.opened).toEqual([]);
  expect((await lettersIn(stateDir)).map(({ state }) => state)).toEqual(["kept", "kept", "kept"]);
  const both = await hostOf(stateDir, { config: configWith({ taps: ["few"] }), replay }).done();
  expect(both).toMatchObject({ ok: true, stores: [{ store: "archive", written: 3 }] });
});

test("letters whose store is not in the configuration are left and told", async () => {
  const stateDir = folder();
  const store = new Pickiness();
  await write(stateDir, store, "r1", ODD);
  const config = { plugins: { t: { plugin: store.plugin } }, audits: { nightly: { stores: ["t"] } } };
  const receipt = await hostOf(stateDir, { config, replay: {} }).done();
  expect(receipt).toMatchObject({
    ok: false,
    stores: [{ audit: "nightly", store: "s", accepted: 3, spooled: 3, problem: { code: "STORE_UNKNOWN" } }],
  });
});

test("a database that shows damage while it is read is mended, so that the next replay sends what can be read", async () => {
  const stateDir = folder();
  const store = new Pickiness();
  await write(
    stateDir,
    store,
    "r1",
    ODD.map((text) => `${text.slice(0, -1)},"long":"${"x".repeat(50_000)}"}`),
  );
  const path = join(stateDir, "state.db");
  const file = openSync(path, "r+");
  writeSync(file, Buffer.alloc(4000, 7), 0, 4000, (statSync(path).size >> 13) * 4096 + 90);
  closeSync(file);
  store.refuses = () => undefined;
  const host = hostOf(stateDir, { config: configOf(store.plugin, { delivery: { deadline: "1h" } }), replay: {} });
  expect((await host.done()).stores).toMatchObject([{ accepted: 3, spooled: 3, lost: 0 }]);
  expect(host.failures.at(-1)).toMatchObject({
    code: "LETTERS_DAMAGED",
    message: expect.stringContaining(": 2 of its 3 dead letters could be read"),
  });
  const again = await hostOf(stateDir, { config: configOf(store.plugin), replay: {} }).done();
  expect(again).toMatchObject({ ok: true, stores: [{ accepted: 2, written: 2 }] });
});

test("only one process at a time sends letters of a state folder again (exit 75)", async () => {
  const stateDir = folder();
  const store = new Pickiness();
  await write(stateDir, store, "r1", ODD);
  const claim = Claim.take(join(stateDir, "replay.claim"), { unsafe: false });
  const options = { config: configOf(store.plugin), replay: {} };
  await expect(hostOf(stateDir, options).open()).rejects.toMatchObject({ code: "REPLAY_IN_USE" });
  claim.release();
  store.refuses = () => undefined;
  expect(await hostOf(stateDir, options).done()).toMatchObject({ ok: true });
});

test("a damaged claim of a replay that was killed is in nobody's way, and is told (issue 14)", async () => {
  const stateDir = folder();
  const store = new Pickiness();
  await write(stateDir, store, "r1", ODD);
  store.refuses = () => undefined;
  const path = join(stateDir, "replay.claim");
  writeFileSync(path, "no database");
  const host = hostOf(stateDir, { config: configOf(store.plugin), replay: {} });
  expect(await host.done()).toMatchObject({ ok: true });
  expect(host.warnings).toContain(
    `Cannot take the claim ${path}: the file is no database of SQLite. It was moved to ${path}.damaged.`,
  );
  expect(readFileSync(`${path}.damaged`, "utf8")).toBe("no database");
});

test("a host that sends letters again takes no records, and no other task", async () => {
  const host = createHost({ stateDir: folder(), config: {}, replay: {} });
  await expect(host.write({ n: 1 })).rejects.toMatchObject({ code: "OPTION_INVALID" });
  expect(() => host.writable()).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  const both = createHost({ config: {}, replay: {}, run: "r1" });
  expect(await both.inspect()).toMatchObject({ problems: [{ code: "conflict" }] });
  const wrong = createHost({ config: {}, replay: { letters: { state: "sent" as "kept" } } });
  expect(await wrong.inspect()).toMatchObject({ problems: [{ path: ["replay", "letters", "state"] }] });
});
