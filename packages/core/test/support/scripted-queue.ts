import type {
  Batch,
  BatchReport,
  BlockedReport,
  Com,
  DeadLetter,
  Failure,
  Outcome,
  RetryReport,
} from "@cloudmarker/store-api";
import type { Unnamed } from "../../src/delivery/events.ts";
import type { RecordValue, StoreRecord, WriteContext } from "@cloudmarker/store-api";
import { Queue } from "../../src/delivery/queue.ts";
import { type DeliverySettings, resolveSettings } from "../../src/delivery/settings.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** The record number `n` as a store sees it. */
export class NumberedRecord implements StoreRecord {
  readonly json: string;
  readonly bytes: number;
  readonly id: string;
  readonly com: Com = {};

  constructor(n: number, padding = 0) {
    this.json = `{"raw":{"n":${n}${padding > 0 ? `,"p":"${"x".repeat(padding)}"` : ""}},"ext":{},"com":{}}`;
    this.bytes = this.json.length;
    this.id = String(n);
  }

  writeTo(target: Uint8Array, at: number): number {
    target.set(Buffer.from(this.json), at);
    return this.bytes;
  }

  get value(): RecordValue {
    return JSON.parse(this.json) as RecordValue;
  }
}

/** What a back end in a test does with a batch; `numbers` are those of its records. */
export type Script = (
  numbers: readonly number[],
  context: WriteContext,
) => readonly Outcome[] | void | Promise<readonly Outcome[] | void>;

/** A queue in front of a scripted back end on a virtual clock, and everything that was seen of it. */
export class ScriptedQueue {
  readonly clock: VirtualClock = new VirtualClock();
  readonly queue: Queue;
  readonly batches: number[][] = [];
  readonly attempts: number[] = [];
  readonly deadLetters: DeadLetter[] = [];
  readonly written: Unnamed<BatchReport>[] = [];
  readonly retries: Unnamed<RetryReport>[] = [];
  readonly blocked: Unnamed<BlockedReport>[] = [];
  readonly failures: Failure[] = [];
  running = 0;
  mostRunning = 0;
  flushes = 0;
  /** Answers `store.hooks.retry`. */
  onRetry: (report: Unnamed<RetryReport>) => number | false | undefined = () => undefined;
  /** The store's check; the default is that of a store without one. */
  check: () => Promise<boolean | undefined> = () => Promise.resolve(undefined);
  onFailure: (failure: Failure) => void = () => undefined;
  /** Stands in for the script where the records themselves are wanted. */
  answer: ((batch: Batch, context: WriteContext) => Promise<readonly Outcome[]>) | undefined;
  readonly settings: DeliverySettings;
  deadLetter: (deadLetters: readonly DeadLetter[]) => Promise<void> = async (deadLetters) => {
    this.deadLetters.push(...deadLetters);
  };
  #next = 1;

  constructor(script: Script, settings: Partial<DeliverySettings> = {}, random: () => number = () => 1) {
    const defaults = resolveSettings({ batch: {}, supports: { ordered: settings.ordered ?? false } });
    this.settings = { ...defaults, failFast: false, ...settings };
    this.queue = new Queue({
      audit: "nightly",
      key: "search",
      plugin: "esstore",
      run: "20261123_145314",
      settings: this.settings,
      clock: this.clock,
      random,
      write: (batch, context) => this.#write(script, batch, context),
      check: () => this.check(),
      flush: async () => {
        this.flushes++;
      },
      deadLetter: (deadLetters) => this.deadLetter(deadLetters),
      events: {
        written: (report) => this.written.push(report),
        retry: (report) => {
          this.retries.push(report);
          return this.onRetry(report);
        },
        blocked: (report) => this.blocked.push(report),
        failed: (failure) => {
          this.failures.push(failure);
          this.onFailure(failure);
        },
      },
    });
  }

  /** Accepts the next `count` records without looking whether there is room. */
  accept(count: number): this {
    for (let i = 0; i < count; i++) this.queue.accept(new NumberedRecord(this.#next), this.#next++);
    return this;
  }

  /** Accepts the next `count` records as a host does, waiting for room. */
  async produce(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      // oxlint-disable-next-line no-await-in-loop -- back-pressure is what this is about
      if (this.queue.full) await this.queue.room();
      this.accept(1);
    }
  }

  /** Runs until everything is accounted for. */
  finish(deadlineMs = 60_000): Promise<void> {
    return this.clock.run(this.queue.finish(deadlineMs));
  }

  /** Dead letters as `number:code`, in order of number. */
  get buried(): string[] {
    return this.deadLetters
      .map(({ id, code }) => `${id}:${code}`)
      .toSorted((a, b) => parseInt(a, 10) - parseInt(b, 10));
  }

  async #write(script: Script, batch: Batch, context: WriteContext): Promise<readonly Outcome[]> {
    const sent = batch.map(({ id }) => Number(id));
    this.batches.push(sent);
    this.attempts.push(context.attempt);
    this.mostRunning = Math.max(this.mostRunning, ++this.running);
    try {
      return (await (this.answer?.(batch, context) ?? script(sent, context))) ?? [];
    } finally {
      this.running--;
    }
  }
}

/** A back end that keeps what it is given: how often each record was written. */
export class Kept {
  /** How often each record was written, by its number. */
  readonly writes = new Map<number, number>();
  readonly order: number[] = [];

  keep(written: readonly number[]): void {
    for (const n of written) {
      this.writes.set(n, (this.writes.get(n) ?? 0) + 1);
      this.order.push(n);
    }
  }
}

/** Numbers from `first` to `last`. */
export function numbers(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** A seeded generator of numbers from 0 to 1 (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
