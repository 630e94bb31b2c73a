/** The longest that a store's `Retry-After` is heeded: one hour, in milliseconds. */
export const LONGEST_RETRY_AFTER_MS = 3_600_000;

/**
 * Ceiling of the wait after the `failures`-th failure (from 1), in milliseconds. The wait itself is a random part of it ("full
 * jitter"), so that many hosts that failed together do not come back together.
 */
export function backoffCeiling(failures: number, minMs: number, maxMs: number): number {
  return Math.min(maxMs, minMs * 2 ** (failures - 1));
}

/** A store's wish to wait as a number that can be relied on: 0 where it is absent or nonsense, at most an hour. */
export function retryAfter(value: unknown): number {
  return typeof value === "number" && value > 0 ? Math.min(value, LONGEST_RETRY_AFTER_MS) : 0;
}
