import type { Clock } from "../store.ts";

/**
 * Waits for a promise, but not longer than `ms` milliseconds, and not longer than until the signal is aborted; leaves no timer.
 * @returns whether the promise resolved in time
 * @throws what the promise rejects with in time
 */
export async function waitFor(
  promise: Promise<unknown>,
  clock: Pick<Clock, "setTimeout" | "clearTimeout">,
  ms: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const { promise: over, resolve } = Promise.withResolvers<false>();
  const end = (): void => resolve(false);
  const timer = clock.setTimeout(end, ms);
  signal?.addEventListener("abort", end);
  if (signal?.aborted) end();
  try {
    return await Promise.race([promise.then(() => true), over]);
  } finally {
    clock.clearTimeout(timer);
    signal?.removeEventListener("abort", end);
  }
}
