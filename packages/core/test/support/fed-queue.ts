import type { Batch, DeadLetter, Failure } from "@cloudmarker/store-api";
import { Feed } from "../../src/delivery/feed.ts";
import { Queue } from "../../src/delivery/queue.ts";
import { type DeliverySettings, resolveSettings } from "../../src/delivery/settings.ts";
import { type BoundRecord, entryOf, makeOrigin, makeStamp } from "../../src/records/entry.ts";
import { Identity } from "../../src/records/identity.ts";
import { Journal } from "../../src/state/journal.ts";
import { MemoryJournal } from "./memory-journal.ts";
import { VirtualClock } from "./virtual-clock.ts";

const origin = makeOrigin({});

/** A journal, a feed and a queue in front of a scripted back end, on a virtual clock. */
export class FedQueue {
  readonly clock: VirtualClock = new VirtualClock();
  readonly storage: MemoryJournal = new MemoryJournal(this.clock, 1);
  readonly failures: Failure[] = [];
  readonly journal: Journal;
  readonly queue: Queue;
  readonly feed: Feed;
  /** Numbers in the order in which they were written. */
  readonly written: number[] = [];
  readonly letters: DeadLetter[] = [];
  /** Resolves when dead letters may be kept. */
  lettersKept: Promise<void> = Promise.resolve();
  /** Milliseconds that a batch takes; `Infinity` where the store hangs. */
  takesMs = 0;
  /** Milliseconds that every other batch takes longer. */
  everyOtherMs = 0;
  /** Makes each record larger. */
  padding = "";
  /** What part of the time in which someone waits the event loop has nothing to do. */
  idlePart = 0;
  #batches = 0;
  readonly #began: number = this.clock.now();

  constructor(settings: Partial<DeliverySettings> = {}, maxBytes: number = 2 ** 40) {
    const { clock, storage, failures } = this;
    const all = { ...resolveSettings({ batch: {}, supports: {} }), batchRecords: 10, queueRecords: 40, ...settings };
    this.journal = new Journal({
      storage,
      size: storage.size,
      clock,
      lanes: [{ low: 0, ranges: [] }],
      next: 0,
      commitMs: 200,
      maxBytes,
      reserveBytes: 0,
      received: () => ({ counts: {} }),
      counts: () => this.queue.counts,
      failed: (failure) => failures.push(failure),
    });
    this.queue = new Queue({
      audit: "nightly",
      key: "search",
      plugin: "esstore",
      run: "20261123_145314",
      settings: all,
      clock,
      random: () => 1,
      write: (batch) => this.#write(batch),
      check: async () => undefined,
      flush: async () => undefined,
      deadLetter: async (letters) => {
        await this.lettersKept;
        this.letters.push(...letters);
      },
      events: {
        written: () => undefined,
        retry: () => undefined,
        blocked: () => undefined,
        failed: (failure) => failures.push(failure),
      },
      settled: (from, to) => this.journal.settle(0, from, to),
    });
    this.feed = new Feed({
      queue: this.queue,
      stamp: makeStamp({ audit_key: "nightly" }, new Identity("r1", [])),
      kept: { journal: this.journal, lane: 0 },
      isHeld: false,
      queueBytes: all.queueBytes,
      clock,
      idleMs: () => (clock.now() - this.#began) * this.idlePart,
      failed: (failure) => failures.push(failure),
    });
  }

  /** Writes the next records as a host does, waiting for room. */
  async produce(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      // oxlint-disable-next-line no-await-in-loop -- back-pressure is what this is about
      if (this.feed.full) await this.feed.room();
      const { padding } = this;
      const entry = entryOf({ n: this.journal.next, ...(padding !== "" && { padding }) }, origin);
      this.feed.accept(entry, this.journal.accept(entry));
    }
  }

  finish(deadlineMs: number): Promise<void> {
    return this.clock.run(this.queue.finish(deadlineMs, this.feed.end));
  }

  async #write(batch: Batch): Promise<[]> {
    if (this.takesMs === Infinity) await new Promise(() => undefined);
    const ms = this.takesMs + (this.#batches++ % 2) * this.everyOtherMs;
    await new Promise<void>((resolve) => void this.clock.setTimeout(resolve, ms));
    for (const record of batch) this.written.push(((record as BoundRecord).value.raw as { n: number }).n);
    return [];
  }
}
