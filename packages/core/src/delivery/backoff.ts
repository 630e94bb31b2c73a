import type { Clock } from "@cloudmarker/store-api";
import type { DeliverySettings } from "./settings.ts";

/** The longest that a store's `Retry-After` is heeded: one hour, in milliseconds. */
export const LONGEST_RETRY_AFTER_MS = 3_600_000;

/**
 * Ceiling of the wait after the `failures`-th failure (from 1), in milliseconds. The wait itself is a random part of it
 * ("full jitter"), so that many hosts that failed together do not come back together.
 */
function backoffCeiling(failures: number, minMs: number, maxMs: number): number {
  return Math.min(maxMs, minMs * 2 ** (failures - 1));
}

/** The wait that a store asks for, as a valid number: 0 if it is absent or invalid, at most an hour. */
export function retryAfter(value: unknown): number {
  return typeof value === "number" && value > 0 ? Math.min(value, LONGEST_RETRY_AFTER_MS) : 0;
}

/** How long one queue waits, while it also knows when its time is up. */
export class Backoff {
  /** Milliseconds since the epoch; `Infinity` while there is no end. */
  endsAt: number = Infinity;
  readonly #settings: Pick<DeliverySettings, "retryMinMs" | "retryMaxMs">;
  readonly #clock: Clock;

  constructor(settings: Pick<DeliverySettings, "retryMinMs" | "retryMaxMs">, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  /**
   * Milliseconds after the `failures`-th failure: the `share` (0 to 1) of the ceiling, or what the server asked for.
   */
  wait(share: number, failures: number, retryAfterMs: number): number {
    const { retryMinMs, retryMaxMs } = this.#settings;
    const wait = Math.round(share * backoffCeiling(Math.max(1, failures), retryMinMs, retryMaxMs));
    return Math.max(this.cut(wait), retryAfterMs);
  }

  /** Milliseconds until a blocked store is tried again: when it asked for it, else at the slow end. */
  recheck(retryAfterMs: number): number {
    return retryAfterMs > 0 ? retryAfterMs : this.cut(this.#settings.retryMaxMs);
  }

  /** A wait cut to half of the time that is left, so that something is still tried before the end. */
  cut(wait: number): number {
    if (this.endsAt === Infinity) return wait;
    return Math.min(wait, Math.max((this.endsAt - this.#clock.now()) / 2, this.#settings.retryMinMs));
  }
}
