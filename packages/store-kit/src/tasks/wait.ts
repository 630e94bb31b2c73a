import type { Clock } from "@cloudmarker/store-api";

/**
 * Waits for a promise, at most `ms` milliseconds, and only until the signal is aborted; leaves no timer.
 * @returns the result of the promise, undefined if it is not in time
 * @throws the error of the promise, if it is in time
 */
export async function waitFor<T>(
  promise: Promise<T>,
  clock: Pick<Clock, "setTimeout" | "clearTimeout">,
  ms: number,
  signal?: AbortSignal,
): Promise<T | undefined> {
  const { promise: over, resolve } = Promise.withResolvers<undefined>();
  const end = (): void => resolve(undefined);
  const timer = clock.setTimeout(end, ms);
  signal?.addEventListener("abort", end);
  if (signal?.aborted) end();
  try {
    return await Promise.race([promise, over]);
  } finally {
    clock.clearTimeout(timer);
    signal?.removeEventListener("abort", end);
  }
}
