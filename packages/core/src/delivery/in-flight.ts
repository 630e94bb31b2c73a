import type { QueuedBatch } from "./batch.ts";
import type { NamedOutcomes } from "./named-outcomes.ts";

/** An attempt that is under way. */
export interface SentBatch {
  /** Its history counts this attempt. */
  readonly batch: QueuedBatch;
  /** Of the attempt, counting all of the store. */
  readonly number: number;
  /** When it began, the store had acknowledged something of an attempt after the batch had failed. */
  readonly worked: boolean;
  /** It shows how the store is after a pause. */
  readonly isProbe: boolean;
  /** In milliseconds of the clock. */
  readonly startedAt: number;
  /** Ends it, and tells what the store had said of its records by then. */
  readonly cancel: () => NamedOutcomes | undefined;
}

/** An attempt that was ended, and what the store had said of its records by then. */
export interface CancelledBatch {
  readonly sent: SentBatch;
  readonly settled: NamedOutcomes | undefined;
}

/** The batches that are being sent to one store. */
export class InFlight {
  /**
   * No Map: each time one outgrows its table it leaves that chained to the next. Once the first is in the old
   * generation, garbage or not, all that follow and the records in them join it, until a full collection.
   */
  #sent: readonly SentBatch[] = [];

  get size(): number {
    return this.#sent.length;
  }

  get batches(): readonly QueuedBatch[] {
    return this.#sent.map(({ batch }) => batch);
  }

  get hasProbe(): boolean {
    return this.#sent.some(({ isProbe }) => isProbe);
  }

  /** One of them may be sent with nothing else under way only. */
  get isTaken(): boolean {
    return this.#sent.some(({ batch }) => batch.history.isSentAlone);
  }

  add(sent: SentBatch): void {
    this.#sent = [...this.#sent, sent];
  }

  /** The attempt with this number has ended. */
  take(number: number): SentBatch | undefined {
    let taken: SentBatch | undefined;
    const others: SentBatch[] = [];
    for (const one of this.#sent) {
      if (one.number === number) taken = one;
      else others.push(one);
    }
    this.#sent = others;
    return taken;
  }

  /** Ends all attempts. */
  cancelAll(): readonly CancelledBatch[] {
    const cancelled = this.#sent.map((sent) => ({ sent, settled: sent.cancel() }));
    this.#sent = [];
    return cancelled;
  }

  /** Puts something else in the place of these batches: more became known of them. */
  revise(change: (batch: QueuedBatch) => QueuedBatch): void {
    this.#sent = this.#sent.map((one) => ({ ...one, batch: change(one.batch) }));
  }
}
