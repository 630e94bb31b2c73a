// A journal that an earlier version wrote (its format is 1) before it was killed: 40 records came in, a tap of the
// audit dropped the eighth and marked the others, `away` has none of them, and `some` has the even ones.
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { gunzipSync } from "node:zlib";
import { type Batch, defineStore, defineTap } from "@cloudmarker/store-api";
import { beforeEach, describe, expect, it } from "vitest";
import { createHost, type HostOptions } from "../../src/index.ts";

const RUN = "20260101_000000";
const ALL = Array.from({ length: 40 }, (_, n) => n).filter((n) => n !== 7);
const ODD = ALL.filter((n) => n % 2 === 1);

let stateDir: string;
let journal: string;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "cloudmarker-earlier-"));
  mkdirSync(join(stateDir, "runs"), { mode: 0o700 });
  journal = join(stateDir, "runs", `${RUN}.db`);
  const packed = readFileSync(join(import.meta.dirname, "fixtures", "journal-of-format-1.db.gz"));
  writeFileSync(journal, gunzipSync(packed), { mode: 0o600 });
});

interface Got {
  readonly texts: string[];
  readonly numbers: number[];
}

function storeOf(name: string, { texts, numbers }: Got): ReturnType<typeof defineStore> {
  const write = (batch: Batch): void => {
    texts.push(...batch.map(({ json }) => json));
    numbers.push(...batch.map(({ value }) => (value.raw as { n: number }).n));
  };
  return defineStore({ name, apiVersion: 1, params: { type: "object" }, open: () => ({ write }) });
}

/** As the earlier process had it. */
const mark = defineTap({
  name: "mark",
  apiVersion: 1,
  params: { type: "object" },
  apply(host) {
    host.hooks.record.tap("mark", (record) => ({ ...record, ext: { by: "mark" } }));
    host.hooks.filter.tap("mark", ({ raw }) => (raw as { n: number }).n !== 7);
  },
});

const hide = defineTap({
  name: "hide",
  apiVersion: 1,
  params: { type: "object" },
  apply(host) {
    host.hooks.record.tap("hide", (record) => ({ ...record, ext: { by: "hide" } }));
    host.hooks.filter.tap("hide", () => false);
  },
});

function resume(
  taps: readonly string[],
  options: HostOptions = {},
): { away: Got; some: Got; host: ReturnType<typeof createHost> } {
  const [away, some] = [
    { texts: [], numbers: [] },
    { texts: [], numbers: [] },
  ];
  const host = createHost({
    stateDir,
    resume: RUN,
    config: {
      plugins: {
        away: { plugin: storeOf("away", away), taps },
        some: { plugin: storeOf("some", some) },
        hide: { plugin: hide },
        mark: { plugin: mark },
      },
      audits: { nightly: { stores: ["away", "some"], taps } },
      run: ["nightly"],
      delivery: { spool: true },
    },
    ...options,
  });
  return { away, some, host };
}

describe("a journal of format 1", () => {
  it.each([
    ["no taps are listed", []],
    ["taps are listed by now: what is kept does not go through them", ["hide"]],
  ])("is resumed, and nothing is lost or comes twice, where %s", async (_name, taps) => {
    const { away, some, host } = resume(taps);
    const receipt = await host.done();
    expect(away.numbers.toSorted((a, b) => a - b)).toEqual(ALL);
    expect(some.numbers.toSorted((a, b) => a - b)).toEqual(ODD);
    for (const text of [...away.texts, ...some.texts]) expect(text).toContain('"ext":{"by":"mark"}');
    expect(receipt).toMatchObject({ received: 40, filtered: 1, rejected: 0 });
    expect(receipt.stores).toMatchObject([
      { store: "away", accepted: 39, written: 39, filtered: 1, rejected: 0, spooled: 0, lost: 0 },
      { store: "some", accepted: 39, written: 39, filtered: 1, rejected: 0, spooled: 0, lost: 0 },
    ]);
    expect(readdirSync(join(stateDir, "runs"))).not.toContain(`${RUN}.db`);
  });

  it("has its records where they were, if the inputs are read again through taps", async () => {
    const { away, some, host } = resume(["mark"], { resume: { run: RUN, readsOn: () => true } });
    host.hooks.store.tap("test", (store) => {
      if (store.key === "some") store.hooks.filter.tap("test", ({ raw }) => (raw as { n: number }).n < 42);
    });
    await host.open();
    await host.write(Array.from({ length: 44 }, (_, n) => ({ n })));
    const receipt = await host.done();
    expect(away.numbers.toSorted((a, b) => a - b)).toEqual([...ALL, 40, 41, 42, 43]);
    expect(some.numbers.toSorted((a, b) => a - b)).toEqual([...ODD, 40, 41]);
    expect(receipt).toMatchObject({ received: 44, filtered: 1 });
    expect(receipt.stores).toMatchObject([
      { store: "away", accepted: 43, written: 43, filtered: 1, lost: 0 },
      { store: "some", accepted: 41, written: 41, filtered: 3, lost: 0 },
    ]);
  });

  it("of a version that is not known yet is refused by name, and left as it is", async () => {
    const db = new DatabaseSync(journal);
    db.exec("PRAGMA user_version = 3");
    db.close();
    copyFileSync(journal, join(stateDir, "copy.db"));
    await expect(resume([]).host.open()).rejects.toThrow(
      /a newer version of Cloudmarker made it \(its format is 3, this version knows formats up to 2\)/,
    );
    expect(readFileSync(journal).equals(readFileSync(join(stateDir, "copy.db")))).toBe(true);
  });
});
