import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createHost, type Host } from "../../src/index.ts";
import { BackEnd } from "../support/back-end.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

/** Records of a minute. */
const A_MINUTE = 2_000;
const MINUTES = 10;
/** What a queue holds: with the rest on disk, memory does not grow. */
const MOST_HELD = 400;

const all = Array.from({ length: A_MINUTE * MINUTES }, (_, n) => n);

async function tenMinutes() {
  const clock = new VirtualClock();
  const ends = { one: new BackEnd(), two: new BackEnd(), away: new BackEnd("away") };
  const stateDir = await mkdtemp(join(tmpdir(), "cloudmarker-away-"));
  const newHost = (run?: string): Host =>
    createHost({
      stateDir,
      clock,
      config: {
        plugins: Object.fromEntries(Object.entries(ends).map(([key, { plugin }]) => [key, { plugin }])),
        audits: { default: { stores: Object.keys(ends) } },
        run: ["default"],
        delivery: { batch: { records: 100 }, spool: true },
      },
      ...(run !== undefined && { resume: { run } }),
    });
  const host = newHost();
  let held = 0;
  for (let minute = 0; minute < MINUTES; minute++) {
    const records = all.slice(minute * A_MINUTE, (minute + 1) * A_MINUTE).map((n) => ({ n }));
    const writing = host.write(records);
    // Once the store has fallen behind, no time passes while a producer waits.
    // oxlint-disable-next-line no-await-in-loop -- one minute after the other
    await (minute === 0 ? clock.run(writing) : writing);
    // oxlint-disable-next-line no-await-in-loop -- one minute after the other
    await clock.advance(60_000);
    const [one, two, away] = host.stats().stores;
    expect([one?.written, two?.written, away?.written]).toEqual([(minute + 1) * A_MINUTE, (minute + 1) * A_MINUTE, 0]);
    held = Math.max(held, away?.queued ?? 0);
  }
  expect(held).toBeLessThanOrEqual(MOST_HELD);
  return { clock, ends, host, newHost };
}

/** Lets time pass until the promise settles, also while nothing but a thread is at work. */
async function over<T>(clock: VirtualClock, promise: Promise<T>): Promise<T> {
  const state = { isOver: false };
  const end = (): void => {
    state.isOver = true;
  };
  promise.then(end, end);
  // oxlint-disable-next-line no-await-in-loop -- until then
  while (!state.isOver) await clock.advance(50);
  return promise;
}

const counts = { accepted: all.length, deadLettered: 0, lost: 0, duplicate: 0 };
const has = { ...counts, written: all.length, spooled: 0 };

test("a store that is away for ten minutes gets everything when it is back, and the others do not wait for it", async () => {
  const { clock, ends, host } = await tenMinutes();
  ends.away.isAway = false;
  const receipt = await over(clock, host.done());
  expect(receipt).toMatchObject({ ok: true, stores: [has, has, has] });
  for (const { numbers } of Object.values(ends)) expect(numbers.toSorted((a, b) => a - b)).toEqual(all);
});

test("a run that ends meanwhile keeps everything for it, and receipts add up before and after it is resumed", async () => {
  const { clock, ends, host, newHost } = await tenMinutes();
  const before = await over(clock, host.done({ deadlineMs: 5_000 }));
  expect(before).toMatchObject({ ok: false, stores: [has, has, { ...counts, written: 0, spooled: all.length }] });
  ends.away.isAway = false;
  const after = await over(clock, newHost(host.run).done());
  expect(after).toMatchObject({ run: host.run, ok: true });
  expect(after.stores.toSorted((a, b) => a.store.localeCompare(b.store))).toMatchObject([has, has, has]);
  for (const { numbers } of Object.values(ends)) expect(numbers.toSorted((a, b) => a - b)).toEqual(all);
});
