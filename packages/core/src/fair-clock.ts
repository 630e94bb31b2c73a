import type { Clock } from "@cloudmarker/store-api";

/**
 * While a limit runs, a timer checks the loop at this interval, in milliseconds. It is the precision with which a
 * standstill is measured.
 */
const PULSE_MS = 100;

/** A timer that is late by more milliseconds than this shows a standstill. */
const LATE_MS = 200;

/** Time for I/O after a standstill before a limit may end, in milliseconds. */
const IO_TURN_MS = 250;

/**
 * A limit is extended by the whole length of this many standstills. All later ones together extend it at most by its
 * own length.
 */
const MOST_STANDSTILLS = 10;

/** A running time limit. */
interface Limit {
  readonly fn: () => void;
  readonly ms: number;
  /** Its index among the limits that run. */
  at: number;
  /** When its timer was set, and when that should run. */
  since: number;
  due: number;
  timer: unknown;
  /** Time of standstills since the timer was set. The limit is to be extended by it. */
  owed: number;
  /** Total time by which the limit was extended. */
  returned: number;
  standstills: number;
  /** Whether I/O has not yet run since a standstill. */
  waitsForIo: boolean;
}

/**
 * A clock whose time limits count only the time in which the event loop was free. The loop stands still while a store
 * blocks it, and while the whole process is frozen (a signal, a closed lid, a cloud function between two calls). After
 * that, timers would run before the answers in the sockets are read. This clock detects a standstill by a late timer.
 * It then extends each running limit by the lost time, and lets I/O run first.
 *
 * A store that blocks the loop again and again cannot delay a limit without end: see {@link MOST_STANDSTILLS}.
 */
export class FairClock implements Clock {
  /** The same limits, with a `now` that does not count standstills. It is for comparing moments, not for dates. */
  readonly free: Clock;
  // Properties and not methods, since stores destructure a clock.
  readonly now: Clock["now"];
  readonly setTimeout: Clock["setTimeout"] = (fn, ms) => this.#set(fn, ms);
  readonly clearTimeout: Clock["clearTimeout"] = (timer) => this.#clear(timer as Limit | undefined);
  readonly #clock: Clock;
  readonly #onStandstill: (ms: number) => void;
  /**
   * In any order. No Set: each time one outgrows its table it leaves that chained to the next. Once the first is in the
   * old generation, garbage or not, all that follow join it, with the batches that their limits are of, until a full
   * collection.
   */
  readonly #limits: Limit[] = [];
  /** When the loop was last seen to be free. */
  #seen = -Infinity;
  /** Sum of all standstills. */
  #lost = 0;
  #pulse: { readonly due: number } | undefined;
  #canPulse = true;

  /** @param onStandstill called after each standstill with its length in milliseconds; must not throw */
  constructor(clock: Clock, onStandstill: (ms: number) => void = () => undefined) {
    this.#clock = clock;
    this.#onStandstill = onStandstill;
    this.now = () => clock.now();
    const { setTimeout, clearTimeout } = this;
    this.free = Object.freeze({ now: () => this.#freeNow(), setTimeout, clearTimeout });
    // Frozen, since every store gets it.
    Object.freeze(this);
  }

  #set(fn: () => void, ms: number): Limit {
    const times = { since: 0, due: 0, owed: 0, returned: 0, standstills: 0 };
    const limit: Limit = { fn, ms, at: this.#limits.length, timer: undefined, waitsForIo: false, ...times };
    this.#limits.push(limit);
    this.#start(limit, ms);
    this.#keepPulse();
    return limit;
  }

  #clear(limit: Limit | undefined): void {
    if (limit && this.#remove(limit)) this.#clock.clearTimeout(limit.timer);
  }

  /** @returns whether it was still there */
  #remove(limit: Limit): boolean {
    const { at } = limit;
    if (this.#limits[at] !== limit) return false;
    const last = this.#limits.pop();
    if (last && last !== limit) {
      this.#limits[at] = last;
      last.at = at;
    }
    return true;
  }

  #start(limit: Limit, ms: number): void {
    limit.since = this.#clock.now();
    limit.due = limit.since + ms;
    limit.timer = this.#clock.setTimeout(() => this.#ran(limit), ms);
  }

  #ran(limit: Limit): void {
    const late = this.#look(limit.due);
    let rest = limit.owed - late;
    limit.owed = 0;
    if (limit.waitsForIo) {
      limit.waitsForIo = false;
      rest = Math.max(rest, IO_TURN_MS);
    }
    if (rest > 1) return this.#start(limit, rest);
    this.#remove(limit);
    limit.fn();
  }

  /** Checks for a standstill until now. @param due when a timer should have run. @returns how late it is */
  #look(due: number): number {
    const now = this.#clock.now();
    const lost = now - Math.max(due, this.#seen);
    // The time of the system was set back.
    if (now < this.#seen) this.#lost -= this.#seen - now;
    this.#seen = now;
    if (lost > LATE_MS) this.#stoodStill(lost, now);
    return Math.max(0, now - due);
  }

  #stoodStill(ms: number, now: number): void {
    this.#lost += ms;
    for (const limit of this.#limits) {
      if (limit.standstills >= MOST_STANDSTILLS && limit.returned >= limit.ms) continue;
      const part = Math.min(ms, now - limit.since);
      if (part <= 0) continue;
      limit.standstills++;
      limit.returned += part;
      limit.owed += part;
      limit.waitsForIo = true;
    }
    this.#onStandstill(ms);
  }

  #freeNow(): number {
    // Code that runs right after a standstill may ask before the timer has detected it.
    if (this.#pulse) this.#look(this.#pulse.due);
    return this.#clock.now() - this.#lost;
  }

  /**
   * Starts a timer that does not keep the process alive. If the underlying clock has no such timer, only the timers of
   * the limits detect a standstill.
   */
  #keepPulse(): void {
    if (this.#pulse || !this.#canPulse) return;
    const pulse = { due: this.#clock.now() + PULSE_MS };
    const timer = this.#clock.setTimeout(() => {
      this.#look(pulse.due);
      this.#pulse = undefined;
      if (this.#limits.length > 0) this.#keepPulse();
    }, PULSE_MS);
    this.#canPulse = unref(timer);
    if (this.#canPulse) this.#pulse = pulse;
    else this.#clock.clearTimeout(timer);
  }
}

function unref(timer: unknown): boolean {
  if (typeof timer !== "object" || timer === null || !("unref" in timer) || typeof timer.unref !== "function")
    return false;
  timer.unref();
  return true;
}
