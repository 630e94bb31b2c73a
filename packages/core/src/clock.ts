import type { Clock } from "@cloudmarker/store-api";

/** The real time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (fn, ms) => setTimeout(fn, ms),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
};

/** The longest time that a timer of Node can run, in milliseconds. A longer timer would run at once. */
export const LONGEST_TIMER_MS: number = 2 ** 31 - 1;

/** Time limit for the closing of a store, in milliseconds (SC-32). */
export const CLOSE_MS: number = 5_000;
