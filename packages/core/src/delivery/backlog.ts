import type { Clock } from "@cloudmarker/store-api";
import type { Parcel } from "./parcel.ts";
import { type BatchLimits, join, restsToJoin } from "./rest.ts";

/** Closed batches that are not being sent: those that came back, few and in order, and those that were never sent. */
export class Backlog {
  readonly #returned: Parcel[] = [];
  readonly #fresh: Parcel[] = [];
  readonly #clock: Clock;
  readonly #limits: BatchLimits;
  readonly #ready: () => void;

  /** @param ready called when a batch has waited long enough */
  constructor(clock: Clock, limits: BatchLimits, ready: () => void) {
    this.#clock = clock;
    this.#limits = limits;
    this.#ready = ready;
  }

  /** A batch that was just closed. */
  push(parcel: Parcel): void {
    this.#fresh.push(parcel);
  }

  /**
   * A batch that came back, or a part of one, waits for `ms` milliseconds at its place in the order of acceptance.
   * @param askedMs how much of it the store or a tap asked for: that is never cut
   */
  wait(parcel: Parcel, ms: number, askedMs: number): void {
    parcel.askedUntil = this.#clock.now() + askedMs;
    parcel.ready = ms === 0;
    if (ms > 0) this.#startTimer(parcel, ms);
    const index = this.#returned.findIndex(({ from }) => from > parcel.from);
    this.#returned.splice(index === -1 ? this.#returned.length : index, 0, parcel);
  }

  /** It is to wait no longer than `ms` milliseconds from now, as far as nobody asked for more. */
  shorten(parcel: Parcel, ms: number): void {
    if (parcel.ready) return;
    const now = this.#clock.now();
    const latest = Math.max(now + ms, parcel.askedUntil);
    if (latest <= now) this.#makeReady(parcel);
    else if (parcel.readyAt > latest) this.#startTimer(parcel, latest - now);
  }

  /** No wait is to last longer than `ms` milliseconds from now, as far as nobody asked for more. */
  hurry(ms: number): void {
    for (const parcel of this.#returned) this.shorten(parcel, ms);
  }

  /** It is taken out of here, or never was in. */
  forget(parcel: Parcel): void {
    this.#clock.clearTimeout(parcel.timer);
    parcel.timer = undefined;
  }

  /** The batches that came back, oldest first. */
  get returned(): readonly Parcel[] {
    return this.#returned;
  }

  /** Takes the oldest that may be sent, whatever waits before it; a rest with others. */
  takeReady(): Parcel | undefined {
    const index = this.#returned.findIndex((parcel) => parcel.ready);
    return index === -1 ? this.#fresh.shift() : this.#takeJoined(index);
  }

  /** Takes the one with the fewest attempts of those that may be sent: while nothing succeeds, each gets its turn. A rest is taken with others. */
  takeLeastTried(): Parcel | undefined {
    if (this.#fresh.length > 0) return this.#fresh.shift();
    let best: number | undefined;
    let fewest = Infinity;
    for (const [index, { ready, attempts }] of this.#returned.entries()) {
      if (!ready || attempts >= fewest) continue;
      best = index;
      fewest = attempts;
    }
    return best === undefined ? undefined : this.#takeJoined(best);
  }

  /** Takes the oldest for which `skip` does not hold, if it may be sent: nothing else overtakes. */
  takeInOrder(skip?: (parcel: Parcel) => boolean): Parcel | undefined {
    const index = skip ? this.#returned.findIndex((parcel) => !skip(parcel)) : this.#returned.length === 0 ? -1 : 0;
    if (index === -1) return this.#fresh.shift();
    return this.#returned[index]?.ready === true ? this.#take(index) : undefined;
  }

  /** Takes the oldest ones that came back for as long as `test` holds. */
  takeWhile(test: (parcel: Parcel) => boolean): Parcel[] {
    const end = this.#returned.findIndex((parcel) => !test(parcel));
    return this.#returned.splice(0, end === -1 ? this.#returned.length : end);
  }

  /** Takes those that the store does not take although it takes others. */
  takeRests(): Parcel[] {
    const rests = this.#returned.filter(({ partial }) => partial);
    for (const rest of rests) this.#returned.splice(this.#returned.indexOf(rest), 1);
    return rests;
  }

  /** Takes the youngest. */
  takeLast(): Parcel | undefined {
    return this.#fresh.pop() ?? this.#returned.pop();
  }

  /** Takes everything, oldest first. */
  takeAll(): Parcel[] {
    return [...this.#returned.splice(0), ...this.#fresh.splice(0)];
  }

  #take(index: number): Parcel | undefined {
    return this.#returned.splice(index, 1)[0];
  }

  /** Rests that wait only for the back-off go with the first one. */
  #takeJoined(index: number): Parcel | undefined {
    const first = this.#take(index);
    if (!first?.partial) return first;
    const now = this.#clock.now();
    const others = this.#returned.filter(({ ready, askedUntil }) => ready || askedUntil <= now);
    const rests = restsToJoin(first, others, this.#limits);
    for (const rest of rests) {
      this.forget(rest);
      if (rest !== first) this.#returned.splice(this.#returned.indexOf(rest), 1);
    }
    return join(rests);
  }

  #makeReady(parcel: Parcel): void {
    this.forget(parcel);
    parcel.ready = true;
  }

  #startTimer(parcel: Parcel, ms: number): void {
    this.forget(parcel);
    parcel.readyAt = this.#clock.now() + ms;
    parcel.timer = this.#clock.setTimeout(() => {
      this.#makeReady(parcel);
      this.#ready();
    }, ms);
  }
}
