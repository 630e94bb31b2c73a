import { setImmediate } from "node:timers/promises";
import type { Failure, HostHooks } from "@cloudmarker/store-api";
import { errorOf } from "../errors/error-of.ts";
import { failureOf } from "../errors/write-error.ts";
import type { CloudmarkerError } from "../errors.ts";
import type { TapableHooks } from "../hooks.ts";
import { isAsyncIterable, isBatch, recordIn, restOf } from "./held-input.ts";
import type { ListedTaps, Passed } from "./listed-taps.ts";
import type { OriginOptions } from "./options.ts";
import { type OriginConfig, originOfRun } from "./origin-of-run.ts";
import { copyOf, type IntakeCounts, nothingReceived } from "./receipt.ts";
import { type Entry, type Origin, entryOf, losslessValue, markerEntry } from "../records/entry.ts";
import { TappedRecord } from "../records/tapped.ts";
import { Fork, type Forked } from "../state/fork.ts";
import type { Journal } from "../state/journal.ts";
import type { StoreRun } from "./store-run.ts";

/** Where the records of a run are kept, as the intake uses it. */
interface IntakeSpool {
  readonly journal: Pick<Journal, "next" | "full" | "position">;
  readonly resumed: { readonly counts: IntakeCounts } | undefined;
  /** @returns its number */
  accept(entry: Forked): number;
  /** Resolves when there is room on the way to the disk. */
  room(): Promise<void>;
}

/** Who takes the records. */
interface Taking {
  readonly stores: readonly StoreRun[];
  readonly spool: IntakeSpool | undefined;
  /** Undefined where no store has taps. */
  readonly listed: ListedTaps | undefined;
  /** Undefined for an explanation. */
  readonly kept: { readonly before?: { readonly counts: IntakeCounts | undefined } | undefined } | undefined;
}

/** Samples of rejected inputs that the receipt keeps. */
const MAX_REJECTIONS = 10;

/**
 * After so many bytes a producer has to wait for one turn of the event loop, even if the queues have room. Then the I/O
 * of the stores, timers and signals can run while a synchronous producer works.
 */
const YIELD_BYTES = 512 * 1024;

/**
 * Takes the records of a run: turns any input into entries, runs the hooks for each record, and gives the entries to
 * every store.
 */
export class Intake {
  readonly counts: IntakeCounts = nothingReceived();
  readonly #hooks: TapableHooks<HostHooks>;
  readonly #fail: (failure: Failure) => void;
  readonly #origin: OriginOptions;
  #configured: OriginConfig = {};
  #lastOrigin: { options: OriginOptions; origin: Origin } | undefined;
  #stores: readonly StoreRun[] = [];
  #spool: IntakeSpool | undefined;
  /** Number of the next entry, where there is no journal that knows it. */
  #next = 0;
  #sinceYield = 0;
  #isTapped = false;
  #closed: { readonly reason: unknown } | undefined;
  /** Each rejects the promise of an async iterable that is being read. */
  readonly #cuts = new Set<(reason: unknown) => void>();
  #rewrites = false;
  #listed: ListedTaps | undefined;

  constructor(hooks: TapableHooks<HostHooks>, origin: OriginOptions, fail: (failure: Failure) => void) {
    this.#hooks = hooks;
    this.#origin = origin;
    this.#fail = fail;
  }

  /** Begins to take records. By now all taps are made, and the origin of the configuration is known. */
  start({ stores, spool, listed, kept }: Taking, configured: OriginConfig): void {
    this.#stores = stores;
    this.#spool = spool;
    Object.assign(this.counts, structuredClone(spool?.resumed?.counts ?? kept?.before?.counts));
    this.#configured = configured;
    this.#lastOrigin = undefined;
    this.#rewrites = this.#hooks.record.isUsed();
    this.#listed = listed;
    this.#isTapped = this.#rewrites || this.#hooks.filter.isUsed();
  }

  /**
   * Takes nothing more. A `write` that still waits for room or for its producer rejects with this reason; the first
   * reason counts.
   */
  close(reason: unknown = closedError()): void {
    if (this.#closed) return;
    this.#closed = { reason };
    for (const cut of this.#cuts) cut(reason);
  }

  /**
   * Takes one record or an iterable of them. Returns `undefined` if there was room at once, so that one record needs no
   * promise.
   */
  write(input: unknown, options: OriginOptions = this.#origin): Promise<void> | undefined {
    if (this.#closed) return Promise.reject(this.#closed.reason);
    const origin = this.#originOf(options);
    if (isAsyncIterable(input)) return this.#takeStream(input, { ...options });
    if (!isBatch(input)) {
      this.#take(input, origin);
      return this.#mustWait() ? this.#room() : undefined;
    }
    const before = this.counts.received;
    const iterator = input[Symbol.iterator]();
    if (!this.#fill(iterator, origin)) return undefined;
    return this.#fillRest(Array.isArray(input) ? restOf(input, this.counts.received - before) : iterator, origin);
  }

  /** An input was read so far, and all that came of it was taken. */
  position(input: number, at: Readonly<Record<string, unknown>>): void {
    const kept: unknown = JSON.parse(JSON.stringify(at));
    this.#spool?.journal.position(input, { at: kept, counts: copyOf(this.counts) });
  }

  /** Nothing was taken yet, in no process of the run. */
  get isNew(): boolean {
    return (this.#spool?.journal.next ?? this.#next) === 0;
  }

  /** Writes a marker record, which has neither `raw` nor `ext`, as the predecessor does. */
  marker(type: "begin_audit" | "end_audit"): void {
    // Without waiting for room: a full queue must not delay the beginning or the end of a run, and one record more does
    // no harm.
    this.#accept(markerEntry(type));
  }

  /** Settles with the producer, or at {@link Intake.close}, since a producer may never yield again. */
  #takeStream(input: AsyncIterable<unknown>, options: OriginOptions): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#cuts.add(reject);
    const taken = this.#takeEach(input, options).finally(() => this.#cuts.delete(reject));
    taken.then(resolve, reject);
    return promise;
  }

  async #takeEach(input: AsyncIterable<unknown>, options: OriginOptions): Promise<void> {
    for await (const item of input) {
      const waiting = this.write(item, options);
      if (waiting) await waiting;
    }
  }

  /** Takes records until the producer has to wait; `false` at the end of the iterator. */
  #fill(iterator: Iterator<unknown>, origin: Origin): boolean {
    for (;;) {
      const next = iterator.next();
      if (next.done) return false;
      this.#take(next.value, origin);
      if (this.#mustWait()) return true;
    }
  }

  async #fillRest(iterator: Iterator<unknown>, origin: Origin): Promise<void> {
    do {
      await this.#room();
      if (this.#closed) {
        iterator.return?.();
        throw this.#closed.reason;
      }
    } while (this.#fill(iterator, origin));
  }

  #take(input: unknown, origin: Origin): void {
    this.counts.received += 1;
    try {
      const record = recordIn(input);
      const entry = this.#isTapped ? this.#tapped(record, origin) : entryOf(record, origin);
      if (!entry) this.counts.filtered += 1;
      else if (this.#listed) this.#acceptTapped(entry, this.#listed);
      else this.#accept(entry);
    } catch (cause) {
      this.#reject(cause);
    }
  }

  /**
   * Only if `record` or `filter` is tapped, since it is slow: makes a value of the record, with exact numbers, for the
   * taps.
   */
  #tapped(record: object, origin: Origin): Entry | undefined {
    const { filter, record: rewriting } = this.#hooks;
    if (!this.#rewrites)
      return filter.call(losslessValue(record, origin)) === false ? undefined : entryOf(record, origin);
    const tapped = new TappedRecord(record, origin);
    const value = rewriting.call(tapped.value);
    // Written before the filter gets the value, so that a filter cannot change the record.
    const entry = tapped.entry(value);
    return filter.call(value) === false ? undefined : entry;
  }

  #accept(entry: Entry): void {
    this.#sinceYield += entry.headBytes;
    const seq = this.#numberOf(entry);
    for (const { feed } of this.#stores) feed.accept(entry, seq);
  }

  #numberOf(kept: Forked): number {
    return this.#spool ? this.#spool.accept(kept) : this.#next++;
  }

  #acceptTapped(entry: Entry, listed: ListedTaps): void {
    this.#sinceYield += entry.headBytes;
    const { isGiven, isNumbered, refused } = listed.accept(entry, (kept) =>
      this.#numberOf("headBytes" in kept ? kept : new Fork(kept)),
    );
    const { counts } = this;
    if (isGiven) {
      for (const one of refused) this.#refused(one);
    } else if (refused[0]) {
      if (isNumbered) counts.byStores.rejected += 1;
      this.#reject(refused[0].cause);
    } else {
      if (isNumbered) counts.byStores.filtered += 1;
      counts.filtered += 1;
    }
  }

  /** A tap of some stores threw, of which this is the first. */
  #refused({ cause, store }: Passed["refused"][number]): void {
    const { audit, key } = store.handle;
    const failure = failureOf("RECORD_INVALID", "refused", { number: this.counts.received, audit, key, cause });
    this.#fail({ ...failure, audit, store: key, cause });
  }

  #mustWait(): boolean {
    if (this.#sinceYield >= YIELD_BYTES) return true;
    for (const { feed } of this.#stores) if (feed.full) return true;
    return this.#spool?.journal.full === true;
  }

  async #room(): Promise<void> {
    this.#sinceYield = 0;
    await setImmediate();
    await Promise.all(this.#stores.map(({ feed }) => feed.room()));
    await this.#spool?.room();
  }

  #reject(cause: unknown): void {
    const { counts } = this;
    counts.rejected += 1;
    const failure = failureOf("RECORD_INVALID", "rejected", { number: counts.received, cause });
    if (counts.rejections.length < MAX_REJECTIONS) counts.rejections.push(failure.message);
    this.#fail({ ...failure, cause });
  }

  #originOf(options: OriginOptions): Origin {
    // Compared by members, since a tool may use the same object for the next worker.
    if (!this.#lastOrigin || !isSameOrigin(this.#lastOrigin.options, options)) {
      this.#lastOrigin = { options: { ...options }, origin: originOfRun(options, this.#configured) };
    }
    return this.#lastOrigin.origin;
  }
}

/** The error of a `write` after `done`, or to a run whose inputs are read on later. */
export function closedError(kind: "write" | "later" = "write"): CloudmarkerError {
  return errorOf("HOST_CLOSED", kind, {});
}

function isSameOrigin(a: OriginOptions, b: OriginOptions): boolean {
  return (
    a.key === b.key && a.class === b.class && a.worker === b.worker && a.type === b.type && a.override === b.override
  );
}
