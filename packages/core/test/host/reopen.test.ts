// A store that asks to be opened again (SC-67): the host closes it and opens it before the next attempt.
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RetryError, type Store, UnknownOutcomeError, defineStore } from "@cloudmarker/store-api";
import { expect, it } from "vitest";
import { type HostOptions, createHost } from "../../src/index.ts";

const QUICK = { retry: { min: 1, max: 5 }, deadline: 10_000, spool: false };

/** A store whose `open` makes a connection, and the calls of all of them in their order. */
function recorded(storeOf: (connection: number, calls: string[]) => Store) {
  const calls: string[] = [];
  const plugin = defineStore({
    name: "recorded",
    apiVersion: 1,
    params: { type: "object" },
    open() {
      const connection = calls.filter((call) => call.startsWith("open")).length + 1;
      calls.push(`open ${connection}`);
      const store = storeOf(connection, calls);
      return { close: () => void calls.push(`close ${connection}`), ...store };
    },
  });
  const hostOf = (delivery: object = {}, options: HostOptions = {}) =>
    createHost({ stores: { s: { plugin, delivery: { ...QUICK, ...delivery } } }, ...options });
  return { calls, hostOf };
}

const dead = (reopen: boolean): RetryError => new RetryError("closed", "The client is closed for good.", { reopen });

it("is closed and opened again before the next attempt, and the receipt says so", async () => {
  const { calls, hostOf } = recorded((connection, log) => ({
    write() {
      log.push(`write ${connection}`);
      if (connection === 1) throw dead(true);
    },
  }));
  const host = hostOf();
  await host.write([{ n: 1 }]);
  const receipt = await host.done();
  expect(calls).toEqual(["open 1", "write 1", "close 1", "open 2", "write 2", "close 2"]);
  expect(receipt).toMatchObject({
    ok: true,
    stores: [{ written: 1, notes: ["It asked once to be closed and opened again."] }],
  });
});

it("without that, the same store is given the next attempt", async () => {
  let attempts = 0;
  const { calls, hostOf } = recorded(() => ({
    write() {
      attempts += 1;
      if (attempts === 1) throw dead(false);
    },
  }));
  const host = hostOf();
  await host.write([{ n: 1 }]);
  expect((await host.done()).stores[0]).toMatchObject({ written: 1, notes: [] });
  expect(calls).toEqual(["open 1", "close 1"]);
});

it("several writes that fail together ask once, and `close` comes after the last of them", async () => {
  const together = Promise.withResolvers<void>();
  let underWay = 0;
  const { calls, hostOf } = recorded((connection, log) => ({
    async write() {
      if (connection > 1) return;
      underWay += 1;
      if (underWay === 3) together.resolve();
      const own = underWay;
      await together.promise;
      // The second one needs a few turns more.
      if (own === 2) await new Promise((resolve) => setImmediate(resolve));
      log.push("failed");
      throw new UnknownOutcomeError("closed", "The connection broke.", { reopen: true });
    },
  }));
  const host = hostOf({ batch: { records: 1 }, concurrency: 3 });
  await host.write([{ n: 1 }, { n: 2 }, { n: 3 }]);
  expect((await host.done()).stores[0]).toMatchObject({ written: 3 });
  expect(calls).toEqual(["open 1", "failed", "failed", "failed", "close 1", "open 2", "close 2"]);
});

it("a store that always asks is opened once for each attempt, and its records are accounted for", async () => {
  const { calls, hostOf } = recorded((connection, log) => ({
    write() {
      log.push(`write ${connection}`);
      throw dead(true);
    },
  }));
  const host = hostOf({ deadline: 50 });
  await host.write([{ n: 1 }]);
  expect((await host.done()).stores[0]).toMatchObject({ accepted: 1, written: 0, deadLettered: 1 });
  const count = (call: string): number => calls.filter((one) => one.startsWith(call)).length;
  expect(count("write")).toBeGreaterThan(1);
  // The last one is for `done`.
  expect(count("open")).toBe(count("write") + 1);
  expect(count("close")).toBe(count("open"));
});

it("if it does not open again, it is tried with the next attempt", async () => {
  let opens = 0;
  const plugin = defineStore({
    name: "flaky",
    apiVersion: 1,
    params: { type: "object" },
    open() {
      opens += 1;
      if (opens === 2) throw new RetryError("refused", "Nothing listens there.");
      const isFirst = opens === 1;
      return {
        write() {
          if (isFirst) throw dead(true);
        },
      };
    },
  });
  const host = createHost({ stores: { s: { plugin, delivery: QUICK } } });
  await host.write([{ n: 1 }]);
  expect((await host.done()).stores[0]).toMatchObject({ written: 1 });
  expect(opens).toBe(3);
});

it("what a store with a flush had acknowledged before is in doubt, as after a crash", async () => {
  let writes = 0;
  const { hostOf } = recorded(() => ({
    write() {
      writes += 1;
      if (writes === 2) throw dead(true);
    },
    flush: () => undefined,
  }));
  const host = hostOf({ batch: { records: 1 }, ordered: true });
  await host.write([{ n: 1 }, { n: 2 }]);
  const receipt = await host.done();
  expect(receipt).toMatchObject({ ok: false, stores: [{ written: 2, problem: { code: "STORE_CRASHED" } }] });
});

it("in a thread of its own it is asked in the same way: a new thread opens it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "cloudmarker-reopen-"));
  const marks = join(folder, "marks");
  const source = `
    import { appendFileSync, existsSync } from "node:fs";
    const marks = ${JSON.stringify(marks)};
    let opens = 0;
    export default {
      kind: "store", name: "threaded", apiVersion: 1, params: { type: "object" }, supports: {}, batch: {},
      open() {
        opens += 1;
        return {
          write() {
            if (existsSync(marks)) return;
            appendFileSync(marks, "x");
            throw Object.assign(new Error("closed"), { status: "retry", code: "closed", reopen: true });
          },
          done: () => ({ notes: ["opened " + opens + " times in this thread"] }),
        };
      },
    };`;
  const path = join(folder, "store.mjs");
  await writeFile(path, source);
  const host = createHost({ stores: { s: { plugin: path, delivery: { ...QUICK, isolation: "thread" } } } });
  await host.write([{ n: 1 }]);
  const { stores } = await host.done();
  expect(stores[0]).toMatchObject({
    written: 1,
    notes: ["opened 1 times in this thread", "It asked once to be closed and opened again."],
  });
});
