import type { Clock, DeadLetter, StoreRecord } from "@cloudmarker/store-api";
import type { AttemptOptions } from "./attempt.ts";
import { type Checkpoint, Checkpoints } from "./checkpoints.ts";
import { DeadLetters } from "./dead-letters.ts";
import { failFastOf, plainlyWrong } from "./fail-fast.ts";
import { makeBatch, type QueuedBatch, rangesOf } from "./batch.ts";
import { Room } from "./room.ts";
import type { Cause } from "./history.ts";
import { Sender } from "./sender.ts";
import { failureOf } from "../errors/write-error.ts";
import type { DeliveryEvents } from "./events.ts";
import { LONGEST_TIMER_MS } from "../clock.ts";
import type { DeliverySettings } from "./settings.ts";
import { type QueueCounts, Tally } from "./tally.ts";

/** The parts that a {@link Queue} uses. */
export interface QueueOptions {
  readonly audit: string;
  /** Key of the store. */
  readonly key: string;
  /** Name of its plugin. */
  readonly plugin: string;
  /** Run id. */
  readonly run: string;
  readonly settings: DeliverySettings;
  readonly clock: Clock;
  /** Tells the date of dead letters. @default clock */
  readonly calendar?: Pick<Clock, "now">;
  /** From 0 to 1: the jitter of back-offs. */
  readonly random: () => number;
  /** One attempt. What it throws, and when it does not settle, stands for all records of the batch. */
  readonly write: AttemptOptions["write"];
  /** Whether the store is well, as it says itself; `undefined` where it cannot tell. */
  readonly check: () => Promise<boolean | undefined>;
  /** Makes durable what was acknowledged. */
  readonly flush: () => Promise<void>;
  /** Keeps records that are given up; where it rejects they count as lost. */
  readonly deadLetter: (deadLetters: readonly DeadLetter[]) => Promise<void>;
  /** None of these may throw. */
  readonly events: DeliveryEvents;
  /** What is not settled is kept elsewhere: these records are acknowledged, dead letters or lost. */
  readonly settled?: ((from: number, to: number, isAcknowledged: boolean) => void) | undefined;
  /** What an earlier process of the run had counted. */
  readonly counts?: QueueCounts | undefined;
}

/** How a queue ends whose records are kept elsewhere. */
export interface EndOfQueue {
  /** Resolves when the queue has been given everything. */
  readonly fed?: () => Promise<void>;
  /** The deadline has passed, or the store is plainly wrong. */
  readonly release?: () => void;
  /** Whoever ends the run says how long that may take: see `delivery.fail_fast`. */
  readonly hasDeadline?: boolean;
}

const GIVE_UP: EndOfQueue = {};

/**
 * The way of records to one store: a bounded queue, batches, attempts, and a balance that adds up. A record that is
 * accepted is written, a duplicate, a dead letter or, where even that fails, counted as lost; nothing else happens to
 * it.
 */
export class Queue {
  readonly #options: QueueOptions;
  readonly #tally: Tally = new Tally();
  readonly #sender: Sender;
  readonly #deadLetters: DeadLetters;
  readonly #checkpoints: Checkpoints = new Checkpoints();
  readonly #room: Room;
  // Copies of settings: `accept` runs for every record and reads them each time.
  readonly #batchRecords: number;
  readonly #batchBytes: number;
  #open: StoreRecord[] = [];
  #openBytes = 0;
  /** Number of the first record in the open batch, and the one behind its last. */
  #openFrom = 0;
  #openTo = 0;
  /** Numbers of the records in the open batch, where they are not in a row. */
  #openPlaces: number[] | undefined;
  #ageTimer: unknown;
  /** The open batch reached its age, or the queue is full: see {@link Queue.#sendSoon}. */
  #isDue = false;
  #isReleased = false;
  #end: EndOfQueue = GIVE_UP;
  #failedFast = false;

  constructor(options: QueueOptions) {
    this.#options = options;
    const { settings, key, plugin, clock, random, write, events, counts } = options;
    if (counts) this.#tally.restore(counts);
    this.#batchRecords = settings.batchRecords;
    this.#batchBytes = settings.batchBytes;
    this.#room = new Room({
      key,
      plugin,
      settings,
      clock,
      events,
      isKept: options.settled !== undefined,
      hurry: (endsAt) => this.#sender.hurry(endsAt),
      giveUpRests: (code, why) => this.#sender.giveUpRests(code, why),
      giveUpWaiting: (code, why) => {
        this.#seal();
        return this.#sender.giveUpWaiting(code, why);
      },
    });
    this.#deadLetters = new DeadLetters({
      audit: options.audit,
      key,
      run: options.run,
      clock: options.calendar ?? clock,
      deadLetter: options.deadLetter,
      failed: (failure) => events.failed(failure),
      tally: this.#tally,
      hasJournal: options.settled !== undefined,
      settled: (items, isSettled) => {
        for (const { checkpoint, record, place } of items) {
          this.#settle(checkpoint, 1, record.bytes);
          if (isSettled) options.settled?.(place, place + 1, false);
        }
        this.#room.makeRoom();
      },
    });
    this.#sender = new Sender({
      key,
      plugin,
      settings,
      clock,
      random,
      write,
      check: options.check,
      events,
      tally: this.#tally,
      deadLetters: this.#deadLetters,
      acknowledged: (batch, records, bytes, others) => {
        this.#room.acknowledged();
        this.#settle(batch.checkpoint, records, bytes);
        if (options.settled) for (const [from, to] of rangesOf(batch, others)) options.settled(from, to, true);
        this.#room.makeRoom();
      },
      offer: () => {
        if (this.#isDue) this.#seal();
      },
      ended: () => this.#failFast(),
    });
  }

  /** The queue holds as many records or bytes as it may: wait for {@link room} before the next {@link accept}. */
  get full(): boolean {
    return this.#room.isFull;
  }

  /** What the receipt says about this store. */
  get counts(): QueueCounts {
    return this.#tally.snapshot();
  }

  /** Records that are accepted and not settled, and how many of them failed before. */
  get waiting(): { readonly queued: number; readonly retrying: number } {
    return { queued: this.#room.held, retrying: this.#sender.retrying };
  }

  /** Why the store takes nothing, while it is blocked or refuses connections. */
  get problem(): { readonly code: string; readonly message: string } | undefined {
    const { blocked, refused } = this.#sender.known;
    const cause = blocked ?? refused;
    return cause && { code: cause.code, message: cause.reason };
  }

  /** Records were given up, or left to whoever keeps them, since the store was plainly wrong. */
  get failedFast(): boolean {
    return this.#failedFast;
  }

  /** Counts a record that is accepted for the store and comes later, by {@link take}. */
  count(): void {
    this.#tally.accepted++;
  }

  /** Counts a record that its taps dropped or refused. */
  pass(what: "filtered" | "rejected"): void {
    this.#tally[what]++;
  }

  /** The taps had dropped these records, which were counted as accepted since that was not known. */
  passCounted(records: number): void {
    this.#tally.accepted -= records;
    this.#tally.filtered += records;
  }

  /** These records are nowhere any more: the disk that had them is damaged. */
  lose(records: number): void {
    this.#tally.lose(records);
  }

  /** Accepts one record, and takes it. */
  accept(record: StoreRecord, place: number): void {
    this.#tally.accepted++;
    this.take(record, place);
  }

  /**
   * Takes one record that was counted; call it only while the queue is not full. A batch that is complete is sent from
   * here, so that a producer that never yields gets its I/O going all the same.
   * @param place its number in the order of acceptance
   */
  take(record: StoreRecord, place: number): void {
    const { bytes } = record;
    if (this.#openBytes + bytes > this.#batchBytes && this.#openBytes > 0) this.#close();
    if (this.#open.length === 0) this.#openFrom = this.#openTo = place;
    if (place !== this.#openTo || this.#openPlaces) this.#notePlace(place);
    this.#openTo = place + 1;
    const length = this.#open.push(record);
    this.#openBytes += bytes;
    this.#room.take(bytes);
    if (length >= this.#batchRecords || this.#openBytes >= this.#batchBytes) this.#close();
    else if (this.#room.isFull) this.#sendSoon();
    else if (length === 1) this.#startAge();
  }

  /** Resolves when there is room again; at once if there is. */
  room(): Promise<void> {
    return this.#room.wait();
  }

  /**
   * Resolves when everything accepted before the call is acknowledged or dead-lettered, and the store has made it
   * durable.
   * @throws what the store's own flush throws
   */
  async flush(): Promise<void> {
    await this.#drained();
    await this.#options.flush();
  }

  /**
   * Delivers what is left until the deadline, in milliseconds from now; then aborts what is being sent and dead-letters
   * the rest with code `deadline`. Nothing may be accepted after the call. Resolves when every record is accounted for.
   */
  async finish(deadlineMs: number, end: EndOfQueue = GIVE_UP): Promise<void> {
    const { clock } = this.#options;
    this.#end = end;
    // A store that was mended in the meantime gets its records.
    if (end.release && this.#plainlyWrong) this.#sender.tryNow();
    const drained = end.fed ? end.fed().then(() => this.#drained()) : this.#drained();
    this.#room.finish();
    this.#sender.hurry(clock.now() + deadlineMs);
    const timer = clock.setTimeout(
      () => (end.release ? end.release() : this.#sender.giveUpAll("deadline", "not delivered before the deadline")),
      Math.min(deadlineMs, LONGEST_TIMER_MS),
    );
    await drained;
    clock.clearTimeout(timer);
    this.#sender.rest();
  }

  /**
   * Stops now: aborts what is being sent and dead-letters the rest with code `stopped`, and all that may still come.
   */
  stop(): void {
    this.#seal();
    this.#sender.giveUpAll("stopped", "delivery was stopped before this record was delivered");
  }

  /**
   * Stops now, and leaves the rest to whoever keeps it: aborts what is being sent, and forgets everything that is not
   * settled, now and from now on.
   */
  release(): void {
    this.#isReleased = true;
    this.#seal();
    for (const batch of this.#sender.release()) this.#drop(batch);
    this.#room.makeRoom();
  }

  /** Dead-letters records that are not in the queue. Resolves when they are kept, or lost. */
  async giveUp(
    items: readonly { readonly record: StoreRecord; readonly place: number }[],
    code: string,
    reason: string,
  ): Promise<void> {
    const checkpoint = this.#checkpoints.current;
    checkpoint.held += items.length;
    for (const { record } of items) this.#room.take(record.bytes);
    this.#deadLetters.add(items.map((item) => ({ ...item, checkpoint, code, reason, attempts: 0 })));
    await this.#checkpoints.seal();
  }

  /** Sends what there is, full or not, and resolves when everything that was taken before is settled. */
  drained(): Promise<void> {
    return this.#drained();
  }

  /** Why nothing waits for the store. */
  get #plainlyWrong(): Cause | undefined {
    const { settings, settled } = this.#options;
    const { hasDeadline = false } = this.#end;
    return plainlyWrong(failFastOf(settings.failFast, settled !== undefined, hasDeadline), this.#sender.known);
  }

  /**
   * Ends the waiting for a store that is plainly wrong. Until the end of the run a journal keeps its records, and
   * nobody waits.
   */
  #failFast(): void {
    const cause = this.#plainlyWrong;
    if (!cause) return;
    if (this.#end.release) {
      this.#failedFast = true;
      this.#end.release();
    } else if (!this.#options.settled) this.#giveUpFast(cause);
  }

  #giveUpFast(cause: Cause): void {
    this.#seal();
    if (!this.#sender.failFast(cause) || this.#failedFast) return;
    this.#failedFast = true;
    const { key, plugin, events } = this.#options;
    events.failed({ ...failureOf("STORE_STALLED", "wrong", { key, cause }), store: key, plugin });
  }

  /** Between two attempts, what comes does not wait for the next one. */
  #failBetween(): void {
    if (this.#sender.isPaused && !this.#end.release) this.#failFast();
  }

  #drop({ checkpoint, records, bytes }: QueuedBatch): void {
    this.#settle(checkpoint, records.length, bytes);
  }

  #drained(): Promise<void> {
    this.#close();
    return this.#checkpoints.seal();
  }

  #close(): void {
    this.#seal();
    this.#sender.pump();
  }

  #seal(): void {
    if (this.#open.length === 0) return;
    this.#options.clock.clearTimeout(this.#ageTimer);
    this.#isDue = false;
    const checkpoint = this.#checkpoints.current;
    checkpoint.held += this.#open.length;
    const batch = makeBatch(this.#open, this.#openBytes, this.#openFrom, checkpoint, this.#openPlaces);
    if (this.#isReleased) this.#drop(batch);
    else this.#sender.push(batch);
    this.#open = [];
    this.#openPlaces = undefined;
    this.#openBytes = 0;
    this.#failBetween();
  }

  #notePlace(place: number): void {
    const { length } = this.#open;
    this.#openPlaces ??= Array.from({ length }, (_, index) => this.#openFrom + index);
    this.#openPlaces.push(place);
  }

  #startAge(): void {
    const { clock, settings } = this.#options;
    this.#ageTimer = clock.setTimeout(() => this.#sendSoon(), settings.batchAgeMs);
  }

  /**
   * The open batch is sent as soon as no other batch can be, and grows until then. If it were closed as soon as the
   * queue is full, a store that takes a part of each batch would get smaller and smaller batches, down to single
   * records.
   */
  #sendSoon(): void {
    this.#isDue = true;
    this.#failBetween();
    this.#sender.pump();
  }

  #settle(checkpoint: Checkpoint, records: number, bytes: number): void {
    this.#room.release(records, bytes);
    this.#checkpoints.settle(checkpoint, records);
  }
}
