import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "@cloudmarker/store-api";

interface Timer {
  readonly at: number;
  readonly fn: () => void;
}

/** A clock that stands still until a test moves it on. */
export class VirtualClock implements Clock {
  #now: number;
  readonly #timers = new Set<Timer>();

  /** Starts on 2026-11-23T14:53:14Z unless told otherwise. */
  constructor(start: number = Date.UTC(2026, 10, 23, 14, 53, 14)) {
    this.#now = start;
  }

  /** Timers that have not run. */
  get pending(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#now;
  }

  setTimeout(fn: () => void, ms: number): unknown {
    const timer = { at: this.#now + Math.max(0, ms), fn };
    this.#timers.add(timer);
    return timer;
  }

  clearTimeout(timer: unknown): void {
    this.#timers.delete(timer as Timer);
  }

  /**
   * Lets `ms` milliseconds pass: runs what is due, in order, and lets everything settle after each.
   * @param isBusy whether something real is under way that time must not run away from
   */
  async advance(ms: number, isBusy: () => boolean = isDiskBusy): Promise<void> {
    const end = this.#now + ms;
    await settle(isBusy);
    for (let timer = this.#next(end); timer; timer = this.#next(end)) {
      this.#fire(timer);
      // oxlint-disable-next-line no-await-in-loop -- one timer after the other is what time is
      await settle(isBusy);
    }
    this.#now = end;
  }

  /** Lets time pass, up to `limitMs`, until the promise settles. */
  async run<T>(promise: Promise<T>, limitMs = 3_600_000): Promise<T> {
    const state = { done: false };
    const finished = (): void => {
      state.done = true;
    };
    promise.then(finished, finished);
    const end = this.#now + limitMs;
    await settle(isDiskBusy);
    while (!state.done) {
      const timer = this.#next(end);
      if (!timer)
        throw new Error(`nothing more happens, and the promise is pending at +${this.#now - end + limitMs} ms`);
      // oxlint-disable-next-line no-await-in-loop -- one timer after the other is what time is
      await this.advance(Math.max(0, timer.at - this.#now));
    }
    return promise;
  }

  /** Time passes in which nothing runs, as in a process that is frozen or in code that does not return. */
  freeze(ms: number): void {
    this.#now += ms;
  }

  /** Runs the next timer at once, however far away it is. */
  jump(): void {
    const timer = this.#next(Infinity);
    if (timer) this.#fire(timer);
  }

  #fire(timer: Timer): void {
    this.#timers.delete(timer);
    this.#now = Math.max(this.#now, timer.at);
    timer.fn();
  }

  #next(end: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) if (timer.at <= end && (!next || timer.at < next.at)) next = timer;
    return next;
  }
}

/**
 * The same, with timers that can be told to keep no process alive, as those of Node can: the host then looks at the
 * loop now and then.
 */
export class NodeLikeClock extends VirtualClock {
  override setTimeout(fn: () => void, ms: number): unknown {
    return Object.assign(super.setTimeout(fn, ms) as object, { unref: () => undefined });
  }
}

/** Milliseconds of real time that calls on the disk are given. */
const DISK_MS = 200;

/**
 * Lets all promises that can settle do so, and calls on the real disk come back: virtual time must not run away from
 * it.
 */
async function settle(isBusy: () => boolean): Promise<void> {
  for (let waited = 0; ; waited++) {
    // oxlint-disable-next-line no-await-in-loop -- until nothing is under way
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    if (waited === DISK_MS || !isBusy()) return;
    // oxlint-disable-next-line no-await-in-loop -- until nothing is under way
    await delay(1);
  }
}

/** Ports that have nothing to do with the code under test. */
const OTHER_PORTS = portsInUse();

/** Whether calls on the real disk are under way in this process, or in a thread of the state folder. */
export function isDiskBusy(): boolean {
  return isFileBusy() || portsInUse() > OTHER_PORTS;
}

/** Whether calls on the real disk are under way in this process. */
export function isFileBusy(): boolean {
  return process.getActiveResourcesInfo().some((name) => name.startsWith("FSReq") || name === "CloseReq");
}

/** A port is in use while an answer is awaited. */
function portsInUse(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "MessagePort").length;
}
