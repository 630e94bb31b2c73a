import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  type Batch,
  type Failure,
  type Outcome,
  type StoreContext,
  type StoreRecord,
  defineStore,
  defineTap,
  reject,
} from "@cloudmarker/store-api";
import { beforeEach, describe, expect, it } from "vitest";
import { ConfigError, type HostOptions, createHost, systemClock } from "../../src/index.ts";
import { lettersIn } from "../support/letters-in.ts";

const params = { type: "object" } as const;
const QUICK = { batch: { records: 10 }, retry: { min: 1, max: 5 } };

let stateDir: string;
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "cloudmarker-host-"));
});

/** A store whose `write` is the given function, and what it was given. */
function storeOf(name: string, write: (batch: Batch) => readonly Outcome[] | undefined | Promise<undefined>) {
  return defineStore({ name, apiVersion: 1, params, open: () => ({ write }) });
}

/** A store that takes everything and fails at the end. */
function unpublished(name: string) {
  return defineStore({
    name,
    apiVersion: 1,
    params,
    open: () => ({ write: () => undefined, done: () => Promise.reject(new Error(`${name} is full`)) }),
  });
}

/** A producer that dies after its first record. */
function* crashingProducer() {
  yield { n: 1 };
  throw new Error("the scanner crashed");
}

function collector(name = "collector") {
  const records: StoreRecord[] = [];
  const plugin = storeOf(name, (batch) => void records.push(...batch));
  return { plugin, records, values: () => records.map((record) => record.value.raw) };
}

function numbered(count: number): { n: number }[] {
  return Array.from({ length: count }, (_, n) => ({ n }));
}

function hostOf(options: HostOptions) {
  const host = createHost({ stateDir, run: "20260101_000000", ...options });
  const failures: Failure[] = [];
  host.hooks.failed.tap("test", (failure) => void failures.push(failure));
  return { host, failures };
}

describe("a host with four stores side by side", () => {
  it("gives the good one everything, waits for the hanging one no longer than its deadline, and accounts for each", async () => {
    const good = collector("good");
    let call = 0;
    const seen = new Set<unknown>();
    const flaky = storeOf("flaky", (batch) => {
      call += 1;
      if (call % 10 < 3) throw new Error("not now");
      for (const record of batch) seen.add((record.value.raw as { n: number }).n);
      return undefined;
    });
    const picky = storeOf("picky", (batch) =>
      batch.flatMap((record, index) =>
        (record.value.raw as { n: number }).n % 7 === 0 ? [reject(index, "unlucky", "divisible by seven")] : [],
      ),
    );
    const hanging = storeOf("hanging", () => new Promise(() => undefined));
    const { host } = hostOf({
      stores: {
        good: { plugin: good.plugin, delivery: QUICK },
        flaky: { plugin: flaky, delivery: QUICK },
        picky: { plugin: picky, delivery: QUICK },
        hanging: { plugin: hanging, delivery: { ...QUICK, timeout: "10s", deadline: 200 } },
      },
    });
    await host.write(numbered(1000));
    const receipt = await host.done();
    const of = (key: string) => receipt.stores.find((store) => store.store === key);

    expect(good.values()).toEqual(numbered(1000));
    expect(of("good")).toMatchObject({ accepted: 1000, written: 1000, deadLettered: 0, lost: 0 });
    expect(seen.size).toBe(1000);
    expect(of("flaky")).toMatchObject({ accepted: 1000, written: 1000, deadLettered: 0, lost: 0 });
    expect(of("picky")).toMatchObject({ accepted: 1000, written: 857, deadLettered: 143, lost: 0 });
    expect(of("picky")?.reasons).toEqual([{ code: "unlucky", count: 143, reason: "divisible by seven" }]);
    expect(of("hanging")).toMatchObject({ accepted: 1000, written: 0, deadLettered: 0, spooled: 1000, lost: 0 });
    expect(receipt).toMatchObject({ ok: false, received: 1000, filtered: 0, rejected: 0 });

    const letters = await lettersIn(stateDir, { store: "picky" });
    expect(letters).toHaveLength(143);
    expect(letters[0]).toMatchObject({ code: "unlucky", plugin: "picky", run: host.run, attempts: 1 });
    expect(JSON.parse(letters[0]?.json ?? "")).toMatchObject({ raw: { n: 0 } });
  });

  it("reports the failure of each of two stores, not of the first alone (pitfalls 2 and 8)", async () => {
    const { host, failures } = hostOf({ stores: { a: unpublished("first"), b: unpublished("second") } });
    await host.write({ n: 1 });
    const receipt = await host.done();
    expect(receipt.stores.map((store) => store.problem)).toEqual([
      { code: "STORE_DONE_FAILED", message: "a did not publish: first is full" },
      { code: "STORE_DONE_FAILED", message: "b did not publish: second is full" },
    ]);
    expect(failures.map((failure) => failure.plugin).toSorted()).toEqual(["first", "second"]);
    expect(receipt.ok).toBe(false);
  });

  it("goes on without a store that does not open, and opens it when it can", async () => {
    let tries = 0;
    const late = collector("late");
    const plugin = defineStore({
      name: "late",
      apiVersion: 1,
      params,
      open: () => {
        tries += 1;
        if (tries < 3) throw Object.assign(new Error("connection refused"), { status: "retry", code: "refused" });
        return { write: (batch) => void late.records.push(...batch) };
      },
    });
    const good = collector();
    const { host, failures } = hostOf({ stores: { late: { plugin, delivery: QUICK }, good: good.plugin } });
    await host.write(numbered(30));
    const receipt = await host.done();
    expect(failures[0]).toMatchObject({
      code: "STORE_OPEN_FAILED",
      message: "late did not open: connection refused",
      store: "late",
    });
    expect(receipt.ok).toBe(true);
    // Two batches are sent at a time, so their order is free.
    expect(late.values()).toHaveLength(30);
    expect(late.values()).toEqual(expect.arrayContaining(numbered(30)));
    expect(good.values()).toEqual(numbered(30));
  });
});

function fails(): never {
  throw new Error("no rules");
}

function neverOpens(): Promise<never> {
  return Promise.reject(new Error("no such folder"));
}

describe("a store that is slow to open", () => {
  it("delays neither the host nor the others, and gets all records that waited for it", async () => {
    const opening = Promise.withResolvers<void>();
    const slow = collector("slow");
    const open = async () => {
      await opening.promise;
      return { write: (batch: Batch) => void slow.records.push(...batch) };
    };
    const good = collector();
    const { host } = hostOf({
      stores: { slow: defineStore({ name: "slow", apiVersion: 1, params, open }), good: good.plugin },
    });
    // The second is written while the stores are being opened.
    await Promise.all([host.open().then(() => host.write({ n: 0 })), host.write({ n: 1 })]);
    opening.resolve();
    const receipt = await host.done();
    expect(receipt).toMatchObject({ ok: true, received: 2 });
    expect(slow.values()).toHaveLength(2);
    expect(good.values()).toHaveLength(2);
  });

  it("that never opens is named in the receipt, also when it had no records", async () => {
    const { host } = hostOf({ stores: { s: defineStore({ name: "s", apiVersion: 1, params, open: neverOpens }) } });
    const problem = { code: "STORE_OPEN_FAILED", message: "s did not open: no such folder" };
    expect(await host.done()).toMatchObject({ ok: false, stores: [{ accepted: 0, problem }] });
  });
});

describe("what a host takes", () => {
  it("takes objects, JSON text, bytes, iterables, async iterables and a pipeline alike", async () => {
    const { plugin, records } = collector();
    const { host } = hostOf({ stores: { plugin }, origin: { key: "scan" } });
    await host.write({ n: 1 });
    await host.write('{"n": 18446744073709551616.0}');
    await host.write(new TextEncoder().encode('{"n":3}'));
    await host.write(new Set([{ n: 4 }, { n: 5 }]));
    await host.write(Readable.from([{ n: 6 }, [{ n: 7 }, { n: 8 }]]));
    await pipeline(Readable.from([{ n: 9 }, { n: 10 }]), host.writable());
    const receipt = await host.done();
    const com = { origin_key: "scan", origin_worker: "scan", audit_key: "default", audit_version: "20260101_000000" };
    const target = {
      target_key: "plugin",
      target_class: "collector",
      target_worker: "default_plugin",
      target_type: "store",
    };
    expect(JSON.parse(records[0]?.json ?? "")).toEqual({ raw: { n: 1 }, ext: {}, com: { ...com, ...target } });
    expect(records[1]?.json).toContain('"raw":{"n": 18446744073709551616.0}');
    expect(records).toHaveLength(10);
    expect(receipt).toMatchObject({ ok: true, received: 10 });
  });

  it("counts and explains an input that is not a record, and takes its neighbours", async () => {
    const { plugin, values } = collector();
    const { host, failures } = hostOf({ stores: { plugin } });
    const cyclic: Record<string, unknown> = {};
    cyclic["self"] = cyclic;
    await host.write([{ n: 1 }, 7, cyclic, "not json", { n: 2 }]);
    const receipt = await host.done();
    expect(values()).toEqual([{ n: 1 }, { n: 2 }]);
    expect(receipt).toMatchObject({ ok: false, received: 5, rejected: 3 });
    expect(receipt.rejections[0]).toBe("record 2: a record is an object, not a number");
    expect(receipt.rejections).toHaveLength(3);
    expect(failures.every((failure) => failure.code === "RECORD_INVALID")).toBe(true);
  });

  it("passes on the error of a producer, with what came before it accepted", async () => {
    const { plugin, values } = collector();
    const { host } = hostOf({ stores: { plugin } });
    await expect(host.write(crashingProducer())).rejects.toThrow("the scanner crashed");
    await host.done();
    expect(values()).toEqual([{ n: 1 }]);
  });

  it("brackets the run with markers where they are on (MC-13)", async () => {
    const { plugin, records } = collector();
    const config = {
      plugins: { all: { plugin } },
      audits: { nightly: { stores: ["all"] } },
      run: ["nightly"],
      markers: true,
    };
    const { host } = hostOf({ config });
    await host.write({ n: 1 });
    await host.done();
    expect(records.map((record) => record.com.record_type)).toEqual(["begin_audit", undefined, "end_audit"]);
    expect(JSON.parse(records[0]?.json ?? "")).toEqual({ com: records[0]?.com });
  });

  it("makes everything accepted safe with flush, and can go on", async () => {
    let flushed = 0;
    const records: StoreRecord[] = [];
    const plugin = defineStore({
      name: "flushing",
      apiVersion: 1,
      params,
      open: () => ({ write: (batch) => void records.push(...batch), flush: () => void (flushed = records.length) }),
    });
    const { host } = hostOf({ stores: { plugin } });
    await host.write(numbered(5));
    await host.flush();
    expect(flushed).toBe(5);
    await host.write({ n: 6 });
    expect((await host.done()).stores[0]?.written).toBe(6);
  });

  it("refuses a write after done, and gives the same receipt again", async () => {
    const { host } = hostOf({ stores: { plugin: collector().plugin } });
    const receipt = await host.done();
    await expect(host.write({ n: 1 })).rejects.toMatchObject({ code: "HOST_CLOSED" });
    expect(await host.done()).toBe(receipt);
  });

  it("takes nothing more from a producer that waits for room when the run ends", async () => {
    const plugin = storeOf("hanging", () => new Promise(() => undefined));
    const { host } = hostOf({ stores: { plugin: { plugin, delivery: { queue: { records: 5 }, deadline: 100 } } } });
    const writing = host.write(numbered(50));
    await host.open();
    const [written, done] = await Promise.allSettled([writing, host.done()]);
    expect(written).toMatchObject({ status: "rejected", reason: { code: "HOST_CLOSED" } });
    expect(done).toMatchObject({ value: { received: 5, stores: [{ accepted: 5, spooled: 5 }] } });
  });

  it("is a run without a record, too: the stores are opened and publish", async () => {
    const calls: string[] = [];
    const open = () => (calls.push("open"), { write: () => undefined, done: () => void calls.push("done") });
    const { host } = hostOf({ stores: { plugin: defineStore({ name: "s", apiVersion: 1, params, open }) } });
    expect(await host.done()).toMatchObject({ ok: true, received: 0, stores: [{ accepted: 0 }] });
    expect(calls).toEqual(["open", "done"]);
  });

  it("gives no receipt for a run that could not be opened", async () => {
    const { host } = hostOf({ stores: { s: "./nowhere.js" } });
    await expect(host.done()).rejects.toBeInstanceOf(ConfigError);
    await host[Symbol.asyncDispose]();
  });

  it("keeps two hosts in one process apart", async () => {
    const [a, b] = [collector("a"), collector("b")];
    const [one, two] = [
      hostOf({ stores: { s: a.plugin }, run: "one" }).host,
      hostOf({ stores: { s: b.plugin }, run: "two" }).host,
    ];
    await Promise.all([one.write({ n: 1 }), two.write({ n: 2 })]);
    await Promise.all([one.done(), two.done()]);
    expect(a.records.map((record) => record.com.audit_version)).toEqual(["one"]);
    expect(b.records.map((record) => record.com.audit_version)).toEqual(["two"]);
  });

  it("stops at once when its signal is aborted, and says what became of the rest", async () => {
    const controller = new AbortController();
    const plugin = storeOf("hanging", () => new Promise(() => undefined));
    const { host } = hostOf({
      stores: { plugin: { plugin, delivery: { timeout: "1h", deadline: "1h" } } },
      signal: controller.signal,
    });
    await host.write(numbered(3));
    const done = host.done();
    controller.abort();
    expect((await done).stores[0]).toMatchObject({ accepted: 3, written: 0, spooled: 3 });
  });
});

describe("taps", () => {
  it("redact, enrich and filter records, numbers kept", async () => {
    const { plugin, records } = collector();
    const redact = defineTap({
      name: "redact",
      apiVersion: 1,
      params: { type: "object", properties: { key: { type: "string", default: "secret" } } },
      apply(host, { key }) {
        host.hooks.record.tap("redact", (record) => ({ ...record, raw: { ...(record.raw as object), [key]: "***" } }));
        host.hooks.filter.tap("redact", (record) => (record.raw as { drop?: boolean }).drop !== true);
      },
    });
    const { host } = hostOf({ stores: { plugin }, taps: [redact] });
    await host.write('{"id":14517067005933136034,"secret":"hunter2"}');
    await host.write({ drop: true });
    const receipt = await host.done();
    expect(records.map((record) => record.json)).toHaveLength(1);
    expect(records[0]?.json).toMatch(/^\{"raw":\{"id":14517067005933136034,"secret":"\*\*\*"\},"ext":\{\},"com":/);
    expect(receipt).toMatchObject({ ok: true, received: 2, filtered: 1 });
  });

  it.each(["alone", "beside a record tap"])("of filter change nothing that is written: %s", async (place) => {
    const { plugin, records } = collector();
    const { host } = hostOf({ stores: { plugin } });
    if (place !== "alone") host.hooks.record.tap("idle", (record) => record);
    host.hooks.filter.tap("evil", (record) => {
      (record.raw as { evil?: number }).evil = 1;
      (record.com as { origin_worker?: string }).origin_worker = "evil";
      return true;
    });
    await host.write(['{"n":1}', { n: 2 }]);
    expect(await host.done()).toMatchObject({ ok: true, filtered: 0 });
    expect(records.map(({ value }) => value.raw)).toEqual([{ n: 1 }, { n: 2 }]);
    expect(records.filter(({ json }) => json.includes("evil"))).toEqual([]);
  });

  it("that cannot be applied stop the host before anything is written, since a redaction would be missing", async () => {
    const tap = defineTap({ name: "t", apiVersion: 1, params, apply: fails });
    const { host } = hostOf({ stores: { s: collector().plugin }, taps: [tap] });
    await expect(host.open()).rejects.toMatchObject({
      code: "PLUGIN_LOAD_FAILED",
      message: "The tap t failed in apply(): no rules",
    });
  });

  it("cannot stop the host, and cannot let a record through that they failed to redact", async () => {
    const { plugin, values } = collector();
    const { host, failures } = hostOf({ stores: { plugin } });
    host.hooks.record.tap("brittle", (record) => {
      if ((record.raw as { n: number }).n === 2) throw new Error("no rule for 2");
    });
    host.hooks.store.tap("watcher", ({ hooks }) => {
      hooks.written.tap("watcher", () => {
        throw new Error("metrics are down");
      });
    });
    await host.write(numbered(4));
    const receipt = await host.done();
    expect(values()).toEqual([{ n: 0 }, { n: 1 }, { n: 3 }]);
    expect(receipt).toMatchObject({ rejected: 1, ok: false });
    expect(receipt.stores[0]).toMatchObject({ accepted: 3, written: 3 });
    expect(new Set(failures.map((failure) => failure.message))).toEqual(
      new Set([
        "brittle in host.hooks.record: no rule for 2",
        "record 3: brittle in host.hooks.record: no rule for 2",
        "watcher in store.hooks.written: metrics are down",
      ]),
    );
  });

  it("may answer in place of the store, rewrite the configuration, resolve a name and take dead letters", async () => {
    const { plugin, values } = collector();
    const { host } = hostOf({ config: { plugins: {}, audits: { a: { stores: ["x"] } }, run: ["a"] } });
    host.hooks.config.tap("test", (config) => ({
      ...config,
      plugins: { ...(config["plugins"] as object), x: { plugin: "made-up" } },
    }));
    host.hooks.resolve.tap("test", ({ ref }) => (ref === "made-up" ? plugin : undefined));
    const letters: string[] = [];
    host.hooks.deadLetter.tapPromise("test", async (batch) => {
      letters.push(...batch.map((letter) => letter.code));
      return true;
    });
    host.hooks.store.tap("test", ({ hooks }) => {
      hooks.write.tap("test", (batch) =>
        batch.length === 1 ? [reject(0, "lonely", "alone in its batch")] : undefined,
      );
    });
    await host.write({ n: 1 });
    await host.flush();
    await host.write(numbered(2));
    const receipt = await host.done();
    expect(letters).toEqual(["lonely"]);
    expect(values()).toEqual(numbered(2));
    expect(receipt.stores[0]).toMatchObject({ accepted: 3, written: 2, deadLettered: 1 });
  });
});

describe("the configuration of a host", () => {
  it("is refused with all its problems at once, and nothing is opened", async () => {
    let opened = false;
    const plugin = defineStore({
      name: "strict",
      apiVersion: 1,
      params: { type: "object", properties: { path: { type: "string" } }, required: ["path"] },
      open: () => {
        opened = true;
        return { write: () => undefined };
      },
    });
    const { host } = hostOf({ stores: { a: { plugin, params: { pth: "x" } }, b: "./nowhere.js" } });
    const error = await host.open().then(
      () => undefined,
      (caught: unknown) => caught,
    );
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).problems.length).toBeGreaterThanOrEqual(2);
    expect(opened).toBe(false);
  });

  it("says so when two audits of the run write to one store", async () => {
    const { plugin } = collector();
    const config = {
      plugins: { s: { plugin } },
      audits: { a: { stores: ["s"] }, b: { stores: ["s"] } },
      run: ["a", "b"],
    };
    const { host } = hostOf({ config });
    await host.write({ n: 1 });
    expect(host.warnings).toEqual([
      'Audits a and b both use the store "s": where they write the same file, the last one wins.',
    ]);
    expect((await host.done()).stores.map((store) => [store.audit, store.written])).toEqual([
      ["a", 1],
      ["b", 1],
    ]);
  });

  it("takes a param beside `plugin` as one, with a warning, as the predecessor's tutorial writes it", async () => {
    let path = "";
    const plugin = defineStore({
      name: "tutorial",
      apiVersion: 1,
      params: { type: "object", properties: { path: { type: "string", default: "/default" } } },
      open: (given) => {
        path = given.path;
        return { write: () => undefined };
      },
    });
    const { host } = hostOf({
      config: { plugins: { s: { plugin, path: "/given" } }, audits: { a: { stores: ["s"] } }, run: ["a"] },
    });
    await host.open();
    await host.done();
    expect(path).toBe("/given");
    expect(host.warnings).toEqual(["plugins.s.path is taken as a param; write it under plugins.s.params."]);
  });

  it("resolves the path in a param from the file in which the param is written", async () => {
    const conf = join(stateDir, "conf");
    await mkdir(conf);
    await writeFile(
      join(conf, "a.yaml"),
      "plugins: { s: { plugin: mine, params: { inFile: ./x } } }\naudits: { a: { stores: [s] } }\n",
    );
    let context: StoreContext | undefined;
    const schema = { type: "object", additionalProperties: true } as const;
    const open = (_params: unknown, given: StoreContext) => {
      context = given;
      return { write: () => undefined };
    };
    const mine = defineStore({ name: "mine", apiVersion: 1, params: schema, open });
    const options = { configFile: join(conf, "a.yaml"), plugins: { mine }, cwd: "/srv/job", home: "/home/ann" };
    const { host } = hostOf(options);
    host.hooks.config.tap("command line", (config) => {
      const plugins = config["plugins"] as { s: { params: object } };
      const s = { ...plugins.s, params: { ...plugins.s.params, onCommandLine: "./x" } };
      return { ...config, plugins: { ...plugins, s } };
    });
    await host.done();
    expect(context?.resolvePath("inFile", "./x")).toBe(join(conf, "x"));
    expect(context?.resolvePath("onCommandLine", "./x")).toBe("/srv/job/x");
    expect(context?.resolvePath("inFile", "~/x")).toBe("/home/ann/x");
    expect(context?.resolvePath("inFile", "/x")).toBe("/x");
  });

  it("checks each store without writing or publishing", async () => {
    const calls: string[] = [];
    const plugin = defineStore({
      name: "checked",
      apiVersion: 1,
      params,
      open: () => ({
        write: () => void calls.push("write"),
        done: () => void calls.push("done"),
        check: () => ({ ok: false, code: "no_permission", message: "may not write to index x" }),
        close: () => void calls.push("close"),
      }),
    });
    const { host } = hostOf({ stores: { plugin } });
    expect(await host.check()).toEqual([
      {
        audit: "default",
        store: "plugin",
        plugin: "checked",
        ok: false,
        code: "no_permission",
        message: "may not write to index x",
      },
    ]);
    expect(calls).toEqual(["close"]);
  });
});

it.each([
  ["20251231_235959", Date.UTC(2025, 11, 31, 23, 59, 59)],
  ["20251231_235959_k3x09a", Date.UTC(2025, 11, 31, 23, 59, 59)],
  ["20251231_235959_k3x09", 1_700_000_000_000],
  ["nightly", 1_700_000_000_000],
  ["20251399_235959", 1_700_000_000_000],
])("a store dates records by the run id if that is a time: %s", async (run, ms) => {
  const given: number[] = [];
  const plugin = defineStore({
    name: "dated",
    apiVersion: 1,
    params,
    open(_, { startedMs }) {
      given.push(startedMs);
      return { write: () => undefined };
    },
  });
  const clock = { ...systemClock, now: () => 1_700_000_000_000 };
  const { host } = hostOf({ stores: { dated: plugin }, run, clock });
  await host.done();
  expect(given).toEqual([ms]);
});

it("runs that begin in one second have ids of their own, which begin with the time (MC-20)", () => {
  const clock = { ...systemClock, now: () => Date.UTC(2026, 10, 23, 14, 53, 14) };
  const ids = Array.from({ length: 100 }, () => createHost({ clock }).run);
  for (const id of ids) expect(id).toMatch(/^20261123_145314_[0-9a-z]{6}$/u);
  expect(new Set(ids).size).toBe(100);
});
