import { type Clock, RetryError, UnknownOutcomeError, retry } from "@cloudmarker/store-api";
import { expect, test } from "vitest";
import { Kept, ScriptedQueue, numbers, seeded } from "../support/scripted-queue.ts";

/** A back end that can only say that the batch failed, and does so for every batch with one of these records. */
function poisoned(poison: readonly number[], kept: Kept): (numbers: readonly number[]) => void {
  return (batch) => {
    if (batch.some((n) => poison.includes(n))) throw new Error("insert failed");
    kept.keep(batch);
  };
}

/** A back end that breaks the connection at every batch with one of these records. */
function breaking(poison: readonly number[], kept: Kept): (numbers: readonly number[]) => void {
  return (batch) => {
    if (batch.some((n) => poison.includes(n))) throw new UnknownOutcomeError("connection_lost", "closed");
    kept.keep(batch);
  };
}

const sizes = numbers(2, 17);

test.each([
  ["unordered", false],
  ["ordered", true],
])("%s: one poison record at any place of a batch of any size is found, and no other is lost", async (_, ordered) => {
  for (const size of sizes) {
    for (const poison of numbers(1, size)) {
      const kept = new Kept();
      const scripted = new ScriptedQueue(poisoned([poison], kept), {
        batchRecords: size,
        ordered,
        concurrency: ordered ? 1 : 2,
      });
      scripted.accept(size);
      // oxlint-disable-next-line no-await-in-loop -- one case after the other
      await scripted.finish();
      // A poison record at the very end has nobody behind it that could show that the store works.
      const code = ordered && poison === size ? /^\d+:(batch_failed|deadline)$/ : /^\d+:batch_failed$/;
      expect(scripted.buried, `${poison} of ${size}`).toEqual([expect.stringMatching(code)]);
      expect(parseInt(scripted.buried[0] ?? "", 10)).toBe(poison);
      const order = ordered ? kept.order : kept.order.toSorted((a, b) => a - b);
      expect(order).toEqual(numbers(1, size).filter((n) => n !== poison));
      expect(scripted.clock.pending).toBe(0);
    }
  }
});

test("a poison record in the middle of much traffic is found within seconds and stops nothing", async () => {
  const kept = new Kept();
  const scripted = new ScriptedQueue(poisoned([1, 4321], kept), { batchRecords: 1000, queueRecords: 10_000 }).accept(
    9000,
  );
  await scripted.clock.advance(10_000);
  expect(scripted.buried).toEqual(["1:batch_failed", "4321:batch_failed"]);
  expect(scripted.deadLetters[0]).toMatchObject({ reason: "insert failed" });
  expect(kept.writes.size).toBe(8998);
  expect([...kept.writes.values()].every((times) => times === 1)).toBe(true);
});

test("in order, a poison record at the head of much traffic is found, and nothing overtakes", async () => {
  const kept = new Kept();
  const scripted = new ScriptedQueue(poisoned([1, 2, 4321], kept), {
    batchRecords: 1000,
    queueRecords: 10_000,
    ordered: true,
    concurrency: 1,
  });
  scripted.accept(9000);
  await scripted.clock.advance(300_000);
  expect(scripted.buried).toEqual(["1:batch_failed", "2:batch_failed", "4321:batch_failed"]);
  expect(kept.order).toEqual(numbers(1, 9000).filter((n) => n > 2 && n !== 4321));
});

test("a single record that fails alone is given up only once the store has written another", async () => {
  const kept = new Kept();
  const scripted = new ScriptedQueue(poisoned([1], kept), { batchRecords: 1, retryMaxMs: 1000 }).accept(1);
  await scripted.clock.advance(600_000);
  expect(scripted.deadLetters).toEqual([]);
  scripted.accept(1);
  await scripted.clock.advance(2000);
  expect(scripted.buried).toEqual(["1:batch_failed"]);
  expect(kept.order).toEqual([2]);
});

test.each([
  ["unordered", false],
  ["ordered", true],
])("%s: a store that is down for an hour turns no backlog into dead letters", async (_, ordered) => {
  const kept = new Kept();
  let down = false;
  const scripted = new ScriptedQueue(
    (batch) => {
      if (down) throw new Error("socket hang up");
      kept.keep(batch);
    },
    { batchRecords: 10, ordered, concurrency: ordered ? 1 : 2 },
    seeded(7),
  ).accept(20);
  await scripted.clock.advance(0);
  down = true;
  scripted.accept(200);
  await scripted.clock.advance(3_600_000);
  expect(scripted.deadLetters).toEqual([]);
  // Two batches at first, then one at a time at the slow end: no storm against a store that is down.
  expect(scripted.batches.length).toBeLessThan(ordered ? 400 : 200);
  down = false;
  await scripted.clock.run(scripted.queue.flush());
  expect(scripted.queue.counts).toMatchObject({ accepted: 220, written: 220, deadLettered: 0 });
  expect(ordered ? kept.order : kept.order.toSorted((a, b) => a - b)).toEqual(numbers(1, 220));
});

test("in order, a record that was given up is not sent again once a later one is written", async () => {
  const kept = new Kept();
  const scripted = new ScriptedQueue(
    (batch) => {
      if (batch.includes(1) && kept.order.length === 0) throw new Error("insert failed");
      kept.keep(batch);
    },
    { batchRecords: 1, ordered: true, concurrency: 1 },
  ).accept(3);
  await scripted.clock.advance(60_000);
  expect(scripted.buried).toEqual(["1:batch_failed"]);
  expect(kept.order).toEqual([2, 3]);
});

test.each([
  ["an error", () => Promise.reject(new RetryError("busy", "503"))],
  ["an outcome", () => Promise.resolve([retry(0, "busy", "503")])],
])(
  "failures without an explanation do not count any more once the store explained itself with %s",
  async (_, explain) => {
    const scripted = new ScriptedQueue(
      (batch, { attempt }) => {
        if (!batch.includes(1) || attempt === 10) return undefined;
        if (attempt === 8) return explain();
        throw new Error("insert failed");
      },
      { batchRecords: 1, retryMaxMs: 1000 },
    ).accept(1);
    for (let second = 0; second < 12; second++) {
      scripted.accept(1);
      // oxlint-disable-next-line no-await-in-loop -- second by second
      await scripted.clock.advance(1000);
    }
    expect(scripted.queue.counts).toMatchObject({ accepted: 13, written: 13, deadLettered: 0 });
  },
);

test("a tap that gives up a failing batch ends the search", async () => {
  const scripted = new ScriptedQueue(poisoned([2], new Kept()), { batchRecords: 4 }).accept(4);
  scripted.onRetry = () => false;
  await scripted.clock.advance(0);
  expect(scripted.buried).toEqual(["1:batch_failed", "2:batch_failed", "3:batch_failed", "4:batch_failed"]);
  expect(scripted.batches).toHaveLength(1);
});

test.each([
  [
    "closes the connection",
    () => Promise.reject(new UnknownOutcomeError("connection_lost", "closed")),
    "connection_lost",
  ],
  ["hangs", () => new Promise<void>(() => undefined), "timeout"],
])("a record on which the store %s is found while others are written, and costs no other", async (_, fail, code) => {
  const kept = new Kept();
  const poison = [3, 17];
  const scripted = new ScriptedQueue(
    (batch) => {
      if (batch.some((n) => poison.includes(n))) return fail();
      kept.keep(batch);
      return undefined;
    },
    { batchRecords: 10, queueRecords: 1000, timeoutMs: 1000, retryMaxMs: 2000 },
  ).accept(30);
  for (let second = 0; second < 300; second++) await scripted.accept(1).clock.advance(1000);
  expect(scripted.buried).toEqual(poison.map((n) => `${n}:${code}`));
  expect([...kept.writes.keys()].toSorted((a, b) => a - b)).toEqual(numbers(1, 330).filter((n) => !poison.includes(n)));
  expect([...kept.writes.values()].every((times) => times === 1)).toBe(true);
});

test.each([1, 2, 137, 999, 1000])(
  "a record that breaks the connection is found in the only batch of a run: %i of 1000",
  async (poison) => {
    const kept = new Kept();
    const scripted = new ScriptedQueue(breaking([poison], kept), { batchRecords: 1000, queueRecords: 10_000 }).accept(
      1000,
    );
    await scripted.finish();
    expect(scripted.buried).toEqual([`${poison}:connection_lost`]);
    expect([...kept.writes.values()]).toEqual(Array.from({ length: 999 }, () => 1));
  },
);

test("records that break the connection are found where every batch of a run has one", async () => {
  const kept = new Kept();
  const poison = [5, 1200, 1900, 2999];
  const script = breaking(poison, kept);
  const scripted = new ScriptedQueue(script, { batchRecords: 1000, queueRecords: 10_000 }, seeded(5)).accept(3000);
  await scripted.finish(600_000);
  expect(scripted.buried.map((letter) => parseInt(letter, 10))).toEqual(poison);
  expect([...kept.writes.values()]).toEqual(Array.from({ length: 2996 }, () => 1));
});

test("an hour of cut connections turns no backlog into dead letters", async () => {
  const kept = new Kept();
  let down = true;
  const scripted = new ScriptedQueue(
    (batch) => {
      if (down && kept.writes.size > 0) throw new UnknownOutcomeError("connection_lost", "closed");
      kept.keep(batch);
    },
    { batchRecords: 10, queueRecords: 1000 },
    seeded(3),
  ).accept(200);
  await scripted.clock.advance(3_600_000);
  expect(scripted.deadLetters).toEqual([]);
  // One batch is taken apart to see whether the store works, and the others are left as they are.
  const whole = scripted.batches.filter((batch) => batch.length === 10).map(([first]) => first);
  expect(new Set(whole.slice(-18)).size).toBe(18);
  down = false;
  await scripted.clock.run(scripted.queue.flush());
  expect(scripted.queue.counts).toMatchObject({ accepted: 200, written: 200, deadLettered: 0 });
});

test("a network that cuts three connections of ten turns no record into a dead letter", async () => {
  for (const seed of numbers(1, 20)) {
    const kept = new Kept();
    const random = seeded(seed);
    const scripted = new ScriptedQueue(
      (batch) => {
        if (random() < 0.3) throw new UnknownOutcomeError("connection_lost", "closed");
        kept.keep(batch);
      },
      { batchRecords: 1 },
      random,
    ).accept(300);
    // oxlint-disable-next-line no-await-in-loop -- one network after the other
    await scripted.finish(3_600_000);
    expect(scripted.queue.counts, `seed ${seed}`).toMatchObject({ accepted: 300, written: 300, deadLettered: 0 });
  }
});

test("attempts that were under way when the store went away do not show that it works", async () => {
  const kept = new Kept();
  let goesAwayAt = Infinity;
  const scripted = new ScriptedQueue(
    async (batch) => {
      // It is written although the store goes away meanwhile.
      if (batch.includes(1)) await new Promise<void>((resolve) => void scripted.clock.setTimeout(resolve, 500));
      else if (scripted.clock.now() >= goesAwayAt) throw new Error("socket hang up");
      kept.keep(batch);
    },
    { batchRecords: 1, queueRecords: 100, retryMinMs: 100 },
    seeded(1),
  );
  goesAwayAt = scripted.clock.now();
  scripted.accept(3);
  await scripted.clock.advance(3_600_000);
  expect(kept.order).toEqual([1]);
  expect(scripted.deadLetters).toEqual([]);
});

/**
 * A back end that ends with a crash at every batch with one of these records, and takes with it all that it is given at
 * the time.
 */
function crashing(poison: readonly number[], kept: Kept) {
  const underWay = new Set<PromiseWithResolvers<void>>();
  return async (batch: readonly number[], clock: Clock): Promise<void> => {
    const one = Promise.withResolvers<void>();
    underWay.add(one);
    clock.setTimeout(() => {
      if (!underWay.delete(one)) return;
      if (batch.some((n) => poison.includes(n))) {
        for (const each of [one, ...underWay]) each.reject(new UnknownOutcomeError("crashed", "The thread crashed."));
        underWay.clear();
      } else {
        kept.keep(batch);
        one.resolve();
      }
    }, 10);
    await one.promise;
  };
}

test.each([1, 2, 4])(
  "L-11: a record that ends the store with all that is under way costs no neighbour, with %i at a time",
  async (concurrency) => {
    const kept = new Kept();
    const store = crashing([5], kept);
    const scripted: ScriptedQueue = new ScriptedQueue((batch) => store(batch, scripted.clock), {
      batchRecords: 2,
      concurrency,
    });
    scripted.accept(8);
    await scripted.clock.advance(0);
    for (let second = 0; second < 120; second++) await scripted.accept(1).clock.advance(1000);
    await scripted.finish();
    expect(scripted.buried).toEqual(["5:crashed"]);
    expect([...kept.writes.values()].every((times) => times === 1)).toBe(true);
    expect(kept.writes.size).toBe(127);
  },
);

test("L-11: a record is not given up for a failure that another batch under way may have caused", async () => {
  const kept = new Kept();
  const neighbour = Promise.withResolvers<void>();
  const crash = new Error("the connection that all share is gone");
  let hasCrashed = false;
  const scripted = new ScriptedQueue(
    async (batch) => {
      if (batch.includes(65) && !hasCrashed) return neighbour.promise;
      if (batch.includes(2)) throw new Error("insert failed");
      // It has been in seven batches that failed, while others were written, and was never sent alone.
      if (batch.length === 1 && batch[0] === 1 && !hasCrashed) {
        hasCrashed = true;
        neighbour.reject(crash);
        throw crash;
      }
      kept.keep(batch);
      return undefined;
    },
    { batchRecords: 64, queueRecords: 1000, concurrency: 3 },
  ).accept(128);
  scripted.onRetry = ({ records }) => (records === 2 ? 2500 : undefined);
  for (let second = 0; second < 30; second++) await scripted.accept(1).clock.advance(1000);
  await scripted.finish();
  expect(hasCrashed).toBe(true);
  expect(scripted.buried).toEqual(["2:batch_failed"]);
  expect(kept.writes.size).toBe(157);
});

test.each([1, 2, 4])(
  "L-11: it is also found at the end of a run, when nothing follows it, with %i at a time",
  async (concurrency) => {
    const kept = new Kept();
    const store = crashing([6], kept);
    const scripted: ScriptedQueue = new ScriptedQueue((batch) => store(batch, scripted.clock), {
      batchRecords: 4,
      concurrency,
    });
    scripted.accept(8);
    await scripted.finish();
    expect(scripted.buried).toEqual(["6:crashed"]);
    expect(kept.writes.size).toBe(7);
  },
);
