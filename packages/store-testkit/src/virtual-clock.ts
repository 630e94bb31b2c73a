import type { Clock } from "@cloudmarker/store-api";

/** A clock that stands still until a test moves it on. */
export interface VirtualClock extends Clock {
  /** Timers that have not run. */
  readonly pending: number;
  /** Lets `ms` milliseconds pass: runs what is due, in order, and lets promises settle after each. */
  advance(ms: number): Promise<void>;
}

interface Timer {
  readonly at: number;
  readonly fn: () => void;
}

/** Makes a clock for `createHost({ clock })` or `contextOf({ clock })`. @param start milliseconds since the epoch */
export function virtualClock(start: number = Date.UTC(2026, 10, 23, 14, 53, 14)): VirtualClock {
  const timers = new Set<Timer>();
  let now = start;
  const next = (end: number): Timer | undefined => {
    const due = [...timers].filter(({ at }) => at <= end);
    return due.length === 0 ? undefined : due.reduce((first, timer) => (timer.at < first.at ? timer : first));
  };
  return {
    get pending() {
      return timers.size;
    },
    now: () => now,
    setTimeout(fn, ms) {
      const timer = { at: now + Math.max(0, ms), fn };
      timers.add(timer);
      return timer;
    },
    clearTimeout: (timer) => void timers.delete(timer as Timer),
    async advance(ms) {
      const end = now + ms;
      await settled();
      for (let timer = next(end); timer; timer = next(end)) {
        timers.delete(timer);
        now = timer.at;
        timer.fn();
        await settled();
      }
      now = end;
    },
  };
}

/** All promises that can settle have done so. */
function settled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
