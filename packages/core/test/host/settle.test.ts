// What a store settles while it writes (SC-37), with a real host, in the thread of the program and in one of its own.
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { DeadLetter, Failure, StoreReceipt } from "@cloudmarker/store-api";
import { describe, expect, it } from "vitest";
import { createHost, type DeliveryConfig, systemClock } from "../../src/index.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const PLUGIN = join(import.meta.dirname, "../isolation/settling-store.ts");

const TIMEOUT_MS = 1000;

interface Ran {
  readonly receipt: StoreReceipt;
  /** Numbers of the records in each write. */
  readonly writes: readonly string[];
  readonly deadLetters: readonly DeadLetter[];
  readonly failures: readonly Failure[];
  /** What `store.hooks.written` was told: records, and indexes of their outcomes. */
  readonly written: readonly [number, number[]][];
}

/** Time begins to pass when the store hangs, however long its thread takes to start. */
async function passing<T>(clock: VirtualClock, promise: Promise<T>, mark: string): Promise<T> {
  while (!existsSync(mark)) await delay(1);
  const state = { done: false };
  void promise.finally(() => (state.done = true));
  while (!state.done) {
    await delay(1);
    await clock.advance(30);
  }
  return promise;
}

async function run(params: Record<string, unknown>, delivery: DeliveryConfig): Promise<Ran> {
  const clock = params["act"] === "hang" ? new VirtualClock() : systemClock;
  const folder = await mkdtemp(join(tmpdir(), "cloudmarker-settle-"));
  const config = {
    plugins: {
      settler: {
        plugin: PLUGIN,
        params: { file: "writes", ...params },
        delivery: { retry: { min: 1, max: 5 }, batch: { records: 4 }, spool: false, ...delivery },
      },
    },
    audits: { default: { stores: ["settler"] } },
    run: ["default"],
  };
  const host = createHost({ config, cwd: folder, stateDir: folder, run: "r1", clock });
  const deadLetters: DeadLetter[] = [];
  const failures: Failure[] = [];
  const written: [number, number[]][] = [];
  host.hooks.deadLetter.tap("keep", (items) => void deadLetters.push(...items));
  host.hooks.failed.tap("keep", (failure) => void failures.push(failure));
  host.hooks.store.tap("keep", ({ hooks }) => {
    hooks.written.tap("keep", ({ records, outcomes }) => {
      written.push([records, outcomes.map(({ index }) => index)]);
    });
  });
  for (const n of [0, 1, 2, 3]) await host.write({ n });
  const done = host.done();
  const { stores } =
    clock instanceof VirtualClock ? await passing(clock, done, join(folder, "writes.hangs")) : await done;
  const [receipt] = stores;
  if (!receipt) throw new Error("no receipt");
  const writes = readFileSync(join(folder, "writes"), "utf8").trimEnd().split("\n");
  return { receipt, writes, deadLetters, failures, written };
}

describe.each(["inline", "thread"] as const)("isolation: %s", (isolation) => {
  it.each([
    ["throw", {}],
    ["hang", { timeout: TIMEOUT_MS, deadline: "1h" }],
  ])("what was settled counts if the attempt ends by %s, and only the others are sent again", async (act, more) => {
    const { receipt, writes, written } = await run({ act }, { isolation, ...more });
    expect(writes).toEqual(["0,1,2,3", "2,3"]);
    expect(receipt).toMatchObject({ accepted: 4, written: 3, deadLettered: 1, retries: 1 });
    expect(written).toEqual([
      [1, [1]],
      [2, []],
    ]);
  });

  it("a refusal that was settled is a dead letter, and a secret in its reason is masked", async () => {
    const { deadLetters } = await run({ act: "throw", token: "s3cr3t-t0ken" }, { isolation });
    expect(deadLetters).toMatchObject([{ code: "refused", attempts: 1 }]);
    expect(deadLetters[0]?.reason).toMatch(/^not with \*+$/);
  });

  it("after the answer nothing can be settled", async () => {
    const { receipt, deadLetters } = await run({ act: "answer, then settle" }, { isolation });
    expect(receipt).toMatchObject({ written: 3, deadLettered: 1 });
    expect(deadLetters).toMatchObject([{ code: "refused" }]);
  });

  it.each([
    ["a text", "done", "no list of outcomes"],
    ["an index outside of the batch", [{ index: 9, status: "written" }], "it names record 9 of a batch of 4"],
    ["a status that does not exist", [{ index: 0, status: "fine" }], 'it gives record 0 the status "fine"'],
  ])("%s is nonsense: it is reported, and costs no record (SC-13)", async (_, settles, what) => {
    const { receipt, failures } = await run({ act: "answer", settles }, { isolation });
    expect(failures).toMatchObject([{ code: "STORE_OUTCOME_INVALID", message: expect.stringContaining(what) }]);
    expect(receipt).toMatchObject({ written: 4, deadLettered: 0 });
  });

  it("at most once, what was settled is settled, and the rest is in doubt (SC-20)", async () => {
    const { receipt, deadLetters } = await run({ act: "throw" }, { isolation, guarantee: "at-most-once" });
    expect(receipt).toMatchObject({ written: 1, deadLettered: 3 });
    expect(deadLetters.map(({ code }) => code)).toEqual(["refused", "unknown_outcome", "unknown_outcome"]);
  });
});

describe("a thread that ends after its store has settled something", () => {
  it("of a store without flush: that counts, and only the others are sent again (SC-51)", async () => {
    const { receipt, writes } = await run({ act: "exit" }, { isolation: "thread" });
    expect(writes).toEqual(["0,1,2,3", "2,3"]);
    expect(receipt).toMatchObject({ written: 3, deadLettered: 1 });
  });

  it("of a store with flush: nothing of it was durable, so that all are sent again, and none is in doubt (SC-51)", async () => {
    const { receipt, writes } = await run({ act: "exit", flushes: true }, { isolation: "thread" });
    expect(writes).toEqual(["0,1,2,3", "0,1,2,3"]);
    expect(receipt).toMatchObject({ written: 4, deadLettered: 0 });
    expect(receipt.problem).toBeUndefined();
  });
});
