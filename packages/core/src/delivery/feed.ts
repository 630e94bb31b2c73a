import type { Clock, Failure } from "@cloudmarker/store-api";
import { failureOf } from "../errors/write-error.ts";
import { messageOf } from "../errors.ts";
import { BoundRecord, type Entry, type Stamp } from "../records/entry.ts";
import { GivenRecord } from "../records/given-record.ts";
import type { Journal } from "../state/journal.ts";
import type { SeqRange } from "../state/stored.ts";
import type { EndOfQueue, Queue } from "./queue.ts";

/** What is kept: an entry, or a record that has its text and its id. */
export interface KeptRecord {
  readonly seq: number;
  readonly entry: Entry | GivenRecord;
}

/** A journal as the way to one store uses it. */
export interface Kept extends Pick<Journal, "next" | "settle" | "setBehind" | "unsettled" | "unsaved"> {
  read(
    lane: number,
    fromSeq: number,
    mostBytes: number,
  ): Promise<{
    readonly entries: readonly KeptRecord[];
    readonly lost: readonly SeqRange[];
    /** What the taps of the store had dropped, and what was counted all the same. */
    readonly passed?: readonly SeqRange[];
    readonly next: number;
  }>;
}

/** Where the records of one store are kept until it has them. */
export interface FeedJournal {
  readonly journal: Kept;
  /** Index of the store in it. */
  readonly lane: number;
}

/** What a {@link Feed} needs. */
export interface FeedOptions {
  readonly queue: Queue;
  readonly stamp: Stamp;
  /** Absent where there is no spool. */
  readonly kept: FeedJournal | undefined;
  /** It begins with {@link Feed.startBehind}. */
  readonly isHeld: boolean;
  /** Bytes that the queue may hold. */
  readonly queueBytes: number;
  readonly clock: Clock;
  /** For how long the event loop has had nothing to do, in milliseconds. */
  readonly idleMs: () => number;
  /** Must not throw. */
  readonly failed: (failure: Failure) => void;
}

/** A queue that makes no room for so long, in milliseconds, belongs to a store that is too slow to wait for. */
const PATIENCE_MS = 250;

/** So often, in milliseconds, it is looked at how much of the time the producers had to wait. */
const WINDOW_MS = 50;

/** If the process does nothing but wait for the store for more than this part of the time, the store is too slow. */
const IDLE_PART = 0.5;

/** Bytes that are read from the journal at a time. */
const READ_BYTES = 1024 * 1024;

/** After an error of the disk it is read again so many milliseconds later. */
const READ_AGAIN_MS = 1000;

/**
 * The way of records into the queue of one store. While the store keeps up they go straight there, and producers wait
 * for room. If it does not, it falls behind: the records stay in the journal, nobody waits, and they are read from
 * there whenever the queue has room, until the store has caught up.
 */
export class Feed {
  readonly #options: FeedOptions;
  readonly #queue: Queue;
  readonly #stamp: Stamp;
  #isLive: boolean;
  /** It is behind: what comes is read from the journal. */
  #isReading = false;
  #isOver = false;
  /** While behind: number of the first record that the queue has yet to get. */
  #next = 0;
  /** Someone waits for the queue to make room. */
  #waiting: PromiseWithResolvers<void> | undefined;
  #windowAt = -Infinity;
  /** Since then, how long the event loop had nothing to do while someone waited. */
  #idleMs = 0;
  #caughtUp: PromiseWithResolvers<void> | undefined;
  /** While behind: what became dead letters instead, in order. */
  #givenUp: SeqRange[] = [];
  /** Ends a wait of the reader. */
  #wake: () => void = noop;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#queue = options.queue;
    this.#stamp = options.stamp;
    this.#isLive = !options.isHeld;
  }

  /** Wait for {@link room} before the next {@link accept}. */
  get full(): boolean {
    return this.#isLive && this.#queue.full;
  }

  /** Takes a record, which the journal has already. */
  accept(entry: Entry, seq: number): void {
    if (this.#isLive) this.#queue.accept(new BoundRecord(entry, this.#stamp), seq);
    else this.#queue.count();
  }

  /** Counts a record that comes from the journal. */
  count(): void {
    this.#queue.count();
  }

  /** Passes over a record that the taps of the store dropped or refused: it is settled. */
  pass(seq: number, what: "filtered" | "rejected"): void {
    const { kept } = this.#options;
    this.#queue.pass(what);
    kept?.journal.settle(kept.lane, seq, seq + 1);
  }

  /** Resolves when producers can go on; at once if they can. */
  room(): Promise<void> {
    if (!this.full) return DONE;
    if (!this.#options.kept) return this.#queue.room();
    if (this.#waiting) return this.#waiting.promise;
    if (this.#isSlow()) {
      this.#fallBehind();
      return DONE;
    }
    return this.#wait();
  }

  /** Everything from a number on comes from the journal, as in a run that is resumed. */
  startBehind(next: number): void {
    const { kept } = this.#options;
    this.#next = next;
    kept?.journal.setBehind(kept.lane, true);
    void this.#read();
  }

  /**
   * While behind: makes dead letters of what the journal could not write. What the queue has already stays there.
   * Resolves when they are kept, or
   * lost.
   */
  async giveUp(code: string, why: string): Promise<void> {
    const { kept } = this.#options;
    if (!kept || !this.#isReading) return;
    const { journal, lane } = kept;
    const from = Math.max(this.#next, this.#givenUp.at(-1)?.[1] ?? 0);
    const records = journal.unsaved(lane).flatMap(({ seq, entry }) => {
      return seq < from ? [] : [{ record: new BoundRecord(entry, this.#stamp), place: seq }];
    });
    const [first] = records;
    if (!first) return;
    // Until they are kept, the journal has them.
    this.#givenUp.push([first.place, journal.next]);
    await this.#queue.giveUp(records, code, why);
  }

  /** How the queue ends if what is left stays in the journal. */
  get end(): EndOfQueue {
    return this.#options.kept ? { fed: () => this.caughtUp(), release: () => this.release() } : {};
  }

  /** Resolves when the queue has been given everything that was accepted, or is over. */
  caughtUp(): Promise<void> {
    if (this.#isLive || this.#isOver) return DONE;
    return (this.#caughtUp ??= Promise.withResolvers<void>()).promise;
  }

  /** Stops. What the store has not got stays in the journal. */
  release(): void {
    this.#isOver = true;
    this.#isLive = this.#isReading = false;
    this.#queue.release();
    this.#endWait();
    this.#reachEnd();
    this.#wake();
  }

  async #wait(): Promise<void> {
    const { clock, idleMs } = this.#options;
    const waiting = (this.#waiting = Promise.withResolvers<void>());
    const idle = idleMs();
    const giveUp = (): void => {
      if (this.full) this.#fallBehind();
    };
    let timer = clock.setTimeout(() => {
      if (idleMs() - idle > WINDOW_MS * IDLE_PART) giveUp();
      else timer = clock.setTimeout(giveUp, PATIENCE_MS - WINDOW_MS);
    }, WINDOW_MS);
    void this.#queue.room().then(() => this.#endWait());
    await waiting.promise;
    clock.clearTimeout(timer);
    this.#idleMs += idleMs() - idle;
  }

  #endWait(): void {
    this.#waiting?.resolve();
    this.#waiting = undefined;
  }

  /** Whether the process mostly waits for this store. */
  #isSlow(): boolean {
    const now = this.#options.clock.now();
    const windowMs = now - this.#windowAt;
    if (windowMs < WINDOW_MS) return false;
    const isSlow = Number.isFinite(windowMs) && this.#idleMs > windowMs * IDLE_PART;
    this.#windowAt = now;
    this.#idleMs = 0;
    return isSlow;
  }

  #fallBehind(): void {
    const { kept } = this.#options;
    if (!kept || !this.#isLive) return;
    const { journal, lane } = kept;
    this.#isLive = false;
    this.#next = journal.next;
    this.#windowAt = -Infinity;
    this.#idleMs = 0;
    journal.setBehind(lane, true);
    this.#endWait();
    void this.#read();
  }

  #catchUp({ journal, lane }: FeedJournal): void {
    this.#isLive = true;
    this.#isReading = false;
    journal.setBehind(lane, false);
    this.#reachEnd();
  }

  #reachEnd(): void {
    this.#caughtUp?.resolve();
    this.#caughtUp = undefined;
  }

  /* oxlint-disable no-await-in-loop -- one read after the other, each when there is room for it */
  async #read(): Promise<void> {
    const { kept } = this.#options;
    if (!kept) return;
    this.#isReading = true;
    for (;;) {
      await this.#unlessOver(this.#queue.room());
      if (this.#isOver) return;
      if (this.#next === kept.journal.next) return this.#catchUp(kept);
      await this.#readSome(kept);
    }
  }

  async #readSome({ journal, lane }: FeedJournal): Promise<void> {
    const { stamp, queueBytes, failed } = this.#options;
    try {
      const {
        entries,
        lost,
        passed = [],
        next,
      } = await journal.read(lane, this.#next, Math.min(READ_BYTES, queueBytes / 2));
      for (const [from, to] of lost) {
        this.#queue.lose(to - from);
        journal.settle(lane, from, to);
      }
      for (const [from, to] of passed) {
        this.#queue.passCounted(to - from);
        journal.settle(lane, from, to);
      }
      for (const { seq, entry } of entries) {
        while (this.#queue.full && !this.#isOver) await this.#unlessOver(this.#queue.room());
        if (this.#isOver) return;
        if (!this.#isGivenUp(seq))
          this.#queue.take(entry instanceof GivenRecord ? entry : new BoundRecord(entry, stamp), seq);
        this.#next = seq + 1;
      }
      this.#next = next;
    } catch (cause) {
      failed({ ...failureOf("SPOOL_FAILED", "disk", { why: messageOf(cause) }), cause });
      await this.#pause();
    }
  }
  /* oxlint-enable no-await-in-loop */

  /** Asked in the order of the numbers. */
  #isGivenUp(seq: number): boolean {
    while (this.#givenUp[0] && this.#givenUp[0][1] <= seq) this.#givenUp.shift();
    const [first] = this.#givenUp;
    return first !== undefined && seq >= first[0];
  }

  async #pause(): Promise<void> {
    const { clock } = this.#options;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = clock.setTimeout(resolve, READ_AGAIN_MS);
    await this.#unlessOver(promise);
    clock.clearTimeout(timer);
  }

  /** Waits until then, or until {@link release}. */
  #unlessOver(until: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      void until.then(resolve);
    });
  }
}

const DONE: Promise<void> = Promise.resolve();

function noop(): void {}
