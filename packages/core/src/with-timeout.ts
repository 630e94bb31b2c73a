import type { Clock } from "@cloudmarker/store-api";
import { LONGEST_TIMER_MS } from "./clock.ts";

/**
 * Settles as `work` does, or rejects after `ms` milliseconds. A later result of `work` is ignored, and no timer
 * remains.
 * @param saidMs the limit in the message, if it is another
 */
export async function withTimeout<T>(
  work: Promise<T>,
  ms: number,
  clock: Clock,
  what: string,
  saidMs: number = ms,
): Promise<T> {
  let timer: unknown;
  const late = new Promise<never>((_, reject) => {
    timer = clock.setTimeout(() => reject(new Error(`${what} within ${saidMs} ms`)), Math.min(ms, LONGEST_TIMER_MS));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clock.clearTimeout(timer);
  }
}
