import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BlockedError, defineStore, RetryError, type StorePlugin } from "@cloudmarker/store-api";
import { expect, test } from "vitest";
import { createHost, type DeliveryConfig, type Host } from "../../src/index.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const RECORDS = Array.from({ length: 200 }, (_, n) => ({ n }));

class Run {
  readonly clock: VirtualClock = new VirtualClock();
  /** Attempts of the store that is wrong. */
  attempts = 0;
  wrong: Error | undefined;
  host: Host;

  constructor(wrong: Error, stateDir: string, delivery: DeliveryConfig = {}) {
    this.wrong = wrong;
    const search = plugin("search", () => {
      this.attempts++;
      if (this.wrong) throw this.wrong;
    });
    // Its server takes a while for each batch.
    const slow = plugin("slow", () => new Promise<void>((resolve) => this.clock.setTimeout(resolve, 100)));
    const stores = { search, slow };
    const batch = { records: 10 };
    const { clock } = this;
    this.host = createHost({
      stores,
      stateDir,
      clock,
      random: () => 1,
      delivery: { batch, concurrency: 1, ...delivery },
    });
  }

  /**
   * Lets time pass until the promise settles, also while nothing but a thread is at work: then it runs away from the
   * thread, by `stepMs` for each look at it.
   */
  async over<T>(promise: Promise<T>, stepMs = 1): Promise<T> {
    const state = { isOver: false };
    const end = (): void => {
      state.isOver = true;
    };
    promise.then(end, end);
    // oxlint-disable-next-line no-await-in-loop -- until then
    while (!state.isOver) await this.clock.advance(stepMs);
    return promise;
  }
}

function plugin(name: string, write: () => void | Promise<void>): StorePlugin {
  const open = () => ({
    write: async () => {
      await write();
    },
  });
  return defineStore({ name, apiVersion: 1, params: { type: "object" }, open }) as unknown as StorePlugin;
}

function runOf(wrong: Error, delivery?: DeliveryConfig): Promise<Run> {
  return mkdtemp(join(tmpdir(), "cloudmarker-fail-fast-")).then((folder) => new Run(wrong, folder, delivery));
}

const blocked = new BlockedError("credentials", "401");
const refused = new RetryError("refused", "nothing listens there");

test.each([
  ["is blocked", blocked, 1],
  ["refuses connections", refused, 3],
])(
  "a store that %s does not hold up the end of the run, and the other one gets its time",
  async (_, wrong, attempts) => {
    const run = await runOf(wrong);
    const start = run.clock.now();
    const receipt = await run.over(run.host.write(RECORDS).then(() => run.host.done()));
    expect(run.clock.now() - start).toBeLessThan(30_000);
    expect(receipt).toMatchObject({
      ok: false,
      complete: true,
      stores: [
        {
          accepted: 200,
          written: 0,
          spooled: 200,
          notes: ["It had taken nothing, so the run did not wait for it. With delivery.fail_fast: false it does."],
          problem: { code: wrong === blocked ? "credentials" : "refused" },
        },
        { accepted: 200, written: 200, notes: [] },
      ],
    });
    expect(run.attempts).toBeLessThanOrEqual(attempts + 1);
  },
);

test.each([
  ["delivery.deadline", { deadline: "40s" }, undefined, 40_000],
  ["the deadline of done", {}, { deadlineMs: 50_000 }, 50_000],
  ["fail_fast: false", { fail_fast: false }, undefined, 60_000],
])("%s has it waited for", async (_, delivery, options, ms) => {
  const run = await runOf(blocked, delivery);
  await run.over(run.host.write(RECORDS.slice(0, 10)));
  const start = run.clock.now();
  const { stores } = await run.over(run.host.done(options), 50);
  expect(run.clock.now() - start).toBeGreaterThanOrEqual(ms);
  expect(stores).toMatchObject([{ spooled: 10, notes: [] }, { written: 10 }]);
});

test("fail_fast: true has precedence over every deadline", async () => {
  const run = await runOf(blocked, { deadline: "10m", fail_fast: true });
  await run.over(run.host.write(RECORDS.slice(0, 10)));
  const start = run.clock.now();
  const { stores } = await run.over(run.host.done({ deadlineMs: 600_000 }));
  expect(run.clock.now() - start).toBeLessThan(30_000);
  expect(stores).toMatchObject([{ spooled: 10, problem: { code: "credentials" } }, { written: 10 }]);
});

test.each([
  ["blocked", blocked],
  ["refused", refused],
])("one that was %s, and was mended before the end, gets everything at the end", async (_, wrong) => {
  const run = await runOf(wrong, { retry: { min: "60s", max: "60s" } });
  await run.over(run.host.write(RECORDS.slice(0, 10)));
  await run.clock.advance(150_000);
  expect(run.attempts).toBe(3);
  run.wrong = undefined;
  const start = run.clock.now();
  const receipt = await run.over(run.host.done());
  expect(run.clock.now() - start).toBeLessThan(20_000);
  expect(receipt).toMatchObject({ ok: true, stores: [{ accepted: 10, written: 10, notes: [] }, { written: 10 }] });
});

test("one that worked, and is blocked later in the same run, is waited for", async () => {
  const run = await runOf(blocked);
  run.wrong = undefined;
  await run.over(run.host.write(RECORDS.slice(0, 10)));
  await run.over(run.host.flush());
  await run.clock.advance(2_000);
  run.wrong = blocked;
  await run.over(run.host.write(RECORDS.slice(10, 20)));
  const start = run.clock.now();
  const { stores } = await run.over(run.host.done(), 50);
  expect(run.clock.now() - start).toBeGreaterThanOrEqual(60_000);
  expect(stores).toMatchObject([{ written: 10, spooled: 10, notes: [] }, { written: 20 }]);
});
