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
  /** These records are settled: kept as dead letters, or lost, which is reported. */
  readonly settled: (items: readonly GivenUp[]) => void;
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
    const { tally, deadLetter, failed, key, settled } = this.#options;
    this.#writing = true;
    const items = this.#waiting.slice(0, MOST_AT_ONCE);
    this.#waiting = this.#waiting.slice(MOST_AT_ONCE);
    try {
      await deadLetter(items.map((item) => this.#make(item)));
      tally.deadLettered += items.length;
    } catch (cause) {
      tally.lost += items.length;
      const failure = failureOf("DEAD_LETTER_FAILED", "lost", { key, records: items.length, cause });
      failed({ ...failure, store: key, hook: "host.hooks.deadLetter", cause });
    }
    for (const { code, reason } of items) tally.gaveUp(code, reason);
    this.#writing = false;
    settled(items);
    this.add([]);
  }

  #make({ record, place, code, reason, attempts }: GivenUp): DeadLetter {
    const { audit, key: store, run, clock } = this.#options;
    const time = new Date(clock.now()).toISOString();
    const letter = { audit, store, run, time, code, reason, attempts, id: record.id, json: record.json };
    PLACES.set(letter, place);
    return letter;
  }
}
