import type { Clock } from "@cloudmarker/store-api";

/** A time in which nothing is sent to a store. */
export class Pause {
  readonly #clock: Clock;
  readonly #over: () => void;
  #timer: unknown;
  #endsAt = 0;
  /** Until then it was asked for, so {@link shorten} does not go below. */
  #askedUntil = -Infinity;

  /** `over` is called when a pause ends by itself. */
  constructor(clock: Clock, over: () => void) {
    this.#clock = clock;
    this.#over = over;
  }

  get on(): boolean {
    return this.#timer !== undefined;
  }

  /**
   * Pauses; of two pauses the one that ends later holds.
   * @param askedMs how much of it the store asked for: that is never cut
   */
  start(ms: number, askedMs: number): void {
    const now = this.#clock.now();
    this.#askedUntil = Math.max(this.#askedUntil, now + askedMs);
    if (!this.on || now + ms >= this.#endsAt) this.#endAt(now + ms);
  }

  /** Limits the pause to `ms` from now, unless the server or a tap asked for more. */
  shorten(ms: number): void {
    const latest = Math.max(this.#clock.now() + ms, this.#askedUntil);
    if (this.on && this.#endsAt > latest) this.#endAt(latest);
  }

  clear(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #endAt(time: number): void {
    this.clear();
    this.#endsAt = time;
    // The time may be over by now, and Node warns of a negative one.
    const ms = Math.max(0, time - this.#clock.now());
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined;
      this.#over();
    }, ms);
  }
}
