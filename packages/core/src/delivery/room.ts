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
  /** What is not settled is kept elsewhere: nothing is given up here. */
  readonly isKept: boolean;
  /** Something is to be tried until then, in milliseconds of the clock; `Infinity` for no such time. */
  readonly hurry: (endsAt: number) => void;
  /** Gives up what the store does not take although it takes others; false if there is nothing. */
  readonly giveUpRests: (code: string, why: string) => boolean;
  /** Gives up what is not being sent; false if there is nothing. */
  readonly giveUpWaiting: (code: string, why: string) => boolean;
}

/** The room of a queue: how much it holds, who waits for room, and what happens if the store takes nothing. */
export class Room {
  /** There is none. */
  isFull = false;
  /** Records. */
  held = 0;
  readonly #options: RoomOptions;
  readonly #mostRecords: number;
  readonly #mostBytes: number;
  #heldBytes = 0;
  #wanted: PromiseWithResolvers<void> | undefined;
  #timer: unknown;
  #isFinishing = false;
  /**
   * Since when the store takes nothing, as far as it is known: it last took something then, or a caller began to
   * wait.
   */
  #idleSince = 0;
  /** When something was last given up; the store has taken nothing since. */
  #gaveUpAt = -Infinity;

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
    if (!this.#options.isKept) this.#startWatch();
    return promise;
  }

  /** The store acknowledged something. */
  acknowledged(): void {
    this.#idleSince = this.#options.clock.now();
    this.#gaveUpAt = -Infinity;
  }

  /** These are not held any more; {@link makeRoom} tells the callers that wait. */
  release(records: number, bytes: number): void {
    this.held -= records;
    this.#heldBytes -= bytes;
  }

  makeRoom(): void {
    this.isFull = this.#isOver;
    if (!this.#wanted || this.isFull) return;
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

  /**
   * If a store takes nothing for its deadline, callers no longer wait for it. From then on what waits is given up at
   * once, until the store takes something, or nothing had to be given up for as long.
   */
  #startWatch(): void {
    const { clock, settings } = this.#options;
    const now = clock.now();
    if (now - this.#gaveUpAt > settings.deadlineMs) this.#idleSince = now;
    this.#watch();
  }

  #watch(): void {
    const { clock, settings, hurry } = this.#options;
    const restMs = Math.max(0, this.#idleSince + settings.deadlineMs - clock.now());
    if (!this.#isFinishing) hurry(clock.now() + restMs);
    this.#timer = clock.setTimeout(() => {
      if (this.#idleSince + settings.deadlineMs > clock.now()) return this.#watch();
      this.#giveUp();
      // By then what is being sent has come back, and can be given up.
      if (this.#wanted) this.#timer = clock.setTimeout(() => this.#watch(), settings.timeoutMs);
    }, restMs);
  }

  #giveUp(): void {
    const { clock, settings, key, plugin, events, giveUpRests, giveUpWaiting } = this.#options;
    if (giveUpRests("deadline", "the queue was full of records that the store does not take")) {
      // The store takes others: they get their time.
      this.#idleSince = clock.now();
      return;
    }
    if (!giveUpWaiting("deadline", "the queue was full, and the store took nothing before the deadline")) return;
    if (this.#gaveUpAt === -Infinity) {
      const failure = failureOf("STORE_STALLED", "nothing", { key, limitMs: settings.deadlineMs });
      events.failed({ ...failure, store: key, plugin });
    }
    this.#gaveUpAt = clock.now();
  }

  #endWatch(): void {
    this.#options.clock.clearTimeout(this.#timer);
    if (!this.#isFinishing) this.#options.hurry(Infinity);
  }
}
