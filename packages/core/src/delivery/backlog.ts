import type { Clock } from "@cloudmarker/store-api";
import type { QueuedBatch } from "./batch.ts";
import { type BatchLimits, join, restsToJoin } from "./rest.ts";

/** A batch that came back, and its wait. */
interface Waiting {
  batch: QueuedBatch;
  /** It may be sent; otherwise `timer` makes it so at `readyAt`. */
  isReady: boolean;
  readyAt: number;
  timer: unknown;
  /** The server or a tap asked for a wait until then: nothing makes it shorter. */
  readonly askedUntil: number;
}

/** Closed batches that are not being sent: those that came back, few and in order, and those that were never sent. */
export class Backlog {
  #returned: Waiting[] = [];
  readonly #fresh: QueuedBatch[] = [];
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
  push(batch: QueuedBatch): void {
    this.#fresh.push(batch);
  }

  /**
   * A batch that came back, or a part of one, waits for `ms` milliseconds at its place in the order of acceptance.
   * @param askedMs how much of it the store or a tap asked for: that is never cut
   */
  wait(batch: QueuedBatch, ms: number, askedMs: number): void {
    const askedUntil = this.#clock.now() + askedMs;
    const one: Waiting = { batch, isReady: ms === 0, readyAt: 0, timer: undefined, askedUntil };
    if (ms > 0) this.#startTimer(one, ms);
    const index = this.#returned.findIndex(({ batch: { from } }) => from > batch.from);
    this.#returned.splice(index === -1 ? this.#returned.length : index, 0, one);
  }

  /**
   * Shortens waits, except those that the server or a tap asked for.
   * @param mostMs milliseconds from now that a batch may wait; undefined keeps its wait
   */
  shorten(mostMs: (batch: QueuedBatch) => number | undefined): void {
    if (!this.hasReturned) return;
    const now = this.#clock.now();
    for (const one of this.#returned) {
      const ms = one.isReady ? undefined : mostMs(one.batch);
      if (ms === undefined) continue;
      const latest = Math.max(now + ms, one.askedUntil);
      if (latest <= now) this.#makeReady(one);
      else if (one.readyAt > latest) this.#startTimer(one, latest - now);
    }
  }

  /** Puts something else in the place of batches that came back: more became known of them. Their waits stay. */
  revise(change: (batch: QueuedBatch) => QueuedBatch): void {
    for (const one of this.#returned) one.batch = change(one.batch);
  }

  /** Some batches came back. */
  get hasReturned(): boolean {
    return this.#returned.length > 0;
  }

  /** The batches that came back, oldest first. */
  get returned(): readonly QueuedBatch[] {
    return this.#returned.map(({ batch }) => batch);
  }

  /** Takes the oldest that may be sent, whatever waits before it; a rest with others. */
  takeReady(): QueuedBatch | undefined {
    const first = this.#returned.find(({ isReady }) => isReady);
    return first ? this.#takeJoined(first) : this.#fresh.shift();
  }

  /**
   * Takes the one with the fewest attempts of those that may be sent: while nothing succeeds, each gets its turn. A
   * rest is taken with others.
   */
  takeLeastTried(): QueuedBatch | undefined {
    if (this.#fresh.length > 0) return this.#fresh.shift();
    let best: Waiting | undefined;
    for (const one of this.#returned) {
      if (one.isReady && (!best || one.batch.history.attempts < best.batch.history.attempts)) best = one;
    }
    return best && this.#takeJoined(best);
  }

  /** Takes the oldest for which `skip` does not hold, if it may be sent: nothing else overtakes. */
  takeInOrder(skip: (batch: QueuedBatch) => boolean = () => false): QueuedBatch | undefined {
    const first = this.#returned.find(({ batch }) => !skip(batch));
    if (!first) return this.#fresh.shift();
    return first.isReady ? this.#take([first])[0] : undefined;
  }

  /** Takes those that stand before a record, oldest first. */
  takeBefore(place: number): QueuedBatch[] {
    return this.#take(this.#returned.filter(({ batch }) => batch.from < place));
  }

  /** Takes those that the store does not take although it takes others. */
  takeRests(): QueuedBatch[] {
    return this.#take(this.#returned.filter(({ batch }) => batch.history.isRest));
  }

  /** Takes everything, oldest first. */
  takeAll(): QueuedBatch[] {
    return [...this.#take(this.#returned), ...this.#fresh.splice(0)];
  }

  #take(taken: readonly Waiting[]): QueuedBatch[] {
    for (const one of taken) this.#stopTimer(one);
    const gone = new Set(taken);
    this.#returned = this.#returned.filter((one) => !gone.has(one));
    return taken.map(({ batch }) => batch);
  }

  /** Rests that wait only for the back-off go with the first one. */
  #takeJoined(first: Waiting): QueuedBatch | undefined {
    if (!first.batch.history.isRest) return this.#take([first])[0];
    const now = this.#clock.now();
    const others = this.#returned.filter((one) => one !== first && (one.isReady || one.askedUntil <= now));
    const rests = restsToJoin(
      first.batch,
      others.map(({ batch }) => batch),
      this.#limits,
    );
    return join(this.#take([first, ...others].filter(({ batch }) => rests.includes(batch))));
  }

  #makeReady(one: Waiting): void {
    this.#stopTimer(one);
    one.isReady = true;
  }

  #startTimer(one: Waiting, ms: number): void {
    this.#stopTimer(one);
    one.readyAt = this.#clock.now() + ms;
    one.timer = this.#clock.setTimeout(() => {
      this.#makeReady(one);
      this.#ready();
    }, ms);
  }

  #stopTimer(one: Waiting): void {
    this.#clock.clearTimeout(one.timer);
    one.timer = undefined;
  }
}
