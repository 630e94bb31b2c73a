import type { DeadLetter, Failure } from "@cloudmarker/store-api";
import { placeOfLetter } from "../../delivery/dead-letters.ts";
import type { Kept, KeptRecord } from "../../delivery/feed.ts";
import { failureOf } from "../../errors/write-error.ts";
import { messageOf } from "../../errors.ts";
import { GivenRecord } from "../../records/given-record.ts";
import type { LetterFilter, StoredLane, StoredRecord } from "../../state/kept-letters.ts";
import { reasonOf } from "../../state/storage-error.ts";
import type { StoredLetters } from "../../state/storage.ts";
import type { SeqRange } from "../../state/stored.ts";

/** What a {@link LetterLane} needs. */
export interface LetterLaneOptions {
  readonly letters: StoredLetters;
  readonly filter: LetterFilter;
  readonly lane: StoredLane;
  /** The store that gets them, if that is not their own. */
  readonly to: string | undefined;
  readonly now: () => number;
  /** Some of them arrived, or were refused. */
  readonly settled: () => void;
  readonly failed: (failure: Failure) => void;
  /** They cannot be read: the file is damaged. */
  readonly damaged: (error: unknown) => void;
}

/** Numbers that are looked for at a time, where the filter has numbers. */
const MOST_IDS = 1_000;

/** The dead letters of one store in one run, as the journal that the store gets its records from. */
export class LetterLane implements Kept {
  readonly #options: LetterLaneOptions;
  readonly #filter: LetterFilter;
  /** Numbers that the filter has, in order. */
  readonly #ids: readonly number[] | undefined;
  /** Place of the next of them. */
  #idAt = 0;
  /** How many there are: others may be removed, or arrive, in another way. */
  #total: number;
  #read = 0;
  #settled = 0;
  /** Numbers of those that were refused, until the queue has settled them. */
  readonly #refused = new Set<number>();
  /** Those that arrived, and are not marked yet. */
  #arrived: SeqRange[] = [];
  #marking: Promise<void> | undefined;

  constructor(options: LetterLaneOptions) {
    this.#options = options;
    const { lane, filter } = options;
    const { ids, ...rest } = filter;
    this.#ids = ids && [...new Set(ids)].toSorted((a, b) => a - b);
    this.#filter = { ...rest, audit: lane.audit, store: lane.store, run: lane.run };
    this.#total = lane.count;
  }

  /** Number behind the last. */
  get next(): number {
    return this.#options.lane.last + 1;
  }

  /** How many are concerned. */
  get total(): number {
    return this.#total;
  }

  async read(_lane: number, fromSeq: number, mostBytes: number): ReturnType<Kept["read"]> {
    const after = fromSeq - 1;
    const ids = this.#idsAfter(after);
    const page = await this.#page({ ...this.#filter, ...(ids && { ids }) }, after, mostBytes);
    const found = page.filter(({ id }) => id < this.next);
    this.#read += found.length;
    const last = page.length > 0 ? page.at(-1)?.id : ids?.at(-1);
    const next = last === undefined ? this.next : Math.min(last + 1, this.next);
    if (next === this.next) this.#total = this.#read;
    return { entries: found.map(keptOf), lost: [], next };
  }

  settle(_lane: number, from: number, to: number): void {
    this.#settled += to - from;
    // Refusals are settled one by one.
    if (!this.#refused.delete(from)) {
      this.#arrived.push([from, to]);
      this.#mark().catch(() => undefined);
    }
    this.#options.settled();
  }

  /**
   * Keeps those that were refused again with their new reason, or removes those that a tap has taken. Never rejects.
   */
  async refuse(refused: readonly DeadLetter[], isTaken: boolean): Promise<void> {
    const { letters, now } = this.#options;
    for (const letter of refused) this.#refused.add(placeOfLetter(letter));
    try {
      await letters.changeLetters({
        ...this.#about,
        time: now(),
        ...(isTaken
          ? { taken: refused.map(placeOfLetter) }
          : {
              refused: refused.map((letter) => {
                const { code, reason, attempts } = letter;
                return { id: placeOfLetter(letter), code, reason, attempts };
              }),
            }),
      });
    } catch (cause) {
      this.#fail(cause);
    }
  }

  /** Marks what arrived. @returns how many could not be marked: they would be sent again */
  async finish(): Promise<number> {
    await this.#marking?.catch(() => undefined);
    await this.#mark().catch((cause: unknown) => this.#fail(cause));
    return this.#arrived.reduce((sum, [from, to]) => sum + to - from, 0);
  }

  unsettled(): number {
    return this.#total - this.#settled;
  }

  /** It is read from the beginning, as everything of it is on disk. */
  setBehind(): void {}

  unsaved(): [] {
    return [];
  }

  /** Some of the numbers of the filter. They are asked for in order. */
  #idsAfter(after: number): readonly number[] | undefined {
    if (!this.#ids) return undefined;
    while ((this.#ids[this.#idAt] ?? Infinity) <= after) this.#idAt++;
    return this.#ids.slice(this.#idAt, this.#idAt + MOST_IDS);
  }

  async #page(filter: LetterFilter, after: number, mostBytes: number): Promise<StoredRecord[]> {
    const { letters, damaged } = this.#options;
    try {
      return await letters.records(filter, after, mostBytes);
    } catch (error) {
      if (["damaged", "foreign"].includes(reasonOf(error))) damaged(error);
      throw error;
    }
  }

  get #about(): { readonly to?: string } {
    const { to, lane } = this.#options;
    return to === undefined || to === lane.store ? {} : { to };
  }

  /** One call after the other; what arrives meanwhile goes together. */
  #mark(): Promise<void> {
    this.#marking ??= this.#markAll().finally(() => (this.#marking = undefined));
    return this.#marking;
  }

  async #markAll(): Promise<void> {
    const { letters, now } = this.#options;
    while (this.#arrived.length > 0) {
      const arrived = this.#arrived;
      this.#arrived = [];
      try {
        // oxlint-disable-next-line no-await-in-loop -- each takes what came during the one before
        await letters.changeLetters({ ...this.#about, time: now(), arrived });
      } catch (error) {
        // Tried again with what arrives next, and at the end.
        this.#arrived = [...arrived, ...this.#arrived];
        throw error;
      }
    }
  }

  #fail(cause: unknown): void {
    this.#options.failed({ ...failureOf("STATE_UNUSABLE", "failed", { why: messageOf(cause) }), cause });
  }
}

function keptOf({ id, recordId, record }: StoredRecord): KeptRecord {
  return { seq: id, entry: new GivenRecord(record, recordId) };
}
