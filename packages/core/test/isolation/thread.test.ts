import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock, Com, Failure, Logger, StorePlugin } from "@cloudmarker/store-api";
import { beforeEach, describe, expect, it } from "vitest";
import { createHost, type DeliveryConfig, type Host, jsonText, systemClock } from "../../src/index.ts";
import { isFileBusy, VirtualClock } from "../support/virtual-clock.ts";
import plugin from "./thread-store.ts";

const PATH = join(import.meta.dirname, "thread-store.ts");

let folder: string;
let failures: Failure[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cloudmarker-thread-"));
  failures = [];
});

interface Setting {
  readonly id?: string;
  readonly deny?: boolean;
  readonly plugin?: string | StorePlugin;
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly delivery?: DeliveryConfig;
}

/**
 * A host with a store in a thread, whose file is called `thread`, and one beside it that has none, with the file
 * `inline`.
 */
function hostOf({ id = "", deny = false, clock = systemClock, ...more }: Setting = {}): Host {
  const store = (file: "thread" | "inline") => ({
    plugin: more.plugin ?? PATH,
    params: { file, deny: deny && file === "thread" },
    delivery: { isolation: file, retry: { min: 1, max: 5 }, spool: false, ...more.delivery },
  });
  const config = {
    plugins: { thread: store("thread"), inline: store("inline") },
    audits: { default: { stores: ["thread", "inline"], ...(id !== "" && { id }) } },
    run: ["default"],
  };
  const given = { config, clock, cwd: folder, stateDir: folder, run: "r1", env: { THREAD_TEST: "the environment" } };
  const host = createHost({ ...given, ...(more.logger && { logger: more.logger }) });
  host.hooks.failed.tap("keep", (failure) => void failures.push(failure));
  return host;
}

/** The same, but the store without a thread does not obey: it would take the test with it. */
function tamedHostOf(setting?: Setting): Host {
  const host = hostOf(setting);
  host.hooks.store.tap("tame", ({ key, hooks }) => {
    if (key === "inline") hooks.write.tap("tame", () => []);
  });
  return host;
}

/** Resolves once the store in the thread has acknowledged a batch. */
function acknowledged(host: Host): Promise<void> {
  return new Promise((resolve) => {
    host.hooks.store.tap("wait", ({ key, hooks }) => {
      if (key === "thread") hooks.written.tap("wait", () => resolve());
    });
  });
}

interface Kept {
  readonly id: string;
  readonly com: Com;
  readonly json: string;
}

/** What a store has, in the order of arrival. */
function kept(file: string): Kept[] {
  const path = join(folder, file);
  const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n").filter(Boolean) : [];
  return lines.map((line) => JSON.parse(line) as Kept);
}

/**
 * The numbers of its records, each once. The store is idempotent: it gets a record again if its answer came
 * together with a crash.
 */
function numbers(file: string): number[] {
  const once = new Map(kept(file).map((record) => [record.id, record]));
  const all = [...once.values()].map(({ json }) => (JSON.parse(json) as { raw: { n: number } }).raw.n);
  return all.toSorted((one, other) => one - other);
}

/** Lets real time pass, and with a clock its own as well, until the store in the thread has done this. */
async function until(mark: string, clock?: VirtualClock): Promise<void> {
  while (!existsSync(join(folder, `thread.${mark}`))) await turn(clock);
}

async function turn(clock: VirtualClock | undefined): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1));
  // The thread of the store hangs: time does not wait for it.
  await clock?.advance(30, isFileBusy);
}

/** The same until a promise settles. */
async function passing<T>(clock: VirtualClock, promise: Promise<T>): Promise<T> {
  const state = { done: false };
  const finished = (): void => {
    state.done = true;
  };
  promise.then(finished, finished);
  while (!state.done) await turn(clock);
  return promise;
}

const LINES = [0, 1, 2, 3, 4, 5, 6, 7];
const lines = (act: string, at = 5): object[] => LINES.map((n) => (n === at ? { n, act } : { n }));

describe("a store in a thread of its own", () => {
  const RECORDS: unknown[] = [
    { n: 1, text: "ünï\u{1F600}" },
    { raw: { n: 2 }, ext: { e: 1 }, com: { record_id: "own", target_key: "not mine", extra: [1] } },
    jsonText('{"raw": {"n": 3, "big": 14517067005933136034}, "com": {"record_type": "ü"}}'),
    jsonText('{"raw":{"n":4,"\\"com\\":":1},"ext":{},"com":{}}'),
    { raw: { n: 5 }, com: { origin_worker: "w", deep: { a: null } } },
    { raw: { n: 5 }, com: { origin_worker: "w2", deep: { a: null } } },
    // All have one `record_id`, but different content (L-03).
    { raw: { n: 6 }, com: { record_id: "own" } },
    { raw: { n: 6 }, com: { record_id: "own", record_type: "é" } },
    { raw: { n: 6, text: "é".repeat(200_000) }, com: { record_id: "own" } },
  ];

  it.each([
    ["the content", ""],
    ["a pointer", "/raw/n"],
    ["a pointer to a stamp, which leads nowhere", "/com/audit_version"],
  ])("knows each record by %s, as one without does", async (_, id) => {
    const host = hostOf({ id });
    await host.write(RECORDS);
    expect(await host.done()).toMatchObject({ ok: true, stores: [{ written: 9 }, { written: 9 }] });
    const shown = (file: string) => kept(file).map((record) => JSON.stringify(record).replaceAll(file, "store"));
    expect(shown("thread")).toEqual(shown("inline"));
    expect(new Set(kept("thread").map((record) => record.id)).size).toBe(9);
  });

  it("knows that it runs in a thread, sends logs and reports, and goes through the whole life of a store", async () => {
    const said: string[] = [];
    const log = (message: string): void => void said.push(message);
    const host = hostOf({ logger: { debug: log, info: log, warn: log, error: log } });
    await host.write({ n: 1 });
    await host.flush();
    expect(existsSync(join(folder, "thread.flushed"))).toBe(true);
    const receipt = await host.done({ complete: false });
    expect(receipt.stores[0]).toMatchObject({ location: join(folder, "thread"), notes: ["complete: false"] });
    expect(existsSync(join(folder, "thread.closed"))).toBe(true);
    expect(said).toEqual(["opened with the environment", "opened with the environment"]);
  });

  it("reports the progress of publishing, gets an abort when its time is over, and may still answer (L-09)", async () => {
    const clock = new VirtualClock();
    const host = hostOf({ clock });
    const step = new Promise((resolve) => {
      host.hooks.store.tap("wait", ({ key, hooks }) => {
        if (key === "thread") hooks.publishing.tap("wait", resolve);
      });
    });
    writeFileSync(join(folder, "thread.publish slowly"), "");
    await host.open();
    const done = host.done({ deadlineMs: 1_000 });
    expect(await step).toEqual({ done: 1, total: 2, audit: "default", store: "thread", plugin: "actor" });
    // The time that is left, and the time for one more step.
    await clock.advance(5_000);
    await clock.advance(5_000);
    const receipt = await done;
    expect(receipt).toMatchObject({ ok: true, stores: [{ notes: ["it was told that its time is over"] }, {}] });
  });

  it("has as long to close as any store (SC-32)", async () => {
    const clock = new VirtualClock();
    const closing = Promise.withResolvers<void>();
    const silent = { debug() {}, info() {}, error() {} };
    const logger = { ...silent, warn: (message: string) => void (message === "closing" && closing.resolve()) };
    const host = hostOf({ clock, logger });
    writeFileSync(join(folder, "thread.close slowly"), "");
    await host.open();
    const done = host.done();
    await closing.promise;
    await clock.advance(4_999);
    writeFileSync(join(folder, "thread.close now"), "");
    expect((await done).stores.map(({ problem }) => problem)).toEqual([undefined, undefined]);
    expect(existsSync(join(folder, "thread.closed"))).toBe(true);
  });

  it("refuses a record with its own code and reason", async () => {
    const host = hostOf();
    const letters: unknown[] = [];
    host.hooks.deadLetter.tap(
      "keep",
      (some) => void letters.push(...some.map(({ store, code, reason }) => [store, code, reason])),
    );
    await host.write(lines("refuse"));
    expect((await host.done()).stores).toMatchObject([
      { written: 7, deadLettered: 1 },
      { written: 7, deadLettered: 1 },
    ]);
    expect(letters.toSorted()).toEqual([
      ["inline", "refused", "no such record"],
      ["thread", "refused", "no such record"],
    ]);
  });

  it("that does not open says why, and its thread ends", async () => {
    const host = hostOf({ deny: true });
    const failed = new Promise<void>((resolve) => host.hooks.failed.tap("wait", () => resolve()));
    await Promise.all([failed, host.write({ n: 1 })]);
    const receipt = await host.done({ deadlineMs: 100 });
    expect(receipt.stores).toMatchObject([
      {
        written: 0,
        deadLettered: 1,
        problem: { message: expect.stringContaining("it does not open") },
      },
      { written: 1 },
    ]);
    expect(failures.map(({ code }) => code)).not.toContain("STORE_CRASHED");
  });

  it("cannot be a plugin that is given as an object", async () => {
    const { problems } = await hostOf({ plugin: plugin as unknown as StorePlugin }).inspect();
    expect(problems).toMatchObject([{ code: "isolation", path: ["plugins", "thread", "plugin"] }]);
  });
});

describe("a thread that goes wrong", () => {
  it.each([
    ["throw", "thrown from a timer"],
    ["exit", "it ended with the code 3"],
  ])("that ends by %s: the store is opened again, and nothing is missing", async (act, why) => {
    const host = tamedHostOf();
    const [first, second] = [lines(act).slice(0, 4), lines(act).slice(4)];
    await Promise.all([acknowledged(host), host.write(first)]);
    await host.write(second);
    const receipt = await host.done();
    expect(numbers("thread")).toEqual(LINES);
    // It has a `flush`, which was not called before. So it is unknown whether the four records of the first batch are
    // durable.
    const problem = { code: "STORE_CRASHED", message: expect.stringContaining("acknowledged 4 records") };
    expect(receipt).toMatchObject({ ok: false, stores: [{ written: 8, deadLettered: 0, problem }, { written: 8 }] });
    expect(receipt.stores[0]?.notes).toContain("Its thread crashed once; the store was opened again.");
    expect(failures).toMatchObject([{ code: "STORE_CRASHED", store: "thread", message: expect.stringContaining(why) }]);
  });

  it.each(["flush", "done"])("behind an acknowledgement: %s opens the store again, for what it took", async (how) => {
    const host = tamedHostOf();
    const crashed = new Promise<void>((resolve) => host.hooks.failed.tap("wait", () => resolve()));
    await Promise.all([acknowledged(host), host.write([0, 1, 2, 3].map((n) => ({ n, act: "throw behind" })))]);
    writeFileSync(join(folder, "thread.counted"), "");
    await crashed;
    const flushed = how === "flush" ? host.flush().catch(messageOf) : "not asked for";
    expect(await flushed).toMatch(/not asked for|some may be missing/u);
    expect(existsSync(join(folder, "thread.flushed"))).toBe(how === "flush");
    expect((await host.done()).stores[0]).toMatchObject({ written: 4, location: join(folder, "thread") });
  });

  it("that one record ends again and again: that one is a dead letter, its neighbours arrive", async () => {
    const host = tamedHostOf();
    await host.write(lines("die"));
    const receipt = await host.done();
    expect(numbers("thread")).toEqual(LINES.filter((n) => n !== 5));
    // Not at the deadline, but before: it was found.
    expect(receipt.stores[0]).toMatchObject({ written: 7, deadLettered: 1, lost: 0, reasons: [{ code: "crashed" }] });
    // Each of some fifteen crashes takes the time of a new thread.
  }, 180_000);

  it.each([2, 4])("L-11: nor does it cost any with %i batches in the thread", async (concurrency) => {
    const host = tamedHostOf({ delivery: { concurrency, batch: { records: 1 } } });
    const all = Array.from({ length: 40 }, (_, n) => n);
    await host.write(all.map((n) => ({ n, act: n === 3 ? "die late" : "take time" })));
    const receipt = await host.done();
    expect(numbers("thread")).toEqual(all.filter((n) => n !== 3));
    expect(receipt.stores[0]).toMatchObject({ written: 39, deadLettered: 1, reasons: [{ code: "crashed" }] });
  });

  it("L-12: nor does it in order, where it is before all others, and the store is asked whether it is well", async () => {
    const host = tamedHostOf({ delivery: { ordered: true } });
    await host.write(lines("die", 0));
    const receipt = await host.done();
    expect(receipt.stores[0]).toMatchObject({ written: 7, deadLettered: 1, reasons: [{ code: "crashed" }] });
    expect(kept("thread").map(({ json }) => (JSON.parse(json) as { raw: { n: number } }).raw.n)).toEqual([
      1, 2, 3, 4, 5, 6, 7,
    ]);
    expect(readFileSync(join(folder, "thread.checked"), "utf8").split("\n").length).toBeGreaterThan(3);
  });

  it("in a loop without end is stopped once an attempt is over and it does not react", async () => {
    const clock = new VirtualClock();
    const host = tamedHostOf({ clock });
    await passing(clock, host.write(lines("spin")));
    await until("spin", clock);
    const receipt = await passing(clock, host.done({ deadlineMs: 600_000 }));
    expect(numbers("thread")).toEqual(LINES);
    expect(receipt).toMatchObject({ stores: [{ written: 8, lost: 0 }, { written: 8 }] });
    expect(failures).toMatchObject([
      { code: "STORE_CRASHED", message: expect.stringContaining("did not react for 5000 ms") },
    ]);
  });

  it("that only waits too long gets the abort of its attempt, and goes on", async () => {
    const clock = new VirtualClock();
    const host = tamedHostOf({ clock });
    await passing(clock, host.write(lines("hang")));
    await until("hang", clock);
    await passing(clock, host.done({ deadlineMs: 600_000 }));
    expect(existsSync(join(folder, "thread.aborted"))).toBe(true);
    expect(numbers("thread")).toEqual(LINES);
    expect(failures).toEqual([]);
  });
});

it("a logger that throws ends no thread (L-29)", async () => {
  const path = join(import.meta.dirname, "talking-store.ts");
  const stores = { talking: { plugin: path, delivery: { isolation: "thread" as const } } };
  const logger = { debug: fail, info: fail, warn: fail, error: fail };
  const host = createHost({ stores, stateDir: folder, logger });
  host.hooks.failed.tap("keep", (failure) => void failures.push(failure));
  await host.write({ n: 1 });
  expect(await host.done()).toMatchObject({ ok: true, stores: [{ written: 1, notes: [] }] });
  expect(failures.map(({ code }) => code)).toEqual(["LOGGER_FAILED"]);
});

function fail(): never {
  throw new Error("the log is full");
}

function messageOf(error: unknown): string {
  return (error as Error).message;
}
