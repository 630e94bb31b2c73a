import type { Clock } from "@cloudmarker/store-api";
import { failureOf } from "../errors/write-error.ts";
import type { DeliveryEvents } from "./events.ts";
import type { DeliverySettings } from "./settings.ts";

/** The parts that a {@link Room} uses. */
export interface RoomOptions {
  /** Key of the store. */
  readonly key: string;
  readonly plugin: string;
  readonly settings: DeliverySettings;
  readonly clock: Clock;
  readonly events: Pick<DeliveryEvents, "failed">;
  /** Something is to be tried until then, in milliseconds of the clock; `Infinity` for no such time. */
  readonly hurry: (endsAt: number) => void;
  /** Gives up what the store does not take although it takes others; false if there is nothing. */
  readonly giveUpRests: (code: string, why: string) => boolean;
  /**
   * Gives up the youngest batch.
   * @returns false if all of the queue is being sent; undefined if records are being given up, so that room comes
   */
  readonly giveUpYoungest: (code: string, why: string) => boolean | undefined;
}

/** The room of a queue: how much it holds, who waits for room, and what happens if the store takes nothing. */
export class Room {
  /** There is none. */
  isFull = false;
  /** Records. */
  held = 0;
  readonly #options: RoomOptions;
  #heldBytes = 0;
  #mostRecords: number;
  #mostBytes: number;
  #wanted: PromiseWithResolvers<void> | undefined;
  #timer: unknown;
  #isStalled = false;
  #isFinishing = false;
  #acknowledgedAt = -Infinity;

  constructor(options: RoomOptions) {
    this.#options = options;
    this.#mostRecords = options.settings.queueRecords;
    this.#mostBytes = options.settings.queueBytes;
  }

  /** One record more is held. */
  take(bytes: number): void {
    this.held++;
    this.#heldBytes += bytes;
    if (this.#isOver) this.isFull = true;
  }

  /** Resolves when there is room again; at once if there is. */
  wait(): Promise<void> {
    if (!this.isFull) return Promise.resolve();
    if (this.#wanted) return this.#wanted.promise;
    const { promise } = (this.#wanted = Promise.withResolvers<void>());
    if (this.#isStalled) this.#spill();
    else this.#watch();
    return promise;
  }

  /** The store acknowledged something. */
  acknowledged(): void {
    if (this.#isStalled) this.#revive();
    this.#acknowledgedAt = this.#options.clock.now();
  }

  /** These are not held any more; {@link makeRoom} tells the callers that wait. */
  release(records: number, bytes: number): void {
    this.held -= records;
    this.#heldBytes -= bytes;
    if (this.held === 0 && this.#isStalled) this.#revive();
  }

  makeRoom(): void {
    this.isFull = this.#isOver;
    if (!this.#wanted) return;
    if (this.isFull) {
      if (this.#isStalled) this.#spill();
      return;
    }
    this.#endWatch();
    this.#wanted.resolve();
    this.#wanted = undefined;
  }

  /** The end of the run has a time limit of its own. */
  finish(): void {
    this.#isFinishing = true;
  }

  get #isOver(): boolean {
    return this.held >= this.#mostRecords || this.#heldBytes >= this.#mostBytes;
  }

  /** If a store takes nothing at all for its deadline, callers no longer wait for it. */
  #watch(): void {
    const { clock, settings, key, plugin, events, hurry, giveUpRests } = this.#options;
    const limitMs = settings.deadlineMs;
    const startedAt = clock.now();
    const watch = (ms: number): void => {
      if (!this.#isFinishing) hurry(clock.now() + ms);
      this.#timer = clock.setTimeout(() => {
        const rest = Math.max(startedAt, this.#acknowledgedAt) + limitMs - clock.now();
        if (rest > 0) return watch(rest);
        if (giveUpRests("stalled", "the queue was full of records that the store does not take")) {
          events.failed({ ...failureOf("STORE_STALLED", "some", { key }), store: key, plugin });
          return watch(limitMs);
        }
        this.#endWatch();
        this.#isStalled = true;
        events.failed({ ...failureOf("STORE_STALLED", "nothing", { key, limitMs }), store: key, plugin });
        this.#spill();
      }, ms);
    };
    watch(limitMs);
  }

  #endWatch(): void {
    this.#options.clock.clearTimeout(this.#timer);
    if (!this.#isFinishing) this.#options.hurry(Infinity);
  }

  /**
   * Makes room by giving up the youngest batch; the queue stays full of the oldest, which are delivered if the store
   * works again.
   */
  #spill(): void {
    const { giveUpYoungest, settings } = this.#options;
    if (giveUpYoungest("stalled", "the queue was full and the store took nothing") !== false) return;
    // One more batch is let in, which can then be given up.
    this.#mostRecords = this.held + settings.batchRecords;
    this.#mostBytes = this.#heldBytes + settings.batchBytes;
    this.makeRoom();
  }

  #revive(): void {
    this.#isStalled = false;
    this.#mostRecords = this.#options.settings.queueRecords;
    this.#mostBytes = this.#options.settings.queueBytes;
    // A caller that waits while dead letters are being kept gets a new time limit.
    if (this.#wanted) this.#watch();
  }
}
