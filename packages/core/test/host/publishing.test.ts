// A store may publish past the deadline as long as it makes progress (L-09).
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineStore, type DoneReport, type PublishReport, type RunEnd } from "@cloudmarker/store-api";
import { expect, it } from "vitest";
import { createHost } from "../../src/index.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

type Done = (run: RunEnd, sleep: (ms: number) => Promise<void>) => Promise<DoneReport | void>;

/** Runs a store with this `done` on a virtual clock, with 1 s as deadline. */
function runWith(done: Done, signal?: AbortSignal) {
  const clock = new VirtualClock();
  const sleep = (ms: number) => new Promise<void>((resolve) => void clock.setTimeout(resolve, ms));
  const plugin = defineStore({
    name: "slow",
    apiVersion: 1,
    params: { type: "object" },
    open: () => ({ write: () => undefined, done: (run) => done(run, sleep) }),
  });
  const host = createHost({
    stateDir: mkdtempSync(join(tmpdir(), "cloudmarker-publishing-")),
    stores: { s: { plugin, delivery: { spool: false } } },
    clock,
    ...(signal && { signal }),
  });
  const reports: PublishReport[] = [];
  host.hooks.store.tap("test", ({ hooks }) => hooks.publishing.tap("test", (report) => void reports.push(report)));
  const started = clock.now();
  const finish = async () => {
    await clock.run(host.write({ n: 1 }));
    const receipt = await clock.run(host.done({ deadlineMs: 1_000 }), 10 * 3_600_000);
    // After that the receipt is kept, on a real disk, while the clock goes on.
    return { receipt, store: receipt.stores[0], reports, tookMs: Date.parse(receipt.ended) - started };
  };
  return { clock, finish };
}

function ended(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => signal?.addEventListener("abort", () => resolve()));
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

it("that makes a step every 4 s publishes 100 of them after a deadline of 1 s, and each is reported", async () => {
  const { finish } = runWith(async ({ progress }, sleep) => {
    for (let step = 1; step <= 100; step += 1) {
      await sleep(4_000);
      progress?.(step, 100);
    }
    return { location: "all of them" };
  });
  const { receipt, reports, store } = await finish();
  expect(receipt.ok).toBe(true);
  expect(store).toMatchObject({ location: "all of them" });
  expect(reports).toHaveLength(100);
  expect(reports.at(-1)).toEqual({ done: 100, total: 100, audit: "default", store: "s", plugin: "slow" });
});

it("that stops making steps is cut off, and the receipt says how far it came", async () => {
  const { finish } = runWith(async ({ progress }, sleep) => {
    for (let step = 1; step <= 7; step += 1) {
      await sleep(2_000);
      progress?.(step, 100);
    }
    return never();
  });
  const { receipt, store, tookMs } = await finish();
  expect(receipt.ok).toBe(false);
  expect(store?.problem).toEqual({
    code: "STORE_DONE_FAILED",
    message: "s did not publish: it made 7 of 100 steps and then none within 5000 ms",
  });
  expect(tookMs).toBeLessThanOrEqual(14_000 + 2 * 5_000 + 1_000);
});

it.each<[string, (progress: (done: never, total: never) => void, n: number) => void]>([
  ["nothing", () => {}],
  ["the same step", (progress) => progress(1 as never, 2 as never)],
  ["steps backwards", (progress, n) => progress((1_000 - n) as never, 1_000 as never)],
  ["more steps than there are", (progress, n) => progress((n + 2) as never, 1 as never)],
  ["no numbers", (progress, n) => progress(String(n) as never, {} as never)],
  ["NaN and infinity", (progress, n) => progress(Number.NaN as never, (n / 0) as never)],
])("that says %s again and again does not advance", async (_, say) => {
  const { finish } = runWith(async ({ progress }, sleep) => {
    for (let n = 1; ; n += 1) {
      await sleep(1_000);
      say(progress as (done: never, total: never) => void, n);
    }
  });
  const { store, tookMs } = await finish();
  expect(store?.problem?.message).toMatch(
    /^s did not publish: (?:no answer within 5000 ms|it made 1 of 2 steps|it made 999 of 1000)/,
  );
  expect(tookMs).toBeLessThan(20_000);
});

it("that counts without end is cut off an hour after the deadline", async () => {
  const { finish } = runWith(async ({ progress }, sleep) => {
    for (let step = 1; ; step += 1) {
      await sleep(1_000);
      progress?.(step, Number.MAX_SAFE_INTEGER);
    }
  });
  const { store, tookMs } = await finish();
  expect(store?.problem?.message).toContain("s did not publish: it made 36");
  expect(tookMs).toBeGreaterThan(3_600_000);
  expect(tookMs).toBeLessThan(3_620_000);
});

it("its signal is aborted when its time is over, and its later report counts", async () => {
  const good = runWith(async ({ signal }) => {
    await ended(signal);
    return { notes: ["half of it is there"] };
  });
  expect(await good.finish()).toMatchObject({ receipt: { ok: true }, store: { notes: ["half of it is there"] } });
  const bad = runWith(async ({ signal }) => {
    await ended(signal);
    throw new Error("stopped after 3 of 9 files");
  });
  const { store } = await bad.finish();
  expect(store?.problem?.message).toBe("s did not publish: stopped after 3 of 9 files");
});

it("stops once the host is stopped", async () => {
  const stop = new AbortController();
  const { finish } = runWith(async ({ progress }, sleep) => {
    for (let step = 1; ; step += 1) {
      await sleep(1_000);
      if (step === 20) stop.abort();
      progress?.(step, 1_000);
    }
  }, stop.signal);
  const { store, tookMs } = await finish();
  expect(store?.problem?.code).toBe("STORE_DONE_FAILED");
  expect(tookMs).toBeLessThan(30_000);
});
