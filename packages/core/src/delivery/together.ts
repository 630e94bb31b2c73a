import type { Backlog } from "./backlog.ts";
import { type QueuedBatch, withHistory } from "./batch.ts";
import * as past from "./history.ts";
import type { History, LastFailure } from "./history.ts";
import type { InFlight, SentBatch } from "./in-flight.ts";

/** Tells which attempts failed together, by one crash or one connection. */
export class Together {
  readonly #backlog: Backlog;
  readonly #inFlight: InFlight;
  #last: LastFailure | undefined;

  constructor(backlog: Backlog, inFlight: InFlight) {
    this.#backlog = backlog;
    this.#inFlight = inFlight;
  }

  /**
   * An attempt failed without an explanation at `now`, when `begun` had begun.
   * @returns whether others failed while this one was under way, what they failed of does not count any more; and the
   *   history of the batch with this failure
   */
  note({ batch, number }: SentBatch, now: number, begun: number): { isShared: boolean; history: History } {
    const isShared = this.#find(number, now);
    const history = past.noted(batch.history, now, begun, isShared);
    this.#last = history.lastFailure;
    return { isShared, history };
  }

  #find(number: number, now: number): boolean {
    let isShared = past.isTogether(this.#last, number, now);
    const revise = (batch: QueuedBatch): QueuedBatch => {
      if (!past.isTogether(batch.history.lastFailure, number, now)) return batch;
      isShared = true;
      return withHistory(batch, past.uncounted(batch.history));
    };
    this.#backlog.revise(revise);
    this.#inFlight.revise(revise);
    return isShared;
  }
}
