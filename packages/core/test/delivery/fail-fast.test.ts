import { BlockedError, RetryError, UnknownOutcomeError } from "@cloudmarker/store-api";
import { describe, expect, test } from "vitest";
import { failFastOf, plainlyWrong } from "../../src/delivery/fail-fast.ts";
import type { Cause } from "../../src/delivery/history.ts";
import type { DeliverySettings } from "../../src/delivery/settings.ts";
import { type Script, ScriptedQueue, numbers } from "../support/scripted-queue.ts";

const small = { batchRecords: 10, queueRecords: 30, concurrency: 1, failFast: "auto" } as const;

function refuse(): never {
  throw new RetryError("refused", "nothing listens there");
}

function block(): never {
  throw new BlockedError("credentials", "401");
}

function queueOf(script: Script, settings: Partial<DeliverySettings> = {}): ScriptedQueue {
  return new ScriptedQueue(script, { ...small, ...settings });
}

describe("the rule of delivery.fail_fast", () => {
  const blocked: Cause = { status: "blocked", code: "credentials", reason: "401", retryAfterMs: 0 };
  const refused: Cause = { status: "retry", code: "refused", reason: "closed", retryAfterMs: 0 };

  test.each([
    ["auto", true, false, true],
    ["auto", false, false, "blocked"],
    ["auto", true, true, false],
    ["auto", false, true, false],
    [true, false, true, true],
    [false, true, false, false],
  ] as const)("%s, journal: %s, deadline given: %s: %s", (setting, isKept, hasDeadline, mode) => {
    expect(failFastOf(setting, isKept, hasDeadline)).toBe(mode);
  });

  test.each([
    ["a store that is blocked", true, { hasWorked: false, blocked, refused: undefined }, blocked],
    ["one that is blocked, where only that counts", "blocked", { hasWorked: false, blocked, refused }, blocked],
    ["one that refuses connections", true, { hasWorked: false, blocked: undefined, refused }, refused],
    ["not where only blocked counts", "blocked", { hasWorked: false, blocked: undefined, refused }, undefined],
    ["not one that has worked", true, { hasWorked: true, blocked, refused }, undefined],
    ["not where all are waited for", false, { hasWorked: false, blocked, refused }, undefined],
    [
      "not one that says when to come back",
      true,
      { hasWorked: false, blocked: { ...blocked, retryAfterMs: 1 }, refused: undefined },
      undefined,
    ],
  ] as const)("%s", (_, mode, known, cause) => {
    expect(plainlyWrong(mode, known)).toBe(cause);
  });
});

describe("without a journal", () => {
  test("a store that is blocked from the beginning holds nobody: its records are dead letters with its code", async () => {
    const scripted = queueOf(block);
    const start = scripted.clock.now();
    await scripted.clock.run(scripted.produce(1000));
    expect(scripted.clock.now()).toBe(start);
    await scripted.finish();
    expect(scripted.clock.now()).toBe(start);
    expect(scripted.buried).toEqual(numbers(1, 1000).map((n) => `${n}:credentials`));
    const why = "the store had taken nothing, and is not waited for (delivery.fail_fast)";
    expect([scripted.deadLetters[0], scripted.deadLetters[999]]).toMatchObject([
      { attempts: 1, reason: `${why}; last failure: credentials: 401` },
      { attempts: 0, reason: `${why}; last failure: credentials: 401` },
    ]);
    expect(scripted.batches).toHaveLength(1);
    expect(scripted.failures).toMatchObject([
      {
        code: "STORE_STALLED",
        message:
          "search has taken nothing, and until it does, its records are dead-lettered at once (delivery.fail_fast): credentials: 401",
      },
    ]);
    expect(scripted.clock.pending).toBe(0);
  });

  test("once it is mended, the next attempt finds that, and what comes then is written", async () => {
    let isMended = false;
    const scripted = queueOf(() => (isMended ? undefined : block()));
    await scripted.clock.run(scripted.produce(100));
    await scripted.clock.advance(59_999);
    expect(scripted.queue.counts).toMatchObject({ written: 0, deadLettered: 100 });
    isMended = true;
    await scripted.clock.advance(1);
    await scripted.clock.run(scripted.produce(100));
    await scripted.finish();
    expect(scripted.queue.counts).toMatchObject({ accepted: 200, written: 100, deadLettered: 100, lost: 0 });
  });

  test("a store that has worked and is blocked later is waited for", async () => {
    const scripted = queueOf((batch) => (batch.includes(1) ? undefined : block()));
    await scripted.clock.run(scripted.produce(20));
    const start = scripted.clock.now();
    await scripted.finish();
    expect(scripted.clock.now() - start).toBe(60_000);
    expect(scripted.buried).toEqual(numbers(11, 20).map((n) => `${n}:deadline`));
  });

  test("flush resolves", async () => {
    const scripted = queueOf(block).accept(5);
    await scripted.clock.run(scripted.queue.flush());
    scripted.accept(5);
    const start = scripted.clock.now();
    await scripted.clock.run(scripted.queue.flush());
    expect([scripted.clock.now() - start, scripted.buried.length]).toEqual([0, 10]);
  });

  test("a queue that is smaller than a batch holds nobody either", async () => {
    const scripted = queueOf(block, { batchRecords: 100, queueRecords: 10 });
    const start = scripted.clock.now();
    await scripted.clock.run(scripted.produce(95));
    expect(scripted.clock.now()).toBe(start);
    await scripted.finish();
    expect(scripted.queue.counts).toMatchObject({ accepted: 95, deadLettered: 95 });
  });

  test("what is read again later is left at the end of the run, and is no dead letter", async () => {
    const scripted = queueOf(block).accept(10);
    await scripted.clock.advance(0);
    scripted.accept(5);
    const start = scripted.clock.now();
    const release = (): void => scripted.queue.release();
    await scripted.clock.run(scripted.queue.finish(60_000, { release }));
    expect([scripted.clock.now() - start, scripted.batches.length]).toEqual([0, 2]);
    expect(scripted.queue.counts).toMatchObject({ accepted: 15, deadLettered: 10 });
  });

  test("a store that was stopped meanwhile leaves its records to whoever reads them again", async () => {
    const scripted = queueOf(block).accept(10);
    await scripted.clock.advance(0);
    scripted.accept(5);
    scripted.queue.release();
    await scripted.clock.run(scripted.queue.drained());
    expect(scripted.queue.counts).toMatchObject({ accepted: 15, deadLettered: 10 });
  });

  test.each(["refused", "unknown_host", "ECONNREFUSED", "ENOTFOUND"])(
    "three attempts in a row that end in %s are enough where fail_fast is true",
    async (code) => {
      const scripted = queueOf(
        () => {
          throw new RetryError(code, "nobody is there");
        },
        { failFast: true },
      );
      await scripted.clock.run(scripted.produce(100));
      await scripted.finish();
      expect(scripted.batches).toHaveLength(3);
      expect(scripted.buried).toEqual(numbers(1, 100).map((n) => `${n}:${code}`));
    },
  );

  test("such an attempt counts only in a row with others", async () => {
    let attempts = 0;
    const scripted = queueOf(
      () => {
        attempts++;
        if (attempts === 3) throw new UnknownOutcomeError("timeout", "no answer");
        refuse();
      },
      { failFast: true },
    );
    await scripted.clock.run(scripted.produce(100));
    expect(attempts).toBe(6);
  });

  test("a store that refuses connections for a while has no problem once it works", async () => {
    let attempts = 0;
    const scripted = queueOf(() => (++attempts <= 3 ? refuse() : undefined)).accept(10);
    await scripted.clock.advance(3_000);
    expect(scripted.queue.problem?.code).toBe("refused");
    await scripted.finish();
    expect(scripted.queue.counts).toMatchObject({ written: 10 });
    expect(scripted.queue.problem).toBeUndefined();
  });

  test("refused connections are waited for unless fail_fast is true", async () => {
    const scripted = queueOf(refuse).accept(10);
    const start = scripted.clock.now();
    await scripted.finish();
    expect(scripted.clock.now() - start).toBe(60_000);
    expect(scripted.buried).toEqual(numbers(1, 10).map((n) => `${n}:deadline`));
    expect(scripted.queue.problem).toEqual({ code: "refused", message: "nothing listens there" });
  });
});
