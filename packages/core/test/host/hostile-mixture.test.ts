import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
// Stores that do something else in each call, by seed, on the virtual clock. What ends or floods a process is in
// test/hostile.
import type { Batch, Outcome, Receipt, Store, StorePlugin, WriteContext } from "@cloudmarker/store-api";
import { expect, it } from "vitest";
import { type DeliveryConfig, createHost } from "../../src/index.ts";
import { seeded } from "../support/scripted-queue.ts";
import { NodeLikeClock } from "../support/virtual-clock.ts";

const SEEDS = 400;
const RECORDS = 40;

type Random = () => number;
type Answer = readonly Outcome[] | undefined;

/** One hostile store: what it really took, and how it misbehaves. */
class Hostile {
  readonly took = new Set<string>();
  readonly #random: Random;
  readonly #clock: NodeLikeClock;
  /** How often it works as it should. */
  readonly #honesty: number;

  constructor(random: Random, clock: NodeLikeClock) {
    this.#random = random;
    this.#clock = clock;
    this.#honesty = random();
  }

  open(): Store | Promise<Store> {
    if (this.#isGood) return this.#store();
    return this.#one<() => Store | Promise<Store>>([
      () => fail("no open"),
      () => ({ write: 5 }) as unknown as Store,
      () => 5 as unknown as Store,
      () => never(),
      () => this.#later(this.#store()),
      () => this.#held(this.#store()),
    ])();
  }

  #store(): Store {
    return {
      write: (batch, { signal }) => (this.#isGood ? this.#take(batch) : this.#misbehave(batch, signal)),
      ...(this.#random() < 0.5 && { flush: () => this.#end(undefined) }),
      done: () => this.#end({ location: "there" }),
      close: () => this.#end(undefined),
    };
  }

  #end<T>(answer: T): T | Promise<T> {
    if (this.#isGood) return answer;
    return this.#one<() => T | Promise<T>>([
      () => fail("no end"),
      () => 5n as T,
      () => never(),
      () => this.#later(answer),
      () => this.#held(answer),
    ])();
  }

  #take(batch: Batch): undefined {
    for (const { json } of batch) this.took.add(json);
  }

  #misbehave(batch: Batch, signal: WriteContext["signal"]): Answer | Promise<Answer> {
    const all = (make: (index: number) => unknown): Answer => batch.map((_, index) => make(index)) as Answer;
    const half = batch.length >> 1;
    return this.#one<() => Answer | Promise<Answer>>([
      () => fail("no luck"),
      () => fail("wait", { status: "retry", code: "busy", retryAfterMs: this.#random() * 10_000 }),
      () => fail("cut", { status: "unknown", code: "reset" }),
      () => fail("no", { status: "reject", code: "bad" }),
      () => fail("closed", { status: "blocked", code: "denied" }),
      () => fail("too much", { status: "too_large" }),
      () => "written" as unknown as Answer,
      () => all(() => undefined),
      () => all((index) => ({ index: index + 1_000, status: "written" })),
      () => all((index) => ({ index, status: "done" })),
      () => all((index) => ({ index, status: "retry", retryAfterMs: Number.NaN })),
      () => all((index) => ({ index, status: "unknown" })),
      () => all((index) => ({ index, status: "reject", reason: 5n })),
      () =>
        [
          { index: 0, status: "reject" },
          { index: 0, status: "written" },
          { index: batch.length, status: "reject" },
        ] as Answer,
      // Half of them, and it says so.
      () => this.#take(batch.slice(0, half)) ?? all((index) => ({ index, status: "retry" }))?.slice(half),
      // All of them, and then something goes wrong.
      () => this.#take(batch) ?? fail("after all", { status: "unknown", code: "reset" }),
      () => this.#take(batch) ?? all((index) => ({ index, status: "duplicate" })),
      () => (batch as unknown[]).splice(0).map((_, index) => ({ index, status: "reject" as const })),
      () => never(),
      () => aborted(signal).then(() => fail("was stopped")),
      () => this.#later(undefined).then(() => this.#take(batch)),
      () => this.#held(this.#take(batch)),
    ])();
  }

  get #isGood(): boolean {
    return this.#random() < this.#honesty;
  }

  #one<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.#random() * choices.length)] as T;
  }

  /** Answers, when it may be too late. */
  #later<T>(answer: T): Promise<T> {
    return new Promise((resolve) => {
      this.#clock.setTimeout(() => resolve(answer), this.#random() * 20_000);
    });
  }

  /** Holds the event loop. */
  #held<T>(answer: T): T {
    this.#clock.freeze(this.#random() * 20_000);
    return answer;
  }
}

it(`${SEEDS} seeds: no record is counted as written that is not there, every record is accounted for, and the good store has all`, async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { receipt, hostile, good, letters } = await run(seed);
    const [bad, fine] = receipt.stores;
    if (!bad || !fine) throw new Error(`seed ${seed}: a store is missing`);
    const { accepted, written, duplicate, deadLettered, lost } = bad;
    expect({ seed, accepted, sum: written + duplicate + deadLettered, lost }).toEqual({
      seed,
      accepted: RECORDS,
      sum: RECORDS,
      lost: 0,
    });
    expect({ seed, letters }).toEqual({ seed, letters: deadLettered });
    expect({ seed, isTrue: written + duplicate <= hostile.took.size }).toEqual({ seed, isTrue: true });
    expect({ seed, isOk: receipt.ok }).toEqual({ seed, isOk: deadLettered === 0 && bad.problem === undefined });
    expect({ seed, good: good.size, written: fine.written }).toEqual({ seed, good: RECORDS, written: RECORDS });
    expect({ seed, problem: fine.problem }).toEqual({ seed, problem: undefined });
  }
});

interface Ended {
  readonly receipt: Receipt;
  readonly hostile: Hostile;
  readonly good: ReadonlySet<string>;
  readonly letters: number;
}

async function run(seed: number): Promise<Ended> {
  const random = seeded(seed);
  const clock = new NodeLikeClock();
  const hostile = new Hostile(random, clock);
  const good = new Set<string>();
  // It takes half of its time, and is asked once: a limit that counted what the other holds up would cost it records.
  const keep = (batch: Batch): Promise<void> =>
    new Promise((resolve) => {
      const answer = (): void => resolve(batch.forEach(({ json }) => good.add(json)));
      // As from a socket: what timers do first, it comes behind.
      clock.setTimeout(() => setImmediate(() => setImmediate(answer)), random() * 5_000);
    });
  const patient: DeliveryConfig = { timeout: 10_000, guarantee: "at-most-once", deadline: "1h", spool: false };
  const delivery: DeliveryConfig = {
    spool: false,
    batch: { records: 1 + Math.floor(random() * 10) },
    concurrency: 1 + Math.floor(random() * 4),
    ordered: random() < 0.3,
    guarantee: random() < 0.3 ? "at-most-once" : "at-least-once",
    timeout: 1 + Math.floor(random() * 30_000),
    deadline: Math.floor(random() * 60_000),
    retry: { min: 1 + Math.floor(random() * 1_000), max: 5_000 },
  };
  const stores = {
    hostile: { plugin: plugin("hostile", () => hostile.open()), delivery },
    good: { plugin: plugin("good", () => ({ write: keep })), delivery: patient },
  };
  const stateDir = mkdtempSync(join(tmpdir(), "cloudmarker-hostile-"));
  const host = createHost({ stores, clock, random, run: "r", stateDir });
  let letters = 0;
  host.hooks.deadLetter.tap("count", (some) => (letters += some.length) > 0 || undefined);
  const work = async (): Promise<Receipt> => {
    for (let n = 0; n < RECORDS; n++) {
      await host.write({ n });
      if (n % 15 === 14) await host.flush().catch(() => undefined);
    }
    return host.done();
  };
  return { receipt: await clock.run(work(), 24 * 3_600_000), hostile, good, letters };
}

function plugin(name: string, open: () => Store | Promise<Store>): StorePlugin {
  return { kind: "store", name, apiVersion: 1, params: { type: "object" }, supports: {}, batch: {}, open };
}

function fail(message: string, more: object = {}): never {
  throw Object.assign(new Error(message), more);
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
