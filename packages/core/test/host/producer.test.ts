import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { reject as refuse } from "@cloudmarker/store-api";
import { describe, expect, it } from "vitest";
import type { Host } from "../../src/index.ts";
import { Collector, watched } from "../support/collector.ts";

/** A producer that dies after its first record. */
function* dying() {
  yield { n: 1 };
  throw new Error("the scanner crashed");
}

async function* dyingLater() {
  yield* dying();
}

/** Each way in which a producer fails, as its tool sees it. */
const WAYS: readonly [string, (host: Host) => Promise<unknown>][] = [
  ["a generator throws in write", (host) => host.write(dying())],
  [
    "a generator throws in the write that opens nothing, since the host is open",
    async (host) => {
      await host.open();
      await host.write(dying());
    },
  ],
  ["an async generator throws in write", (host) => host.write(dyingLater())],
  ["a pipeline fails into writable()", (host) => pipeline(dyingLater(), host.writable())],
  ["a stream fails before its first chunk", (host) => pipeline(Readable.from(failing()), host.writable())],
];

// oxlint-disable-next-line require-yield -- it fails before it comes to that
async function* failing(): AsyncGenerator<object> {
  throw new Error("the scanner crashed");
}

describe("a producer that fails makes the run incomplete (L-26)", () => {
  it.each(WAYS)("%s", async (_way, produce) => {
    const { host, store, failures } = watched();
    await expect(produce(host)).rejects.toThrow("the scanner crashed");
    const receipt = await host.done();
    expect(store.ends).toEqual([{ complete: false }]);
    expect(receipt).toMatchObject({
      ok: false,
      complete: false,
      incompleteReason: "The producer failed: the scanner crashed",
    });
    expect(failures).toMatchObject([
      { code: "PRODUCER_FAILED", message: "The producer failed: the scanner crashed", cause: expect.any(Error) },
    ]);
  });

  it.each(WAYS)("unless done() is called after it with a word to the contrary: %s", async (_way, produce) => {
    const { host, store } = watched();
    await expect(produce(host)).rejects.toThrow("the scanner crashed");
    const receipt = await host.done({ complete: true });
    expect(store.ends).toEqual([{ complete: true }]);
    expect(receipt).toMatchObject({ ok: true, complete: true });
    expect(receipt).not.toHaveProperty("incompleteReason");
  });

  it("when a block with `await using` is left by a throw", async () => {
    const { host, store, receipts } = watched();
    await expect(
      (async () => {
        await using own = host;
        await own.write({ n: 1 });
        throw new Error("the tool crashed");
      })(),
    ).rejects.toThrow("the tool crashed");
    expect(store.raws).toEqual([{ n: 1 }]);
    expect(store.ends).toEqual([{ complete: false }]);
    expect(receipts).toMatchObject([
      { ok: false, complete: false, incompleteReason: "The host was disposed of without done()." },
    ]);
  });

  it("not when done() came before the end of the block", async () => {
    const { host, store, receipts } = watched();
    await (async () => {
      await using own = host;
      await own.write({ n: 1 });
      await own.done();
    })();
    expect(store.ends).toEqual([{ complete: true }]);
    expect(receipts).toMatchObject([{ ok: true, complete: true }]);
  });

  it("when the tool says so with fail(), once however often it does", async () => {
    const { host, store, failures } = watched();
    await host.write({ n: 1 });
    host.fail(new Error("the API answered 503"));
    host.fail("and again");
    expect(await host.done()).toMatchObject({
      ok: false,
      complete: false,
      incompleteReason: "The producer failed: the API answered 503",
      stores: [{ accepted: 1, written: 1 }],
    });
    expect(store.ends).toEqual([{ complete: false }]);
    expect(failures).toHaveLength(1);
  });

  it("when the stream is destroyed before its end, without an error as well", async () => {
    const { host } = watched();
    const stream = host.writable();
    stream.write({ n: 1 });
    stream.destroy();
    expect(await host.done()).toMatchObject({
      ok: false,
      complete: false,
      incompleteReason: "The producer failed: its stream was destroyed before its end",
    });
  });

  it("when done() gets complete: false, and then no reason is added", async () => {
    const { host, store, failures } = watched();
    await host.write({ n: 1 });
    const receipt = await host.done({ complete: false });
    expect(receipt).toMatchObject({ ok: false, complete: false, stores: [{ written: 1 }] });
    expect(receipt).not.toHaveProperty("incompleteReason");
    expect(store.ends).toEqual([{ complete: false }]);
    expect(failures).toEqual([]);
  });

  it("when the failure comes after done() was called, whatever its options were", async () => {
    const { host } = watched();
    await host.open();
    const { promise, reject } = Promise.withResolvers<object>();
    const writing = host.write(one(promise));
    const done = host.done({ complete: true });
    reject(new Error("the scanner crashed"));
    await expect(writing).rejects.toThrow("the scanner crashed");
    expect(await done).toMatchObject({ ok: false, complete: false });
  });

  it("when the run was stopped before its producer said that it was done", async () => {
    const controller = new AbortController();
    const { host, store } = watched({ signal: controller.signal });
    await host.write({ n: 1 });
    await host.flush();
    controller.abort(new Error("the user pressed Ctrl-C"));
    expect(await host.done()).toMatchObject({
      ok: false,
      complete: false,
      incompleteReason: "The run was stopped: the user pressed Ctrl-C",
    });
    expect(store.ends).toEqual([{ complete: false }]);
  });

  it("when the run was stopped while a write waited for its records: that is not a failure of the producer", async () => {
    for (const [options, incompleteReason] of [
      [undefined, "The run was stopped: the user pressed Ctrl-C"],
      [{ complete: false }, undefined],
    ] as const) {
      for (const isEnding of [true, false]) {
        const controller = new AbortController();
        const { host, failures } = watched({ signal: controller.signal });
        await host.open();
        const { promise, reject } = Promise.withResolvers<object>();
        const writing = host.write(one(promise));
        const early = isEnding ? host.done(options) : undefined;
        controller.abort(new Error("the user pressed Ctrl-C"));
        reject(controller.signal.reason as Error);
        await expect(writing).rejects.toThrow("the user pressed Ctrl-C");
        const receipt = await (early ?? host.done(options));
        expect(receipt).toMatchObject({ ok: false, complete: false });
        expect([receipt.incompleteReason, failures.map(({ message }) => message)]).toEqual([
          incompleteReason,
          [incompleteReason ?? []].flat(),
        ]);
      }
    }
  });

  it("but an input that is not a record does not, since its neighbours came: it is the stores that miss it", async () => {
    const { host, store } = watched();
    await host.write([{ n: 1 }, 7, { n: 2 }]);
    expect(await host.done()).toMatchObject({ ok: false, complete: true, rejected: 1 });
    expect(store.ends).toEqual([{ complete: false }]);
  });
});

describe("a store is told that the run is complete only if no record is missing in it", () => {
  it("not where a tap rejects a record", async () => {
    const { host, store } = watched();
    host.hooks.record.tap("brittle", (record) => {
      if ((record.raw as { n: number }).n === 2) throw new Error("no rule for 2");
    });
    await host.write([{ n: 1 }, { n: 2 }]);
    expect(await host.done({ complete: true })).toMatchObject({ complete: true, rejected: 1 });
    expect(store.ends).toEqual([{ complete: false }]);
  });

  it("but it is complete if a filter drops one: that is intended", async () => {
    const { host, store } = watched();
    host.hooks.filter.tap("odd", (record) => (record.raw as { n: number }).n !== 2);
    await host.write([{ n: 1 }, { n: 2 }]);
    expect(await host.done()).toMatchObject({ ok: true, filtered: 1 });
    expect(store.ends).toEqual([{ complete: true }]);
  });

  it("each by its own dead letters", async () => {
    const good = new Collector();
    const poor = new Collector();
    const { host } = watched({ stores: { good: { plugin: good.plugin }, poor: { plugin: poor.plugin } } });
    host.hooks.store.tap("test", ({ key, hooks }) => {
      if (key === "poor") hooks.write.tap("test", () => [refuse(0, "unlucky", "the first of its batch")]);
    });
    await host.write([{ n: 1 }, { n: 2 }]);
    const receipt = await host.done();
    expect(receipt).toMatchObject({ ok: false, complete: true });
    expect(receipt.stores.map(({ deadLettered }) => deadLettered)).toEqual([0, 1]);
    expect([good.ends, poor.ends]).toEqual([[{ complete: true }], [{ complete: false }]]);
  });

  it("not where dead letters are lost, too", async () => {
    const { host, store } = watched();
    host.hooks.store.tap("test", ({ hooks }) => hooks.write.tap("test", () => [refuse(0, "unlucky", "by chance")]));
    host.hooks.deadLetter.tap("test", () => {
      throw new Error("the disk is full");
    });
    await host.write({ n: 1 });
    await host.done();
    expect(store.ends).toEqual([{ complete: false }]);
  });
});

async function* one(record: Promise<object>): AsyncGenerator<object> {
  yield await record;
}
