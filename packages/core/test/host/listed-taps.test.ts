import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Batch,
  type Failure,
  type RecordValue,
  type StoreRecord,
  defineStore,
  defineTap,
  RetryError,
} from "@cloudmarker/store-api";
import { beforeEach, describe, expect, it } from "vitest";
import { createHost, type Host, type HostOptions } from "../../src/index.ts";

const RUN = "20260101_000000";

let stateDir: string;
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "cloudmarker-taps-"));
});

/** A back end that can be away. */
class BackEnd {
  isAway = false;
  readonly records: StoreRecord[] = [];

  readonly plugin = defineStore({
    name: "search",
    apiVersion: 1,
    params: { type: "object" },
    open: () => ({ write: (batch) => this.#write(batch) }),
  });

  #write(batch: Batch): undefined {
    if (this.isAway) throw new RetryError("away", "The back end is away.");
    this.records.push(...batch);
  }

  get raws(): unknown[] {
    return this.records.map(({ value }) => value.raw).toSorted((a, b) => numberIn(a) - numberIn(b));
  }

  get numbers(): number[] {
    return this.raws.map(numberIn);
  }
}

function numberIn(raw: unknown): number {
  return (raw as { n: number }).n;
}

const numberOf = ({ raw }: RecordValue): number => numberIn(raw);

/** What a tap was given. */
class Seen {
  readonly raws: unknown[] = [];
  applied = 0;

  /** Puts `"***"` in the place of `secret`. */
  readonly redact = defineTap({
    name: "redact",
    apiVersion: 1,
    params: { type: "object", properties: { by: { type: "string", default: "***" } } },
    apply: (host, { by }) => {
      this.applied++;
      host.hooks.record.tap("redact", (record) => {
        this.raws.push(structuredClone(record.raw));
        return { ...record, raw: { ...(record.raw as object), secret: by } };
      });
    },
  });
}

/** Lets every tenth through. */
const few = defineTap({
  name: "few",
  apiVersion: 1,
  params: { type: "object", properties: { of: { type: "integer", default: 10 } } },
  apply(host, { of }) {
    host.hooks.filter.tap("few", (record) => numberOf(record) % of === 0);
  },
});

const brittle = defineTap({
  name: "brittle",
  apiVersion: 1,
  params: { type: "object" },
  apply(host) {
    host.hooks.record.tap("brittle", (record) => {
      if (numberOf(record) === 2) throw new Error("no rule for 2");
    });
  },
});

const failures: Failure[] = [];

function hostOf(config: Record<string, unknown>, options: HostOptions = {}): Host {
  failures.length = 0;
  const named = options.resume === undefined ? { run: RUN } : {};
  const host = createHost({
    stateDir,
    ...named,
    config: { delivery: { spool: true, batch: { records: 10 }, retry: { min: 1, max: 5 } }, ...config },
    ...options,
  });
  host.hooks.failed.tap("test", (failure) => void failures.push(failure));
  return host;
}

function numbered(count: number, first = 0): { n: number; secret: string }[] {
  return Array.from({ length: count }, (_, at) => ({ n: first + at, secret: "s" }));
}

describe("taps", () => {
  it("of an audit see the records of its stores only", async () => {
    const [one, two] = [new BackEnd(), new BackEnd()];
    const seen = new Seen();
    const host = hostOf({
      plugins: { one: { plugin: one.plugin }, two: { plugin: two.plugin }, redact: { plugin: seen.redact } },
      audits: { a: { stores: ["one"], taps: ["redact"] }, b: { stores: ["two"] } },
      run: ["a", "b"],
    });
    await host.write(numbered(2));
    expect(await host.done()).toMatchObject({ ok: true, filtered: 0 });
    expect(one.raws).toEqual([
      { n: 0, secret: "***" },
      { n: 1, secret: "***" },
    ]);
    expect(two.raws).toEqual(numbered(2));
    expect(seen.raws).toHaveLength(2);
  });

  it("of a plugin, and of its entry in the list, see those of that store alone, in their order", async () => {
    const [all, some, both] = [new BackEnd(), new BackEnd(), new BackEnd()];
    const seen = new Seen();
    const host = hostOf({
      plugins: {
        all: { plugin: all.plugin },
        some: { plugin: some.plugin, taps: ["few"] },
        both: { plugin: both.plugin },
        few: { plugin: few },
        redact: { plugin: seen.redact },
      },
      audits: { a: { stores: ["all", "some", { store: "both", taps: ["few", "redact"] }] } },
      run: ["a"],
    });
    await host.write(numbered(30));
    const receipt = await host.done();
    expect(receipt).toMatchObject({ ok: true, received: 30, filtered: 0 });
    expect(receipt.stores).toMatchObject([
      { store: "all", accepted: 30, written: 30, filtered: 0, rejected: 0 },
      { store: "some", accepted: 3, written: 3, filtered: 27, rejected: 0 },
      { store: "both", accepted: 3, written: 3, filtered: 27, rejected: 0 },
    ]);
    expect(all.raws).toEqual(numbered(30));
    expect(some.raws).toEqual(numbered(30).filter(({ n }) => n % 10 === 0));
    expect(both.raws).toEqual([0, 10, 20].map((n) => ({ n, secret: "***" })));
    // The filter stands first: what it drops is not redacted.
    expect(seen.raws).toHaveLength(3);
  });

  it("that several stores share run once per record and make one text, and are applied once", async () => {
    const ends = [new BackEnd(), new BackEnd(), new BackEnd()];
    const seen = new Seen();
    const host = hostOf({
      plugins: {
        one: { plugin: ends[0]?.plugin },
        two: { plugin: ends[1]?.plugin },
        three: { plugin: ends[2]?.plugin, taps: ["few"] },
        redact: { plugin: seen.redact },
        few: { plugin: few, params: { of: 1 } },
      },
      audits: { a: { stores: ["one", "two", "three"], taps: ["redact"] } },
      run: ["a"],
    });
    await host.write(numbered(5));
    await host.done();
    expect(seen).toMatchObject({ applied: 1, raws: { length: 5 } });
    const ids = ends.map(({ records }) => records.map(({ id }) => id));
    expect(ids[1]).toEqual(ids[0]);
    expect(ids[2]).toEqual(ids[0]);
  });

  it("cannot see what a tap of another store changes, and not even the value that a filter spoils", async () => {
    const [one, two] = [new BackEnd(), new BackEnd()];
    const spoils = defineTap({
      name: "spoils",
      apiVersion: 1,
      params: { type: "object" },
      apply(host) {
        host.hooks.filter.tap("spoils", (record) => {
          (record.raw as { secret: string }).secret = "spoilt";
          return true;
        });
      },
    });
    const seen = new Seen();
    const host = hostOf({
      plugins: {
        one: { plugin: one.plugin, taps: ["spoils", "redact"] },
        two: { plugin: two.plugin, taps: ["spoils"] },
        spoils: { plugin: spoils },
        redact: { plugin: seen.redact },
      },
      audits: { a: { stores: ["one", "two"] } },
      run: ["a"],
    });
    await host.write(numbered(1));
    await host.done();
    expect(seen.raws).toEqual(numbered(1));
    expect(two.raws).toEqual(numbered(1));
  });

  it("of a store that throw reject the record for it alone (SC-42)", async () => {
    const [one, two] = [new BackEnd(), new BackEnd()];
    const host = hostOf({
      plugins: {
        one: { plugin: one.plugin },
        two: { plugin: two.plugin, taps: ["brittle"] },
        brittle: { plugin: brittle },
      },
      audits: { a: { stores: ["one", "two"] } },
      run: ["a"],
    });
    await host.write(numbered(4));
    const receipt = await host.done();
    expect(receipt).toMatchObject({ ok: false, rejected: 0 });
    expect(receipt.stores).toMatchObject([
      { accepted: 4, written: 4, rejected: 0 },
      { accepted: 3, written: 3, rejected: 1, filtered: 0 },
    ]);
    expect(two.numbers).toEqual([0, 1, 3]);
    expect(failures.map(({ message }) => message)).toContain(
      "record 3, for a/two: brittle in host.hooks.record: no rule for 2",
    );
  });

  it("that leave a record for no store count in the run as well", async () => {
    const one = new BackEnd();
    const host = hostOf({
      plugins: { one: { plugin: one.plugin }, few: { plugin: few }, brittle: { plugin: brittle } },
      audits: { a: { stores: ["one"], taps: ["brittle", "few"] } },
      run: ["a"],
    });
    host.hooks.filter.tap("run", (record) => numberOf(record) !== 1);
    await host.write(numbered(20));
    const receipt = await host.done();
    expect(receipt).toMatchObject({ ok: false, received: 20, filtered: 17, rejected: 1 });
    expect(receipt.rejections).toEqual(["record 3: brittle in host.hooks.record: no rule for 2"]);
    expect(receipt.stores).toMatchObject([{ accepted: 2, written: 2, filtered: 17, rejected: 1 }]);
  });

  it("of store.hooks come last, for an embedding tool", async () => {
    const [one, two] = [new BackEnd(), new BackEnd()];
    const seen = new Seen();
    const host = hostOf({
      plugins: { one: { plugin: one.plugin }, two: { plugin: two.plugin }, redact: { plugin: seen.redact } },
      audits: { a: { stores: ["one", "two"], taps: ["redact"] } },
      run: ["a"],
    });
    host.hooks.store.tap("tool", ({ key, hooks }) => {
      if (key !== "two") return;
      hooks.record.tap("tool", (record) => ({ ...record, ext: { seen: record.raw } }));
      hooks.filter.tap("tool", (record) => numberOf(record) > 0);
    });
    await host.write(numbered(2));
    const receipt = await host.done();
    expect(one.records.map(({ value }) => value.ext)).toEqual([{}, {}]);
    expect(two.records.map(({ value }) => value.ext)).toEqual([{ seen: { n: 1, secret: "***" } }]);
    expect(receipt.stores[1]).toMatchObject({ accepted: 1, filtered: 1 });
  });

  it("must be taps, and a tap has none of its own", async () => {
    const plugins = {
      one: { plugin: new BackEnd().plugin, taps: ["two"] },
      two: { plugin: new BackEnd().plugin },
      few: { plugin: few, taps: ["few"] },
    };
    const host = hostOf({
      plugins,
      audits: { a: { stores: ["one", { store: "two", taps: ["one", "few"] }] } },
      run: ["a"],
    });
    const { problems } = await host.inspect();
    expect(problems.map(({ path, message }) => [path.join("."), message])).toEqual([
      ["plugins.one.taps.0", '"two" is a store; list it under stores.'],
      ["audits.a.stores.1.taps.0", '"one" is a store; list it under stores.'],
      ["plugins.few.taps", 'plugins.few has an unknown key "taps". Known: plugin, params.'],
    ]);
  });

  it("say what is wrong with their params, also those that the program gives (SC-06)", async () => {
    const picky = defineTap({
      name: "picky",
      apiVersion: 1,
      params: { type: "object", properties: { of: { type: "array", items: { type: "integer" }, default: [1] } } },
      validate: ({ of }) =>
        of.flatMap((n, at) => (n > 9 ? [{ path: ["of", at], message: `of[${at}] is large.` }] : [])),
      apply() {},
    });
    const host = hostOf(
      {
        plugins: {
          one: { plugin: new BackEnd().plugin, taps: ["picky", "wrong"] },
          picky: { plugin: picky, params: { of: [3, 12] } },
          wrong: { plugin: picky, params: { of: "x" } },
        },
        audits: { a: { stores: ["one"] } },
        run: ["a"],
      },
      { taps: [picky, { plugin: picky, params: { of: [10] } }] },
    );
    const { problems } = await host.inspect();
    expect(problems.map(({ path, message }) => [path.join("."), message])).toEqual([
      ["plugins.picky.params.of.1", "of[1] is large."],
      ["plugins.wrong.params.of", "params.of is a string, must be a list. Write it in brackets: [x]."],
      ["taps.1.of.0", "of[0] is large."],
    ]);
  });

  it("are told of their own stores only", async () => {
    const [one, two] = [new BackEnd(), new BackEnd()];
    const keys: string[] = [];
    const watch = defineTap({
      name: "watch",
      apiVersion: 1,
      params: { type: "object" },
      apply(host) {
        host.hooks.store.tap("watch", ({ key }) => void keys.push(key));
      },
    });
    const host = hostOf({
      plugins: { one: { plugin: one.plugin }, two: { plugin: two.plugin, taps: ["watch"] }, watch: { plugin: watch } },
      audits: { a: { stores: ["one", "two"] } },
      run: ["a"],
    });
    await host.done();
    expect(keys).toEqual(["two"]);
  });
});

function configOf(ends: Record<"plain" | "secret" | "some", BackEnd>, taps: Record<string, string[]>) {
  return {
    plugins: {
      ...Object.fromEntries(
        Object.entries(ends).map(([key, { plugin }]) => [key, { plugin, ...(taps[key] && { taps: taps[key] }) }]),
      ),
      redact: { plugin: new Seen().redact },
      few: { plugin: few },
    },
    audits: { a: { stores: Object.keys(ends) } },
    run: ["a"],
  };
}

describe("what a store is kept for that is away", () => {
  it("is as it was after its taps, and its counts are exact, whatever its taps are when it is resumed", async () => {
    const ends = { plain: new BackEnd(), secret: new BackEnd(), some: new BackEnd() };
    ends.secret.isAway = ends.some.isAway = true;
    const host = hostOf(configOf(ends, { secret: ["redact"], some: ["few"] }));
    await host.write(numbered(40));
    const receipt = await host.done({ deadlineMs: 50 });
    expect(receipt.stores).toMatchObject([
      { store: "plain", accepted: 40, written: 40, spooled: 0 },
      { store: "secret", accepted: 40, written: 0, spooled: 40, filtered: 0 },
      { store: "some", accepted: 4, written: 0, spooled: 4, filtered: 36 },
    ]);

    ends.secret.isAway = ends.some.isAway = false;
    const second = hostOf(configOf(ends, {}), { resume: RUN });
    const left: unknown[] = [];
    second.hooks.resume.tap("see", (run) => void left.push(...run.left));
    const again = await second.done();
    expect(left).toEqual([
      { audit: "a", store: "secret", records: 40 },
      { audit: "a", store: "some", records: 4 },
    ]);
    expect(again.stores.find(({ store }) => store === "secret")).toMatchObject({ accepted: 40, written: 40, lost: 0 });
    expect(again.stores.find(({ store }) => store === "some")).toMatchObject({
      accepted: 4,
      written: 4,
      filtered: 36,
      lost: 0,
    });
    expect(ends.secret.raws).toEqual(numbered(40).map(({ n }) => ({ n, secret: "***" })));
    expect(ends.some.raws).toEqual([0, 10, 20, 30].map((n) => ({ n, secret: "s" })));
    expect(ends.plain.numbers).toHaveLength(40);
  });

  it.each([
    ["with a journal", true],
    ["without one", false],
  ])("is counted once after a signal, whoever dropped it, %s", async (_name, spool) => {
    const ends = { plain: new BackEnd(), secret: new BackEnd(), some: new BackEnd() };
    const config = { ...configOf(ends, { some: ["few"] }), delivery: { spool } };
    const first = hostOf(config);
    first.hooks.filter.tap("run", (record) => numberOf(record) !== 7);
    await first.write(numbered(40));
    const { stores } = await first.done({ goesOn: true });
    expect(stores.map(({ accepted, filtered }) => [accepted, filtered])).toEqual([
      [39, 1],
      [39, 1],
      [4, 36],
    ]);
    for (const readsOn of ["later", false] as const) {
      // oxlint-disable-next-line no-await-in-loop -- one process after the other
      const receipt = await hostOf(config, { resume: { run: RUN, readsOn: () => readsOn } }).done();
      expect(receipt).toMatchObject({ received: 40, filtered: 1 });
      expect(receipt.stores).toEqual(stores);
    }
  });

  it("adds up where the journal is gone, with what the taps of the run and of the store dropped", async () => {
    const ends = { plain: new BackEnd(), secret: new BackEnd(), some: new BackEnd() };
    ends.some.isAway = true;
    const host = hostOf(configOf(ends, { secret: ["redact"], some: ["few"] }));
    host.hooks.filter.tap("run", (record) => numberOf(record) !== 7);
    await host.write(numbered(40));
    await host.done({ deadlineMs: 50 });
    for (const end of ["", "-wal", "-shm"]) await rm(join(stateDir, "runs", `${RUN}.db${end}`), { force: true });
    const again = await hostOf(configOf(ends, { some: ["few"] }), { resume: RUN }).done();
    expect(again).toMatchObject({ ok: false, received: 40, filtered: 1 });
    expect(again.stores.find(({ store }) => store === "some")).toMatchObject({
      accepted: 4,
      written: 0,
      filtered: 36,
      spooled: 0,
      lost: 4,
    });
    expect(again.stores.find(({ store }) => store === "plain")).toMatchObject({
      accepted: 39,
      written: 39,
      filtered: 1,
    });
  });

  describe("that the configuration has no more, while the inputs are read on", () => {
    const ends = { plain: new BackEnd(), secret: new BackEnd(), some: new BackEnd() };
    const taps = { secret: ["redact"], some: ["few"] };
    const readOn = (stores: string[], count: number, from: number): Host => {
      const config = { ...configOf(ends, taps), audits: { a: { stores } } };
      return hostOf(config, { resume: { run: RUN, readsOn: () => count > from } });
    };
    beforeEach(async () => {
      for (const end of Object.values(ends)) {
        end.isAway = true;
        end.records.length = 0;
      }
      const host = hostOf(configOf(ends, taps));
      await host.write(numbered(15));
      host.position(0, { n: 15 });
      await host.done({ deadlineMs: 50, goesOn: true });
      for (const end of Object.values(ends)) end.isAway = false;
    });

    it("is whole once it is put back, if it has no taps", async () => {
      const second = readOn(["secret", "some"], 40, 15);
      await second.open();
      await second.write(numbered(25, 15));
      const receipt = await second.done();
      expect(receipt.stores.find(({ store }) => store === "plain")).toMatchObject({ accepted: 40, spooled: 40 });
      expect(ends.secret.numbers).toHaveLength(40);
      expect(ends.some.numbers).toEqual([0, 10, 20, 30]);
      const third = readOn(["plain", "secret", "some"], 0, 0);
      const again = await third.done();
      expect(again.stores.find(({ store }) => store === "plain")).toMatchObject({ accepted: 40, written: 40, lost: 0 });
      expect(ends.plain.raws).toEqual(numbered(40));
    });

    it.each([
      ["others that have taps", ["plain", "secret"]],
      ["one that has none", ["plain"]],
    ])("keeps what it has, and nothing that its taps have not seen, beside %s", async (_name, stores) => {
      const second = readOn(stores, 40, 15);
      await second.open();
      await second.write(numbered(25, 15));
      const receipt = await second.done();
      expect(receipt.stores.find(({ store }) => store === "plain")).toMatchObject({ accepted: 40, written: 40 });
      expect(receipt.stores.find(({ store }) => store === "some")).toMatchObject({
        accepted: 27,
        filtered: 13,
        spooled: 2,
        lost: 25,
        reasons: [{ code: "taps_missing", count: 25 }],
        notes: [
          "some is not in the configuration: 2 records stay in the journal. Put it back, or name the old file with -c. " +
            "It gets none of the 25 records that were read on meanwhile: its taps (few) are not there.",
        ],
      });
      expect(receipt.ok).toBe(false);

      const third = await readOn(["plain", "secret", "some"], 0, 0).done();
      expect(ends.plain.raws).toEqual(numbered(40));
      expect(ends.some.numbers).toEqual([0, 10]);
      const again = third.stores.find(({ store }) => store === "some");
      expect(again).toMatchObject({ accepted: 27, written: 2, filtered: 13, spooled: 0, lost: 25 });
      expect(again?.reasons).toMatchObject([{ code: "taps_missing", count: 25 }]);
    });

    it("is told also if nothing is kept for it, and what is read again for the others stays its own", async () => {
      for (const end of Object.values(ends)) end.records.length = 0;
      await readOn(["plain", "secret", "some"], 40, 15).done({ goesOn: true });
      expect(ends.some.numbers).toEqual([0, 10]);
      const second = hostOf(
        { ...configOf(ends, taps), audits: { a: { stores: ["plain", "secret"] } } },
        { resume: { run: RUN, readsOn: () => true } },
      );
      await second.open();
      await second.write(numbered(25, 15));
      const receipt = await second.done();
      expect(receipt.stores.find(({ store }) => store === "some")).toMatchObject({
        accepted: 27,
        written: 2,
        spooled: 0,
        lost: 25,
        notes: [
          "some is not in the configuration. " +
            "It gets none of the 25 records that were read on meanwhile: its taps (few) are not there.",
        ],
      });
    });

    it("gets what is kept, if nothing more is read", async () => {
      const receipt = await readOn(["plain", "secret"], 0, 0).done();
      expect(receipt.stores.find(({ store }) => store === "some")).toMatchObject({
        accepted: 2,
        filtered: 13,
        spooled: 2,
      });
    });
  });

  it.each([
    ["the same taps", { secret: ["redact"], some: ["few"] }],
    ["no taps", {}],
    ["the taps the other way round", { secret: ["few"], some: ["redact"] }],
  ])("comes once where the inputs are read again with %s", async (_name, taps) => {
    const ends = { plain: new BackEnd(), secret: new BackEnd(), some: new BackEnd() };
    ends.secret.isAway = ends.some.isAway = true;
    const host = hostOf(configOf(ends, { secret: ["redact"], some: ["few"] }));
    await host.write(numbered(15));
    host.position(0, { n: 15 });
    await host.write(numbered(15, 15));
    await host.done({ deadlineMs: 50, goesOn: true });

    ends.secret.isAway = ends.some.isAway = false;
    let from = 0;
    const second = hostOf(configOf(ends, taps), {
      resume: {
        run: RUN,
        readsOn: (inputs) => {
          from = Number(inputs[0]?.at["n"] ?? 0);
          return true;
        },
      },
    });
    await second.open();
    await second.write(numbered(40 - from, from));
    const again = await second.done();
    const [plain, secret, some] = again.stores;
    expect(plain).toMatchObject({ accepted: 40, written: 40, filtered: 0, lost: 0 });
    expect(ends.plain.numbers).toEqual(numbered(40).map(({ n }) => n));
    // What is known is as it was: the first 30 had the earlier taps.
    expect(ends.secret.raws.slice(0, 30)).toEqual(numbered(30).map(({ n }) => ({ n, secret: "***" })));
    expect(ends.some.numbers.filter((n) => n < 30)).toEqual([0, 10, 20]);
    for (const store of [secret, some])
      expect(store).toMatchObject({ written: store?.accepted, filtered: 40 - (store?.accepted ?? 0), lost: 0 });
    expect(secret?.accepted).toBe(ends.secret.numbers.length);
    expect(some?.accepted).toBe(ends.some.numbers.length);
    expect(again).toMatchObject({ ok: true });
  });

  it.each([
    ["the same taps", { files: ["few"], secret: ["redact"] }],
    ["no taps", {}],
  ])("also for a store that gets its inputs from their beginning again, with %s", async (_name, taps) => {
    const ends = { files: new BackEnd(), plain: new BackEnd(), secret: new BackEnd() };
    const files = { ...ends.files.plugin, supports: { durable: true } };
    const config = (own: Record<string, string[]>) => ({
      plugins: {
        files: { plugin: files, ...(own["files"] && { taps: own["files"] }) },
        plain: { plugin: ends.plain.plugin },
        secret: { plugin: ends.secret.plugin, ...(own["secret"] && { taps: own["secret"] }) },
        redact: { plugin: new Seen().redact },
        few: { plugin: few },
      },
      audits: { a: { stores: ["files", "plain", "secret"] } },
      run: ["a"],
    });
    ends.secret.isAway = true;
    const host = hostOf(config({ files: ["few"], secret: ["redact"] }));
    await host.write(numbered(30));
    host.position(0, { n: 30 });
    await host.done({ deadlineMs: 50, goesOn: true });
    expect(ends.files.numbers).toEqual([0, 10, 20]);

    ends.files.records.length = 0;
    ends.secret.isAway = false;
    const second = hostOf(config(taps), { resume: { run: RUN, readsOn: (inputs) => inputs.length === 0 } });
    await second.open();
    await second.write(numbered(30));
    const again = await second.done();
    const [first, , third] = again.stores;
    expect(ends.files.numbers).toEqual([0, 10, 20]);
    expect(first).toMatchObject({ accepted: 3, written: 3, filtered: 27, lost: 0, spooled: 0 });
    expect(third).toMatchObject({ accepted: 30, written: 30, filtered: 0, lost: 0 });
    expect(ends.secret.raws).toEqual(numbered(30).map(({ n }) => ({ n, secret: "***" })));
    expect(ends.plain.numbers).toHaveLength(30);
  });
});
