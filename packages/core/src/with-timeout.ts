import type { Clock } from "@cloudmarker/store-api";
import { LONGEST_TIMER_MS } from "./clock.ts";

/**
 * Settles as `work` does, or rejects after `ms` milliseconds. A later result of `work` is ignored, and no timer
 * remains.
 */
export async function withTimeout<T>(work: Promise<T>, ms: number, clock: Clock, what: string): Promise<T> {
  let timer: unknown;
  const late = new Promise<never>((_, reject) => {
    timer = clock.setTimeout(() => reject(new Error(`${what} within ${ms} ms`)), Math.min(ms, LONGEST_TIMER_MS));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clock.clearTimeout(timer);
  }
}
