import type { Clock } from "@cloudmarker/store-api";

/** A time in which nothing is sent to a store. */
export class Pause {
  readonly #clock: Clock;
  readonly #over: () => void;
  #timer: unknown;
  #endsAt = 0;
  #fixed = false;

  /** `over` is called when a pause ends by itself. */
  constructor(clock: Clock, over: () => void) {
    this.#clock = clock;
    this.#over = over;
  }

  get on(): boolean {
    return this.#timer !== undefined;
  }

  /** Pauses; of two pauses the one that ends later holds. A `fixed` one was asked for, so {@link shorten} leaves it alone. */
  start(ms: number, fixed: boolean): void {
    const endsAt = this.#clock.now() + ms;
    if (this.on && endsAt < this.#endsAt) return;
    this.clear();
    this.#endsAt = endsAt;
    this.#fixed = fixed;
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined;
      this.#over();
    }, ms);
  }

  /** Lets the pause last no longer than `ms` from now. */
  shorten(ms: number): void {
    if (!this.on || this.#fixed || this.#endsAt - this.#clock.now() <= ms) return;
    this.clear();
    this.start(ms, false);
  }

  clear(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
