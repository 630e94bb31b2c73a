import type { Clock } from "@cloudmarker/store-api";
import type { QueueCounts } from "../delivery/tally.ts";
import type { SeqRange } from "../state/stored.ts";

/** What the counts of acknowledged records are. */
type Acknowledged = Pick<QueueCounts, "written" | "duplicate" | "diverted" | "batches" | "bytes">;

/** What a {@link Undurable} needs. */
export interface UndurableOptions {
  readonly clock: Clock;
  /** Makes durable what was acknowledged before. */
  readonly flush: () => Promise<void>;
  /** These need not be kept any more. */
  readonly settle: (from: number, to: number) => void;
  readonly counts: () => QueueCounts;
}

/** What is acknowledged is made durable when it is so old, in milliseconds: the journal keeps it until then. */
const AGE_MS = 100;

/**
 * What a store has acknowledged and not made durable yet. For the journal, and for the counts that it keeps, that is
 * not settled: if the process is killed, the store gets it again.
 */
export class Undurable {
  readonly #options: UndurableOptions;
  #ranges: SeqRange[] = [];
  /** Counts at the beginning of the last flush that succeeded. */
  #durable: Acknowledged;
  /** What was acknowledged and is gone. */
  #gone: Acknowledged = { written: 0, duplicate: 0, diverted: 0, batches: 0, bytes: 0 };
  #timer: unknown;
  #isOver = false;

  constructor(options: UndurableOptions) {
    this.#options = options;
    this.#durable = acknowledgedIn(options.counts());
  }

  /** The counts without what is not durable. */
  get counts(): QueueCounts {
    const counts = this.#options.counts();
    return { ...counts, ...less(this.#ranges.length === 0 ? acknowledgedIn(counts) : this.#durable, this.#gone) };
  }

  /** These were acknowledged. */
  add(from: number, to: number): void {
    this.#ranges.push([from, to]);
    if (this.#ranges.length === 1) this.#startTimer();
  }

  /** Does what makes durable what was acknowledged before; on success that is settled. */
  async during(flush: () => Promise<void>): Promise<void> {
    const { settle, counts } = this.#options;
    const ranges = this.#ranges;
    const { length } = ranges;
    const durable = acknowledgedIn(counts());
    await flush();
    // Meanwhile the store may have crashed.
    if (ranges !== this.#ranges) return;
    this.#durable = durable;
    for (const [from, to] of ranges.splice(0, length)) settle(from, to);
    if (ranges.length > 0) this.#startTimer();
  }

  /** The store crashed: what it had acknowledged may be gone. It stays in the journal, for a run that is resumed. */
  forget(): void {
    const now = acknowledgedIn(this.#options.counts());
    if (this.#ranges.length > 0) this.#gone = less(now, less(this.#durable, this.#gone));
    this.#durable = now;
    this.#ranges = [];
  }

  /** No flush begins by itself any more. */
  end(): void {
    this.#isOver = true;
    this.#options.clock.clearTimeout(this.#timer);
  }

  #startTimer(): void {
    const { clock, flush } = this.#options;
    clock.clearTimeout(this.#timer);
    if (this.#isOver) return;
    this.#timer = clock.setTimeout(() => {
      // A store that cannot flush says so at the next flush that is asked for, and at the end.
      void this.during(flush).catch(() => {
        if (this.#ranges.length > 0) this.#startTimer();
      });
    }, AGE_MS);
  }
}

function acknowledgedIn({ written, duplicate, diverted, batches, bytes }: QueueCounts): Acknowledged {
  return { written, duplicate, diverted, batches, bytes };
}

function less(a: Acknowledged, b: Acknowledged): Acknowledged {
  return {
    written: a.written - b.written,
    duplicate: a.duplicate - b.duplicate,
    diverted: a.diverted - b.diverted,
    batches: a.batches - b.batches,
    bytes: a.bytes - b.bytes,
  };
}
