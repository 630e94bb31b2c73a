import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setImmediate as breath } from "node:timers/promises";
import { type Batch, type Store, type StorePlugin, defineStore } from "@cloudmarker/store-api";
import { beforeEach, describe, expect, it } from "vitest";
import { type HostOptions, createHost, readRecords, systemClock } from "../../src/index.ts";

const params = { type: "object" } as const;
const QUICK = { retry: { min: 1, max: 5 }, deadline: 200, spool: false };

let stateDir: string;
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "cloudmarker-hostile-"));
});

function pluginOf(open: () => unknown): StorePlugin {
  return defineStore({ name: "hostile", apiVersion: 1, params, open: open as () => Store });
}

function hostOf(open: () => unknown, options: HostOptions = {}) {
  return createHost({ stateDir, stores: { s: { plugin: pluginOf(open), delivery: QUICK } }, ...options });
}

/** An error whose properties throw when they are read. */
function trap(key: string, value?: unknown): Error {
  const get = () => {
    if (value === undefined) throw new Error("a trap");
    return value;
  };
  return Object.defineProperty(Object.assign(new Error("x"), { status: "reject" }), key, { get });
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function fails(): never {
  throw new Error("no log");
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

describe("a store that breaks the contract", () => {
  it.each([undefined, null, 5, {}])("opens as %s: nothing counts as written", async (store) => {
    const host = hostOf(() => store);
    await host.write([{ n: 1 }, { n: 2 }]);
    const receipt = await host.done();
    expect(receipt).toMatchObject({ ok: false, stores: [{ accepted: 2, written: 0, deadLettered: 2 }] });
    expect(receipt.stores[0]?.problem?.message).toContain("must return a store");
  });

  it.each([
    ["an error without a message", trap("message", 5)],
    ["an error whose message throws", trap("message")],
    ["an error whose status throws", trap("status")],
    ["an object without a prototype", Object.create(null)],
    ["a revoked proxy", revoked()],
    ["a symbol", Symbol("no")],
  ])("throws %s: every record is accounted for", async (_, thrown) => {
    const host = hostOf(() => ({ write: () => Promise.reject(thrown) }));
    await host.write([{ n: 1 }, { n: 2 }, { n: 3 }]);
    expect((await host.done()).stores[0]).toMatchObject({ accepted: 3, written: 0, deadLettered: 3, lost: 0 });
  });

  it.each([
    ["an outcome whose index throws", () => [trap("index")]],
    ["a revoked proxy", () => revoked()],
    ["a number", () => 5],
  ])("answers with %s: every record is accounted for", async (_, answer) => {
    const host = hostOf(() => ({ write: answer }));
    await host.write([{ n: 1 }, { n: 2 }]);
    const { accepted, written = 0, deadLettered = 0, lost } = (await host.done()).stores[0] ?? {};
    expect({ accepted, sum: written + deadLettered, lost }).toEqual({ accepted: 2, sum: 2, lost: 0 });
  });

  it.each([
    ["empties", (batch: unknown[]) => void batch.splice(0)],
    ["shortens", (batch: unknown[]) => void batch.pop()],
  ])("%s its batch: the host counts its own", async (_, change) => {
    const host = hostOf(() => ({ write: (batch: Batch) => change(batch as unknown as unknown[]) }));
    await host.write([{ n: 1 }, { n: 2 }]);
    expect(await host.done()).toMatchObject({ ok: true, stores: [{ accepted: 2, written: 2 }] });
  });

  it("hangs in open while the run is aborted: nothing waits for it", async () => {
    const controller = new AbortController();
    const stores = { s: { plugin: pluginOf(never), delivery: { deadline: "1h", timeout: "1h", spool: false } } };
    const host = hostOf(never, { stores, signal: controller.signal });
    await host.write({ n: 1 });
    controller.abort();
    expect((await host.done()).stores[0]).toMatchObject({ accepted: 1, deadLettered: 1 });
  });

  it("hangs in open with markers and a full queue: the deadline holds", async () => {
    const plugin = pluginOf(never);
    const delivery = { queue: { records: 1 }, timeout: "1h", deadline: "1h", spool: false };
    const config = {
      markers: true,
      run: ["a"],
      audits: { a: { stores: ["s"] } },
      plugins: { s: { plugin, delivery } },
    };
    const host = createHost({ stateDir, config });
    expect((await host.done({ deadlineMs: 50 })).stores[0]).toMatchObject({ accepted: 2, deadLettered: 2 });
  });

  it.each(["at-least-once", "at-most-once"] as const)(
    "hangs in open once, %s: it is opened again",
    async (guarantee) => {
      let opens = 0;
      const plugin = pluginOf(() => (++opens === 1 ? never() : { write: () => undefined }));
      const delivery = { ...QUICK, deadline: 5_000, timeout: 50, guarantee };
      const host = createHost({ stateDir, stores: { s: { plugin, delivery } } });
      await host.write([{ n: 1 }, { n: 2 }]);
      expect((await host.done()).stores).toMatchObject([{ written: 2, deadLettered: 0 }]);
      expect(opens).toBe(2);
    },
  );

  it("opens when its records are given up: it does not get them and is closed", async () => {
    const opening = Promise.withResolvers<unknown>();
    const closed = Promise.withResolvers<void>();
    const calls: string[] = [];
    const host = hostOf(() => opening.promise);
    await host.write({ n: 1 });
    await host.done({ deadlineMs: 20 });
    opening.resolve({ write: () => void calls.push("write"), close: () => closed.resolve() });
    await closed.promise;
    await breath();
    expect(calls).toEqual([]);
  });

  it("opens after the host has stopped waiting: it is closed", async () => {
    const opening = Promise.withResolvers<unknown>();
    const closed = Promise.withResolvers<void>();
    const host = hostOf(() => opening.promise);
    await host.write({ n: 1 });
    await host.done({ deadlineMs: 20 });
    opening.resolve({ write: () => undefined, close: () => closed.resolve() });
    await expect(closed.promise).resolves.toBeUndefined();
  });
});

describe("around the stores", () => {
  it("a deadline that no timer can hold is none, rather than over at once", async () => {
    const waits: number[] = [];
    const clock = {
      ...systemClock,
      setTimeout(fn: () => void, ms: number) {
        waits.push(ms);
        return systemClock.setTimeout(fn, ms);
      },
    };
    const host = hostOf(() => ({ write: () => undefined }), { clock });
    await host.write({ n: 1 });
    expect(await host.done({ deadlineMs: Infinity })).toMatchObject({ ok: true, stores: [{ written: 1 }] });
    // Node takes a longer one for one millisecond.
    expect(Math.max(...waits)).toBeLessThan(2 ** 31);
  });

  it("a logger that throws stops nothing", async () => {
    const logger = { debug: fails, info: fails, warn: fails, error: fails };
    const host = hostOf(() => ({ write: () => 5 }), { logger });
    await host.write({ n: 1 });
    expect((await host.done()).stores[0]).toMatchObject({ accepted: 1, lost: 0 });
  });

  it("a pipeline of batches is split into records, however the stream buffers them", async () => {
    const host = hostOf(() => ({ write: () => new Promise<void>((resolve) => setImmediate(resolve)) }));
    const lines = Array.from({ length: 50 }, (_, n) => Buffer.from(`{"n":${n}}\n{"n":${n}.5}\n`));
    await pipeline(readRecords(Readable.from(lines), { name: "lines" }), host.writable());
    expect(await host.done()).toMatchObject({ ok: true, received: 100, stores: [{ written: 100 }] });
  });

  it("a producer that throws rejects the write, also if the host is open", async () => {
    const host = hostOf(() => ({ write: () => undefined }));
    await host.open();
    const crash = {
      [Symbol.iterator]: (): Iterator<object> => ({
        next: () => {
          throw new Error("crashed");
        },
      }),
    };
    await expect(host.write(crash)).rejects.toThrow("crashed");
    await host.done();
  });

  it("a write that was not awaited before the host was open is flushed all the same", async () => {
    let written = 0;
    const host = hostOf(() => ({ write: (batch: Batch) => void (written += batch.length) }));
    const writing = host.write({ n: 1 });
    await host.flush();
    expect(written).toBe(1);
    await writing;
    await host.done();
  });
});
