import type { Clock, DeadLetter, Failure, StoreRecord } from "@cloudmarker/store-api";
import { failureOf } from "../errors/write-error.ts";
import type { Checkpoint } from "./checkpoints.ts";
import type { Tally } from "./tally.ts";

/** A record that is given up, and why. */
export interface GivenUp {
  readonly record: StoreRecord;
  readonly checkpoint: Checkpoint;
  /** Its number in the order of acceptance. */
  readonly place: number;
  readonly code: string;
  readonly reason: string;
  readonly attempts: number;
}

/** What the dead letters of a queue need. */
export interface DeadLettersOptions {
  readonly audit: string;
  readonly key: string;
  readonly run: string;
  readonly clock: Pick<Clock, "now">;
  readonly deadLetter: (deadLetters: readonly DeadLetter[]) => Promise<void>;
  readonly failed: (failure: Failure) => void;
  readonly tally: Tally;
  /** The journal has the records until they are settled. */
  readonly hasJournal: boolean;
  /**
   * These records are done with.
   * @param isSettled they are dead letters, or lost, which is reported; if not, they stay in the journal
   */
  readonly settled: (items: readonly GivenUp[], isSettled: boolean) => void;
}

/** Dead letters of one call at most: each call may cost an fsync, and each record its JSON text. */
const MOST_AT_ONCE = 1000;

/** The places of the records, which are nothing to a tap. */
const PLACES = new WeakMap<DeadLetter, number>();

/** Number of its record in the order of acceptance; -1 where it is not known. */
export function placeOfLetter(letter: DeadLetter): number {
  return PLACES.get(letter) ?? -1;
}

/** Hands records that are given up to the dead-letter hook, one call at a time; what comes meanwhile goes together. */
export class DeadLetters {
  readonly #options: DeadLettersOptions;
  #waiting: GivenUp[] = [];
  #writing = false;

  constructor(options: DeadLettersOptions) {
    this.#options = options;
  }

  /** Gives these up; {@link DeadLettersOptions.settled} tells when they are kept. */
  add(items: readonly GivenUp[]): void {
    for (const item of items) this.#waiting.push(item);
    if (!this.#writing && this.#waiting.length > 0) void this.#write();
  }

  async #write(): Promise<void> {
    const { tally, deadLetter, settled } = this.#options;
    this.#writing = true;
    const items = this.#waiting.slice(0, MOST_AT_ONCE);
    this.#waiting = this.#waiting.slice(MOST_AT_ONCE);
    let isSettled = true;
    try {
      await deadLetter(items.map((item) => this.#make(item)));
      tally.deadLettered += items.length;
    } catch (cause) {
      // What the journal could not take either has no other place.
      isSettled = !this.#options.hasJournal || items.some(({ code }) => code.startsWith("spool_"));
      if (isSettled) tally.lost += items.length;
      this.#report(isSettled ? "lost" : "kept", cause);
    }
    if (isSettled) for (const { code, reason } of items) tally.gaveUp(code, reason);
    this.#writing = false;
    settled(items, isSettled);
    this.add([]);
  }

  #report(kind: "lost" | "kept", cause: unknown): void {
    const { key, failed } = this.#options;
    const failure = failureOf("DEAD_LETTER_FAILED", kind, { key, cause });
    failed({ ...failure, store: key, hook: "host.hooks.deadLetter", cause });
  }

  #make({ record, place, code, reason, attempts }: GivenUp): DeadLetter {
    const { audit, key: store, run, clock } = this.#options;
    const time = new Date(clock.now()).toISOString();
    const letter = { audit, store, run, time, code, reason, attempts, id: record.id, json: record.json };
    PLACES.set(letter, place);
    return letter;
  }
}
