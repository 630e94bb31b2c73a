import { once } from "node:events";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { defineTap } from "@cloudmarker/store-api";
import { describe, expect, it } from "vitest";
import { VirtualClock } from "../support/virtual-clock.ts";
import { watched } from "../support/collector.ts";

const numbered = (count: number): { n: number }[] => Array.from({ length: count }, (_, n) => ({ n }));

/** A producer that never ends. */
async function* endless(): AsyncGenerator<object> {
  yield { n: 0 };
  await new Promise(() => undefined);
}

describe("done() waits for what was begun before it (L-27)", () => {
  it("a write that is not awaited, on a host that was not open", async () => {
    const { host, store } = watched();
    const writing = host.write({ n: 1 });
    expect(await host.done()).toMatchObject({ ok: true, complete: true, received: 1 });
    await writing;
    expect(store.raws).toEqual([{ n: 1 }]);
  });

  it.each([
    ["a list", () => numbered(500)],
    ["a generator", () => numbered(500).values()],
    ["an async iterable", () => Readable.from(numbered(500))],
  ])("the rest of %s that waits for room", async (_what, input) => {
    const { host, store } = watched({}, { queue: { records: 20 } });
    const begun = [host.write(input()), host.open().then(() => host.write(input()))];
    await host.open();
    await Promise.resolve();
    const receipt = await host.done();
    await Promise.all(begun);
    expect(receipt).toMatchObject({ ok: true, complete: true, received: 1000 });
    expect(store.records).toHaveLength(1000);
  });

  it("a stream that was ended, on a host that was not open", async () => {
    const { host, store } = watched();
    const stream = host.writable();
    stream.write({ n: 1 });
    stream.write({ n: 2 });
    stream.end({ n: 3 });
    expect(await host.done()).toMatchObject({ ok: true, complete: true, received: 3 });
    expect(store.raws).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  it("a pipeline whose source has ended", async () => {
    const { host } = watched({}, { queue: { records: 2 } });
    const stream = host.writable();
    const piping = pipeline(Readable.from(numbered(100)), stream);
    while (!stream.writableEnded) await new Promise(setImmediate);
    expect(await host.done()).toMatchObject({ ok: true, received: 100 });
    await piping;
  });

  it("records written to a stream that is never ended; it does not wait for the end: the run is incomplete", async () => {
    const { host, store } = watched();
    const stream = host.writable();
    stream.write({ n: 1 });
    stream.write({ n: 2 });
    expect(await host.done()).toMatchObject({
      ok: false,
      complete: false,
      received: 2,
      incompleteReason: "A stream of writable() was not ended before done().",
    });
    expect(store.raws).toEqual([{ n: 1 }, { n: 2 }]);
    stream.end();
    await once(stream, "finish");
  });

  it("the run is complete if done() gets complete: true", async () => {
    const { host } = watched();
    host.writable().write({ n: 1 });
    expect(await host.done({ complete: true })).toMatchObject({ ok: true, complete: true, received: 1 });
  });

  it("and says nothing of the deadline to a program that has told that the run is incomplete (issue 14)", async () => {
    const clock = new VirtualClock();
    const { host } = watched({ clock });
    const failures: string[] = [];
    host.hooks.failed.tap("see", ({ message }) => void failures.push(message));
    await host.open();
    const writing = host.write(endless());
    const done = host.done({ deadlineMs: 30_000, complete: false });
    await clock.advance(25_000);
    await expect(writing).rejects.toMatchObject({ code: "HOST_CLOSED" });
    expect(await done).toMatchObject({ ok: false, complete: false, received: 1 });
    expect(failures).toEqual([]);
  });

  it("no longer than its deadline: a producer that does not end is cut off, and the run incomplete", async () => {
    const clock = new VirtualClock();
    const { host, store } = watched({ clock });
    await host.open();
    const writing = host.write(endless());
    const done = host.done({ deadlineMs: 30_000 });
    await clock.advance(24_000);
    expect(store.ends).toEqual([]);
    await clock.advance(1_000);
    await expect(writing).rejects.toMatchObject({ code: "HOST_CLOSED" });
    expect(await done).toMatchObject({
      ok: false,
      complete: false,
      received: 1,
      incompleteReason: "The deadline was over before every record had been taken.",
      stores: [{ accepted: 1, written: 1 }],
    });
  });

  it("nor after the run was stopped", async () => {
    const controller = new AbortController();
    const { host } = watched({ signal: controller.signal });
    await host.open();
    const writing = host.write(endless());
    const done = host.done();
    controller.abort(new Error("enough"));
    await expect(writing).rejects.toThrow("enough");
    expect(await done).toMatchObject({ ok: false, complete: false });
  });

  it("a write that fails and is not awaited does not end the process: the receipt reports it", async () => {
    const { host } = watched();
    void host.write(
      (function* () {
        yield { n: 1 };
        throw new Error("the scanner crashed");
      })(),
    );
    expect(await host.done()).toMatchObject({ ok: false, complete: false, received: 1 });
  });
});

describe("an object that the caller uses again is stored as it was (L-27)", () => {
  it.each([["open"], ["not open"]])("by write() on a host that is %s", async (state) => {
    const { host, store } = watched();
    if (state === "open") await host.open();
    const record = { n: 0, tags: ["a"] };
    for (record.n = 1; record.n <= 3; record.n++) {
      void host.write(record);
      record.tags[0] = `after ${record.n}`;
    }
    await host.done();
    expect(store.raws).toEqual([
      { n: 1, tags: ["a"] },
      { n: 2, tags: ["after 1"] },
      { n: 3, tags: ["after 2"] },
    ]);
  });

  it.each([["open"], ["not open"], ["full"]])("by a stream into a host that is %s", async (state) => {
    const { host, store } = watched({}, { queue: { records: 1 } });
    const gate = Promise.withResolvers<void>();
    if (state !== "not open") await host.open();
    if (state === "full") {
      store.gate = gate.promise;
      void host.write({ n: 0 });
    }
    const stream = host.writable();
    const record = { n: 0 };
    for (record.n = 1; record.n <= 3; record.n++) stream.write(record);
    stream.end();
    gate.resolve();
    await host.done();
    expect(store.raws).toEqual([...(state === "full" ? [{ n: 0 }] : []), { n: 1 }, { n: 2 }, { n: 3 }]);
  });

  it.each([["open"], ["not open"]])("bytes, too, on a host that is %s", async (state) => {
    const { host, store } = watched();
    if (state === "open") await host.open();
    const bytes = Buffer.from('{"n":1}');
    void host.write(bytes);
    bytes.write("9", 5);
    await host.done();
    expect(store.raws).toEqual([{ n: 1 }]);
  });

  it.each([["open"], ["not open"]])("a list that is emptied and filled anew, on a host that is %s", async (state) => {
    const { host, store } = watched({}, { queue: { records: 3 } });
    if (state === "open") await host.open();
    const list: object[] = [];
    for (let n = 0; n < 100; n++) {
      list.push({ n });
      if (list.length < 10) continue;
      void host.write(list);
      list.length = 0;
    }
    expect(await host.done()).toMatchObject({ ok: true, received: 100 });
    expect(new Set(store.raws.map((raw) => (raw as { n: number }).n)).size).toBe(100);
  });

  it.each([["open"], ["not open"]])("the origin, too, on a host that is %s", async (state) => {
    const { host, store } = watched();
    if (state === "open") await host.open();
    const origin = { worker: "a" };
    void host.write({ n: 1 }, { origin });
    origin.worker = "b";
    void host.write({ n: 2 }, { origin });
    await host.done();
    expect(store.records.map(({ com }) => com.origin_worker)).toEqual(["a", "b"]);
  });

  it("and is the same record, with the same id, as if the host had been open", async () => {
    const inputs = [
      { ext: { b: 1 }, raw: { z: 1n, when: new Date(0), none: undefined }, com: { record_type: "t" } },
      { raw: undefined, ext: {}, com: {} },
      { com: 1, raw: 2 },
      '{"ext":{"b":1},"raw":{"n":1.10},"com":{}}',
      Buffer.from('{\n "n": 14517067005933136034 }'),
    ];
    const before = watched();
    for (const input of inputs) void before.host.write(input);
    await before.host.done();
    const after = watched();
    await after.host.open();
    for (const input of inputs) await after.host.write(input);
    await after.host.done();
    const seen = ({ store }: typeof before) => store.records.map(({ id, json }) => [id, json]);
    expect(seen(before)).toHaveLength(inputs.length);
    expect(seen(before)).toEqual(seen(after));
  });

  it("and taps see it, though the host did not know of them when it came", async () => {
    const tap = defineTap({
      name: "enrich",
      apiVersion: 1,
      params: { type: "object" },
      apply: ({ hooks }) => {
        hooks.record.tap("enrich", (record) => ({ ...record, ext: { seen: (record.raw as { n: number }).n } }));
        hooks.filter.tap("enrich", (record) => (record.raw as { n: number }).n !== 2);
      },
    });
    const { host, store } = watched({ taps: [tap] });
    const record = { n: 0 };
    for (record.n = 1; record.n <= 3; record.n++) void host.write(record);
    expect(await host.done()).toMatchObject({ received: 3, filtered: 1 });
    expect(store.records.map(({ value }) => [value.raw, value.ext])).toEqual([
      [{ n: 1 }, { seen: 1 }],
      [{ n: 3 }, { seen: 3 }],
    ]);
  });

  it("and what is not a record is refused when its turn comes, with its number", async () => {
    const { host } = watched();
    void host.write([{ n: 1 }, 7, { bad: Number.NaN }]);
    void host.write("no json");
    const { rejected, rejections } = await host.done();
    expect(rejected).toBe(3);
    expect(rejections).toEqual([
      "record 2: a record is an object, not a number",
      "record 3: bad: NaN has no form in JSON",
      expect.stringMatching(/^record 4: The text is not JSON/),
    ]);
  });

  it("and an iterable that fails at once, or whose properties throw, does not harm its neighbours", async () => {
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const { host, store } = watched();
    const broken = {
      [Symbol.iterator]: () => {
        throw new Error("not iterable after all");
      },
    };
    const stream = host.writable();
    stream.write(revoked.proxy);
    stream.end({ n: 1 });
    await expect(host.write(broken)).rejects.toThrow("not iterable after all");
    expect(await host.done({ complete: true })).toMatchObject({ ok: false, received: 2, rejected: 1 });
    expect(store.raws).toEqual([{ n: 1 }]);
  });

  it("and what is read of a generator before the host is open is bounded", async () => {
    const { host } = watched();
    let read = 0;
    const text = "x".repeat(10_000);
    const writing = host.write(
      (function* () {
        for (; read < 1_000; read++) yield { text };
      })(),
    );
    expect(read).toBeLessThan(100);
    await writing;
    expect(await host.done()).toMatchObject({ ok: true, received: 1_000 });
  });
});
