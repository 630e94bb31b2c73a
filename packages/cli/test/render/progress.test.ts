import { PassThrough } from "node:stream";
import type { HostStats } from "@cloudmarker/core";
import type { Clock, HostHooks, StoreHandle } from "@cloudmarker/store-api";
import { expect, test } from "vitest";
import { Progress } from "../../src/render/progress.ts";
import { Reporter } from "../../src/render/reporter.ts";
import { NO_COLORS } from "../../src/render/text.ts";

/** Time that passes when told to. */
class Time implements Clock {
  #now = 0;
  #timers = new Set<{ at: number; fn: () => void }>();
  now(): number {
    return this.#now;
  }
  setTimeout(fn: () => void, ms: number): unknown {
    const timer = { at: this.#now + ms, fn };
    this.#timers.add(timer);
    return timer;
  }
  clearTimeout(timer: unknown): void {
    this.#timers.delete(timer as { at: number; fn: () => void });
  }
  pass(ms: number): void {
    this.#now += ms;
    for (const timer of [...this.#timers].filter(({ at }) => at <= this.#now)) {
      this.#timers.delete(timer);
      timer.fn();
    }
  }
  get pending(): number {
    return this.#timers.size;
  }
}

/** A hook that calls its taps. */
function hook<Args extends unknown[]>() {
  const taps: ((...args: Args) => unknown)[] = [];
  return {
    tap: (_name: unknown, fn: (...args: Args) => unknown) => void taps.push(fn),
    call: (...args: Args) => {
      for (const fn of taps) fn(...args);
    },
  };
}

function setUp(isTTY: boolean) {
  const stderr = Object.assign(new PassThrough(), { isTTY });
  const clock = new Time();
  const store = hook<[StoreHandle]>();
  const [written, retry, blocked, publishing] = [hook(), hook(), hook(), hook()];
  const reporter = new Reporter(stderr, NO_COLORS, {});
  const progress = new Progress({ stderr, reporter, clock, isLive: isTTY }, { store } as unknown as HostHooks);
  const open = (): void =>
    store.call({
      audit: "a",
      key: "search",
      plugin: "esstore",
      hooks: { written, retry, blocked, publishing },
    } as unknown as StoreHandle);
  open();
  return {
    open,
    stderr,
    clock,
    progress,
    written,
    retry,
    blocked,
    publishing,
    text: () => String(stderr.read() ?? ""),
  };
}

test("without a terminal a plain line comes now and then, with rates and retries", () => {
  const { clock, progress, written, retry, text } = setUp(false);
  progress.reading("scan.json");
  progress.add(20_000);
  written.call({ records: 15_000 });
  retry.call({ code: "throttled", reason: "429", records: 1 });
  retry.call({ code: "throttled", reason: "429 again", records: 1 });
  expect(text()).toBe("search: trying again after throttled: 429\n");
  clock.pass(10_000);
  expect(text()).toBe("scan.json: 20,000 records read, 2,000/s; search 15,000 written (2 retries)\n");
  progress.add(5_000);
  clock.pass(10_000);
  expect(text()).toBe("scan.json: 25,000 records read, 500/s; search 15,000 written (2 retries)\n");
});

test("a blocked store is reported once, with the time of the next attempt, until it writes", () => {
  const { clock, blocked, written, text } = setUp(false);
  blocked.call({ code: "unauthorized", reason: "401", recheckMs: 60_000 });
  blocked.call({ code: "unauthorized", reason: "401", recheckMs: 60_000 });
  expect(text()).toBe("search is blocked, its records wait: unauthorized: 401 (tried again every 60 s)\n");
  clock.pass(10_000);
  expect(text()).toContain("search 0 written (blocked: unauthorized)\n");
  written.call({ records: 1 });
  clock.pass(10_000);
  expect(text()).toContain("search 1 written\n");
});

test("a store that publishes shows how far it is (L-09)", () => {
  const { clock, written, publishing, text } = setUp(false);
  written.call({ records: 100_000 });
  publishing.call({ done: 67_999, total: 200_000 });
  clock.pass(10_000);
  expect(text()).toContain("search 100,000 written (publishing, 33 %)\n");
});

/** What the host says of the store: so many settled, queued and spooled records. */
function stats(written: number, queued: number, spooled: number) {
  const others = { duplicate: 0, deadLettered: 0, lost: 0 };
  return { stores: [{ audit: "a", store: "search", written, queued, spooled, ...others }] } as unknown as HostStats;
}

test("a run that is resumed says how much is left and about how long that takes, at the rate so far (issue 14)", () => {
  const { clock, progress, written, text } = setUp(false);
  let now = stats(500, 100, 9_900);
  progress.estimate(() => now);
  clock.pass(10_000);
  expect(text()).toBe("search 0 written, 10,000 left\n");
  now = stats(1_500, 0, 9_000);
  written.call({ records: 1_000 });
  clock.pass(10_000);
  expect(text()).toBe("search 1,000 written, 9,000 left, about 180 s\n");
  now = stats(10_500, 0, 0);
  written.call({ records: 9_000 });
  clock.pass(10_000);
  expect(text()).toBe("search 10,000 written\n");
});

test("a store that is opened for several runs, as in a replay, is one (issue 14)", () => {
  const { clock, progress, written, open, text } = setUp(false);
  progress.estimate(() => stats(0, 0, 0));
  const first = { ...written };
  open();
  first.call({ records: 1 });
  clock.pass(10_000);
  expect(text()).toBe("search 2 written\n");
});

test("on a terminal the estimate stands beside the rate (issue 14)", async () => {
  const { clock, progress, written, text } = setUp(true);
  let now = stats(0, 0, 900);
  progress.estimate(() => now);
  clock.pass(400);
  await import("log-update");
  await new Promise((resolve) => setImmediate(resolve));
  now = stats(300, 0, 600);
  written.call({ records: 300 });
  clock.pass(200);
  expect(text()).toContain("search  300 written  1,500/s  600 left, about 1.2 s");
});

test("a short run shows nothing, and no timer is left", () => {
  const { clock, progress, text } = setUp(true);
  expect(clock.pending).toBe(1);
  clock.pass(100);
  progress.end();
  expect([clock.pending, text()]).toEqual([0, ""]);
});

test("on a terminal the progress is drawn, and removed at the end", async () => {
  const { clock, progress, written, text } = setUp(true);
  progress.reading("scan.json");
  clock.pass(400);
  // The library that draws is being imported now.
  await import("log-update");
  await new Promise((resolve) => setImmediate(resolve));
  progress.add(1_000);
  written.call({ records: 500 });
  clock.pass(200);
  const picture = text();
  expect(picture).toContain("reading scan.json  1,000 records  5,000/s");
  expect(picture).toContain("search             500 written    2,500/s");
  progress.end();
  expect(text()).toContain("\u001B[2K");
});
