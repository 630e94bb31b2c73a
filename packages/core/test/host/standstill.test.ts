import { mkdtemp, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Batch, type Failure, type Store, type StorePlugin, defineStore } from "@cloudmarker/store-api";
import { beforeEach, describe, expect, it } from "vitest";
import { type Host, createHost } from "../../src/index.ts";
import { NodeLikeClock } from "../support/virtual-clock.ts";

let clock: NodeLikeClock;
let stateDir: string;
let failures: Failure[];
let logged: string[];
beforeEach(async () => {
  clock = new NodeLikeClock();
  stateDir = await mkdtemp(join(tmpdir(), "cloudmarker-standstill-"));
  failures = [];
  logged = [];
});

function plugin(name: string, open: () => Store | Promise<Store>, more: object = {}): StorePlugin {
  return defineStore({ name, apiVersion: 1, params: { type: "object" }, open, ...more }) as unknown as StorePlugin;
}

function log(message: string): void {
  logged.push(message);
}

function hostOf(stores: Record<string, StorePlugin>, delivery: object): Host {
  const given = Object.entries(stores).map(([key, one]) => [
    key,
    { plugin: one, delivery: { spool: false, ...delivery } },
  ]);
  const logger = { debug: log, info: log, warn: log, error: log };
  const host = createHost({ stores: Object.fromEntries(given), clock, stateDir, logger });
  host.hooks.failed.tap("keep", (failure) => void failures.push(failure));
  return host;
}

/** An answer from a socket: what timers do first, it comes behind. */
function fromSocket<T>(value: T): Promise<T> {
  return new Promise((resolve) => {
    setImmediate(() => setImmediate(() => resolve(value)));
  });
}

describe("a store that holds the event loop (L-15)", () => {
  it("is named for it, and the other that was opening meanwhile opens", async () => {
    const opening = Promise.withResolvers<Store>();
    const written: number[] = [];
    let isBlocked = false;
    const host = hostOf(
      {
        slow: plugin("slow", () => ({
          write() {
            clock.freeze(5_000);
            isBlocked = true;
            // Its server takes a little longer, and nobody could listen to it meanwhile.
            const other = { write: (batch: Batch) => void written.push(batch.length) };
            clock.setTimeout(() => opening.resolve(other), 300);
          },
        })),
        other: plugin("other", () => opening.promise),
      },
      { timeout: 1_000, batch: { records: 2 }, retry: { min: 1, max: 5 } },
    );
    await host.write([{ n: 1 }, { n: 2 }]);
    const receipt = await clock.run(host.done({ deadlineMs: 2_000 }));
    expect(isBlocked).toBe(true);
    expect(receipt.stores).toMatchObject([{ written: 2 }, { written: 2, retries: 0, notes: [] }]);
    expect(receipt.ok).toBe(true);
    expect(receipt.stores[1]?.problem).toBeUndefined();
    expect(receipt.stores[0]?.notes).toEqual([
      "It blocked the event loop of the whole program once, for 5.0 s (write); use delivery.isolation: thread to run it in its own thread.",
    ]);
    expect(failures).toMatchObject([
      {
        code: "STORE_BLOCKED_LOOP",
        store: "slow",
        plugin: "slow",
        message: expect.stringContaining("slow (slow) blocked the event loop for 5.0 s in write()"),
      },
    ]);
    expect(logged.join("\n")).not.toContain("Nothing could run");
  });

  it.each(["open", "flush", "done", "close"] as const)("in %s is named as well", async (call) => {
    const block = (): void => clock.freeze(2_000);
    const store = { write: () => undefined, ...(call !== "open" && { [call]: block }) };
    const open = (): Store => {
      if (call === "open") block();
      return store;
    };
    const host = hostOf({ slow: plugin("slow", open) }, {});
    await host.write({ n: 1 });
    await clock.run(host.flush());
    const receipt = await clock.run(host.done());
    expect(receipt.stores[0]?.notes.join()).toContain(`2.0 s (${call})`);
    expect(failures.map(({ code }) => code)).toEqual(["STORE_BLOCKED_LOOP"]);
  });

  it("and throws then is named all the same, and named once for all of its calls in the receipt", async () => {
    let calls = 0;
    const host = hostOf(
      {
        slow: plugin("slow", () => ({
          write() {
            clock.freeze(3_000);
            if (++calls < 3) throw Object.assign(new Error("busy"), { status: "retry", code: "busy" });
          },
        })),
      },
      { retry: { min: 1, max: 5 } },
    );
    await host.write({ n: 1 });
    const receipt = await clock.run(host.done());
    expect(receipt.stores[0]).toMatchObject({ written: 1, retries: 2 });
    expect(receipt.stores[0]?.notes.join()).toContain("3 times, for 9.0 s (write)");
  });

  it("after the first await of a plugin is not attributed: all calls under way are named", async () => {
    const host = hostOf(
      {
        sly: plugin("sly", () => ({
          async write() {
            await fromSocket(0);
            clock.freeze(7_000);
          },
        })),
        other: plugin("other", () => ({ write: () => undefined })),
      },
      { timeout: 1_000 },
    );
    await host.write({ n: 1 });
    const receipt = await clock.run(host.done());
    expect(receipt).toMatchObject({
      ok: true,
      stores: [
        { written: 1, notes: [] },
        { written: 1, notes: [] },
      ],
    });
    expect(failures).toEqual([]);
    expect(logged.find((line) => line.startsWith("Nothing could run for"))).toMatch(/ Under way: .*sly: write/u);
  });
});

describe("an event loop that seldom has a turn", () => {
  it("does not keep what is accepted from the disk: the journal is no time limit (DESIGN 10)", async () => {
    const answer = Promise.withResolvers<void>();
    const slow = plugin("slow", () => ({ write: () => answer.promise }));
    const host = hostOf({ slow }, { spool: true });
    await host.write({ n: 1 });
    clock.freeze(400);
    await clock.advance(0);
    expect(await readdir(join(stateDir, "runs"))).toContain(`${host.run}.db`);
    answer.resolve();
    expect(await host.done()).toMatchObject({ ok: true });
  });
});

describe("a process that was frozen (L-28)", () => {
  it("during done: the answers that came meanwhile count, and the rest of the deadline is kept", async () => {
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    const open = (): Store => ({
      write() {
        asked.resolve();
        return answer.promise;
      },
      // Takes longer than what would be left without the time that was slept, and what a store gets in any case.
      done: () => new Promise((resolve) => clock.setTimeout(() => resolve({ location: "there" }), 30_000)),
    });
    const host = hostOf({ store: plugin("store", open) }, { timeout: "1h", deadline: 60_000 });
    await host.write([{ n: 1 }, { n: 2 }]);
    const done = host.done();
    await asked.promise;
    await clock.advance(1_000);
    clock.freeze(70_000);
    const waking = clock.advance(0);
    answer.resolve(fromSocket(undefined));
    await waking;
    const receipt = await clock.run(done);
    expect(receipt).toMatchObject({ ok: true, stores: [{ written: 2, deadLettered: 0, location: "there" }] });
    expect(failures).toEqual([]);
  });

  it("dates its dead letters by the calendar, not by the time that was free", async () => {
    const dates: string[] = [];
    const reject = Object.assign(new Error("no"), { status: "reject", code: "no" });
    const host = hostOf({ store: plugin("store", () => ({ write: () => Promise.reject(reject) })) }, {});
    host.hooks.deadLetter.tap("keep", (letters) => dates.push(...letters.map(({ time }) => time)) > 0 || undefined);
    await host.open();
    const waiting = clock.setTimeout(() => undefined, 10);
    clock.freeze(3_600_000);
    await clock.advance(0);
    clock.clearTimeout(waiting);
    await host.write({ n: 1 });
    await clock.run(host.done());
    expect(dates).toEqual([expect.stringMatching(/^2026-11-23T15:5/u)]);
  });

  it("gives up records in doubt and says that the store may have them (at the deadline)", async () => {
    const reasons: string[] = [];
    const host = hostOf(
      { store: plugin("store", () => ({ write: () => new Promise<never>(() => undefined) })) },
      {
        timeout: 1_000,
        retry: { min: 60_000, max: 60_000 },
      },
    );
    host.hooks.deadLetter.tap(
      "keep",
      (letters) => reasons.push(...letters.map(({ reason }) => reason)) > 0 || undefined,
    );
    await host.write({ n: 1 });
    await clock.run(host.done({ deadlineMs: 10_000 }));
    expect(reasons).toEqual([expect.stringContaining("the store may have it")]);
  });
});
