import { isRefusal, MOST_REFUSALS } from "./fail-fast.ts";
import type { Cause } from "./history.ts";

/** How a store is, as far as its answers tell. */
export class StoreState {
  /** After a pause one batch is sent alone to see how the store is. */
  probing = false;
  /**
   * Times in a row that whole batches failed, since the store last answered with sense. What failed together counts
   * once.
   */
  #streak = 0;
  /** Number of the last attempt that had begun at the last of these times. */
  #counted = 0;
  #blocked: Cause | undefined;
  /** Of the times in a row, the last ones at which nobody was there. */
  #refusals = 0;
  #lastFailure: Cause | undefined;

  /** Failures in a row. */
  get streak(): number {
    return this.#streak;
  }

  /** The last batches failed whole. */
  get isFailing(): boolean {
    return this.#streak > 0;
  }

  /** Why the store takes nothing, while it is blocked. */
  get blocked(): Cause | undefined {
    return this.#blocked;
  }

  /** Why the store takes nothing, while it refuses connections. */
  get refused(): Cause | undefined {
    return this.#refusals < MOST_REFUSALS ? undefined : this.#lastFailure;
  }

  /** The store answered with sense. */
  answered(): void {
    this.#streak = 0;
    this.#counted = 0;
    this.probing = false;
    this.#blocked = undefined;
    this.#refusals = 0;
  }

  /**
   * Attempt `number` failed, when `begun` had begun. If several batches were under way during an outage, or were more
   * than a server takes at a time, the wait does not grow for each of them.
   */
  failed(number: number, begun: number, cause: Cause): void {
    if (number <= this.#counted) return;
    this.#counted = begun;
    this.#streak++;
    this.#refusals = isRefusal(cause) ? this.#refusals + 1 : 0;
    this.#lastFailure = cause;
  }

  /** @returns whether the store was not blocked before */
  block(cause: Cause): boolean {
    const isNew = this.#blocked === undefined;
    this.#blocked = cause;
    return isNew;
  }
}
