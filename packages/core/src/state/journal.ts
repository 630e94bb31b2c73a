import type { Clock, Failure } from "@cloudmarker/store-api";
import { messageOf } from "../errors.ts";
import { errorOf } from "../errors/error-of.ts";
import { failureOf } from "../errors/write-error.ts";
import type { Entry } from "../records/entry.ts";
import { blockBytes, packBlock, unpackBlock, withoutUnneeded } from "./block.ts";
import { entryFor, Fork, type Forked } from "./fork.ts";
import { type Chunk, endOf, isPacked, Pending, type Wanted } from "./pending.ts";
import { Positions, progressOf } from "./positions.ts";
import { Settled } from "./settled.ts";
import type { Block, JournalSize, LaneChange, LaneProgress, SeqRange, StoredJournal } from "./stored.ts";

/** Why nothing can be written. */
type SpoolFailure = Failure & { readonly code: "SPOOL_FULL" | "SPOOL_FAILED" };

/** What a {@link Journal} needs. */
export interface JournalOptions {
  readonly storage: StoredJournal & {
    /** Told once, when something will soon be written. */
    readonly prepare?: () => void;
  };
  /** Room that it takes, as the storage told. */
  readonly size: JournalSize;
  /** The plain time: what is accepted goes to the disk in time, also where nothing could run for a while. */
  readonly clock: Clock;
  /** What each store of the run has settled; for a new run nothing. */
  readonly lanes: readonly (Pick<LaneProgress, "low" | "ranges" | "isChanged"> & {
    /** If the run is resumed, it may get everything again: its texts stay, settled or not. @default false */
    readonly isAgain?: boolean;
  })[];
  /** Number of the next entry; for a new run 0. */
  readonly next: number;
  /** What is neither on disk nor in memory comes to a later process. @default false */
  readonly gapsComeLater?: boolean;
  /** An entry that is not settled everywhere so many milliseconds after it was accepted is written. */
  readonly commitMs: number;
  /** Bytes that the entries may take on disk. */
  readonly maxBytes: number;
  /** Bytes of the disk that stay free. */
  readonly reserveBytes: number;
  /** Bytes that the queues of the stores may hold: what they hold is in memory anyway. @default 0 */
  readonly queuedBytes?: number;
  /** What the receipt counts for a store at this moment: kept with what it has settled, so that the two agree. */
  readonly counts: (lane: number) => unknown;
  /** What the receipt counts of what came in, at this moment. */
  readonly received: () => object;
  /** Told once for a time in which nothing can be written. Must not throw. */
  readonly failed: (failure: Failure) => void;
}

/** An entry and its number. */
interface Numbered {
  readonly seq: number;
  readonly entry: Entry;
}

/** What a store has yet to get. */
export interface Backlog {
  /** In order, without what the store has settled. */
  readonly entries: readonly Numbered[];
  /** What the store should get and what is neither on disk nor in memory, and does not come later either. */
  readonly lost: readonly SeqRange[];
  /** What its taps dropped or refused, in an earlier process: it gets everything again. */
  readonly passed: readonly SeqRange[];
  /** Where to read on. It is the number of the next entry once the store has come up with the producers. */
  readonly next: number;
}

/** What is to be written. */
interface What {
  readonly wanted: Wanted;
  /** Whether the limits of the disk hold. */
  readonly isLimited: boolean;
}

interface Lane {
  readonly settled: Settled;
  readonly isAgain: boolean;
  /** What is settled is on disk as well. */
  isSaved: boolean;
  /** All of it is on disk but what has changed since: the pages that change are enough. */
  isWhole: boolean;
  /** It gets its records from the journal. */
  isBehind: boolean;
}

/** What came in is kept as if it were an input. */
export const RECEIVED = -1;

/** Time is divided into periods, so many in the time until an entry is written: no entry needs a look at the clock. */
const PERIODS = 4;

/** An entry of a period is written so many periods later: by then it is at least as old as it has to be. */
const DUE_AFTER = PERIODS + 1;

/** An entry that is not settled after so many periods will be written, about: the files are made meanwhile. */
const PREPARE_AFTER = 3;

/** After a failure so many periods pass until the disk is tried again. */
const RETRY_AFTER = 5 * PERIODS;

/** Parts of a chunk that are written as a block each. */
const MOST_PARTS = 8;

/** Bytes of one transaction, about. */
const MOST_AT_ONCE = 4 * 1024 * 1024;

/** While a store is behind, so many bytes in memory are written at once: it needs them on disk anyway. */
const SOON_BYTES = 4 * 1024 * 1024;

/**
 * Bytes in memory from which on nothing more is to be accepted; more where the queues of the stores hold more than
 * half of it.
 */
const MOST_PENDING = 32 * 1024 * 1024;

/**
 * The journal of one run: keeps on disk what is accepted and not settled. All stores share the entries; each has a
 * lane, which says what it has settled. While all stores keep up, no entry is written, only how far they are.
 */
export class Journal {
  readonly #options: JournalOptions;
  readonly #lanes: readonly Lane[];
  readonly #pending: Pending;
  readonly #positions: Positions = new Positions();
  #size: JournalSize;
  #timer: unknown;
  #isTicking = false;
  /** When the present period began. */
  #periodAt = 0;
  /** Since when something besides entries is to be written. */
  #unsavedSince = Infinity;
  readonly #mostPending: number;
  /** A chunk of which more parts are left is written as one, without what lies between them. */
  readonly #mostParts: number;
  /** Bytes in memory that are written at once. */
  #soonBytes: number;
  #isFull = false;
  #room: PromiseWithResolvers<void> | undefined;
  #committing: Promise<SpoolFailure | undefined> | undefined;
  /** The next commit of everything. */
  #queued: Promise<void> | undefined;
  #problem: SpoolFailure | undefined;
  /** After a failure: when the disk is tried again. */
  #retryAt = 0;
  #isClosed = false;
  /** Some entry was forked, or a block has numbers without a text. */
  #isForked = false;
  /** The disk knows of it. */
  #isForkedOnDisk = false;
  /** Number of the next entry when the counts of what came in were last noted. */
  #receivedAt: number;

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#mostPending = Math.max(MOST_PENDING, MOST_PENDING / 2 + (options.queuedBytes ?? 0));
    // What a store may get again must not look as if it were there.
    this.#mostParts = options.lanes.some(({ isAgain }) => isAgain) ? Infinity : MOST_PARTS;
    this.#soonBytes = this.#mostPending;
    this.#size = options.size;
    this.#pending = new Pending(options.next);
    this.#receivedAt = options.next;
    this.#lanes = options.lanes.map(({ low, ranges, isChanged = false, isAgain = false }) => {
      return { settled: new Settled(low, ranges), isAgain, isSaved: !isChanged, isWhole: false, isBehind: false };
    });
  }

  /** Number of the next entry. */
  get next(): number {
    return this.#pending.next;
  }

  /** As much waits for the disk as may: wait for {@link room} before the next {@link accept}. */
  get full(): boolean {
    return this.#isFull;
  }

  /** Why nothing can be written, while that is so. What is accepted stays in memory. */
  get problem(): SpoolFailure | undefined {
    return this.#problem;
  }

  /** What the entries take on disk. */
  get bytesOnDisk(): number {
    return this.#size.usedBytes;
  }

  /** What waits in memory. */
  get bytesInMemory(): number {
    return this.#pending.bytes;
  }

  /** How many entries a store has not settled. */
  unsettled(lane: number): number {
    return this.next - this.#settledIn(lane).count;
  }

  /** Which entries from a number on a store has not settled. */
  unsettledRanges(lane: number, from: number): SeqRange[] {
    return from < this.next ? this.#settledIn(lane).unsettled(from, this.next) : [];
  }

  /** Whether every store has settled everything. */
  get isDone(): boolean {
    return this.#lanes.every(({ settled }) => settled.low >= this.next);
  }

  /** Whether a store has settled an entry. */
  isSettled(lane: number, seq: number): boolean {
    return this.#settledIn(lane).has(seq);
  }

  /** Takes an entry for all stores. @returns its number */
  accept(entry: Forked): number {
    const seq = this.#pending.push(entry);
    this.#isForked ||= entry instanceof Fork;
    if (!this.#isTicking) this.#startTicking();
    if (this.#pending.bytes >= this.#soonBytes) this.#crowded();
    return seq;
  }

  /**
   * An entry that is read again after the end of a process, and that is on disk or settled, keeps its number and is
   * not taken.
   */
  skip(): void {
    this.#pending.skip();
  }

  /** A store needs these no more: acknowledged and durable, a dead letter, or lost. */
  settle(lane: number, from: number, to: number): void {
    const one = this.#lane(lane);
    one.settled.add(from, to);
    one.isSaved = false;
    this.#noteChange();
    this.#pending.release(from, to, this.#isSettled);
    this.#makeRoom();
  }

  /** An input was read so far, and all that came of it has been accepted. */
  position(input: number, at: object): void {
    this.#positions.mark(input, at, this.next, this.#pending.period);
    this.#noteChange();
  }

  /** Whether a store gets its records from the journal. */
  setBehind(lane: number, isBehind: boolean): void {
    this.#lane(lane).isBehind = isBehind;
    const isOneBehind = this.#lanes.some((one) => one.isBehind);
    this.#soonBytes = isOneBehind ? SOON_BYTES : this.#mostPending;
    this.#pending.packs = isOneBehind;
  }

  /** Resolves when it is not {@link full}; at once if it is not. */
  room(): Promise<void> {
    if (!this.#isFull) return Promise.resolve();
    return (this.#room ??= Promise.withResolvers<void>()).promise;
  }

  /**
   * Resolves when everything accepted before is on disk or settled by every store, and what each store has settled and
   * how far each input was read is on disk.
   * @throws CloudmarkerError SPOOL_FULL, SPOOL_FAILED
   */
  commit(): Promise<void> {
    return (this.#queued ??= this.#commitAll());
  }

  /**
   * As {@link commit}, for the entries before a number, and whatever the limits are: an earlier process had them in
   * memory.
   * @throws CloudmarkerError SPOOL_FULL, SPOOL_FAILED
   */
  async commitBefore(before: number): Promise<void> {
    this.#pending.close();
    const wanted = { period: Infinity, before };
    // oxlint-disable-next-line no-await-in-loop -- whoever waited as well may have begun something
    while (this.#committing) await this.#committing;
    if (this.#pending.has(wanted)) await this.#commitNow({ wanted, isLimited: false });
  }

  /**
   * What a store has yet to get from a number on: of the disk, or else of memory. Give it the last
   * {@link Backlog.next}, and each entry comes once.
   * @param mostBytes about so much, and at least one entry if there is one
   * @throws StorageError
   */
  async read(lane: number, from: number, mostBytes: number): Promise<Backlog> {
    const settled = this.#settledIn(lane);
    let start = Math.max(from, settled.low);
    for (;;) {
      const { first } = this.#pending;
      if (start >= first) return this.#readMemory(lane, start, mostBytes);
      // oxlint-disable-next-line no-await-in-loop -- one read goes on where the other ended
      const { blocks } = await this.#options.storage.read(start, mostBytes);
      const last = blocks.at(-1);
      // If there is no block, nothing of what was on disk at the call is unsettled.
      const next = last ? Math.max(start, last.first + last.count) : first;
      const found = backlogOf(lane, settled, blocks, start, next);
      const backlog = this.#options.gapsComeLater ? { ...found, lost: [] } : found;
      if (backlog.entries.length + backlog.lost.length + backlog.passed.length > 0) return backlog;
      start = next;
    }
  }

  /** What a store has not settled and what is not on disk. */
  unsaved(lane: number): readonly Numbered[] {
    return this.#readMemory(lane, 0, Infinity).entries;
  }

  /**
   * Writes what is left and closes the files. They are removed if every store has settled everything.
   * @param ended whether the run is over: nothing of it is to be read again
   * @throws CloudmarkerError what could not be written is in {@link unsaved}; the files are closed all the same
   */
  async close({ ended }: { readonly ended: boolean }): Promise<void> {
    const { clock, storage } = this.#options;
    const isDone = (): boolean => ended && this.isDone;
    try {
      if (isDone()) await this.#settled();
      else await this.commit();
    } finally {
      this.#isClosed = true;
      clock.clearTimeout(this.#timer);
      await (isDone() ? storage.remove() : storage.close());
    }
  }

  /** Resolves when nothing is being written, and nothing waits for that. */
  async #settled(): Promise<void> {
    // Whoever asked for it is told.
    await this.#queued?.catch(() => undefined);
    // oxlint-disable-next-line no-await-in-loop -- whoever waited as well may have begun something
    while (this.#committing) await this.#committing;
  }

  async #commitAll(): Promise<void> {
    // What is under way may have taken what it writes before the call.
    // oxlint-disable-next-line no-await-in-loop -- whoever waited as well may have begun something
    do await this.#committing;
    while (this.#committing);
    this.#queued = undefined;
    this.#noteReceived();
    await this.#commitNow({ wanted: { period: Infinity, before: Infinity }, isLimited: true });
  }

  /** Nothing may be under way. */
  async #commitNow(what: What): Promise<void> {
    const failure = await this.#begin(what);
    if (failure) throw errorOf(failure.code, "disk", { why: failure.message }, { cause: failure.cause });
  }

  #begin(what: What): Promise<SpoolFailure | undefined> {
    this.#committing = this.#write(what).then((failure) => {
      this.#committing = undefined;
      if (failure) this.#fail(failure);
      else if (this.#pending.bytes >= this.#soonBytes) this.#crowded();
      return failure;
    });
    return this.#committing;
  }

  async #write({ wanted: { period, before }, isLimited }: What): Promise<SpoolFailure | undefined> {
    const pending = this.#pending;
    pending.close();
    const wanted = { period, before: Math.min(before, pending.next) };
    let hasLooked = false;
    do {
      const unsettled = (from: number, to: number): SeqRange[] => this.#unsettledIn(from, to);
      const chunks = pending.take(
        wanted,
        MOST_AT_ONCE,
        isLimited ? this.#roomOnDisk : Infinity,
        unsettled,
        this.#mostParts,
      );
      const isShort = chunks.length === 0 && pending.has(wanted);
      if (isShort && hasLooked) return this.#noRoom();
      hasLooked = isShort;
      // oxlint-disable-next-line no-await-in-loop -- one transaction after the other
      const failure = await this.#store(chunks, isShort);
      if (failure) return failure;
    } while (pending.has(wanted));
    this.#problem = undefined;
    this.#retryAt = 0;
    return undefined;
  }

  /** One transaction. @param looks even if nothing is to be written: the storage tells the room that there is now */
  async #store(chunks: readonly Chunk[], looks: boolean): Promise<SpoolFailure | undefined> {
    const last = chunks.at(-1);
    const positions = this.#positions.due(this.#pending.firstFrom(last ? endOf(last) : 0));
    const unsaved = [...this.#lanes.entries()].filter(([, lane]) => !lane.isSaved);
    const since = this.#unsavedSince;
    this.#unsavedSince = Infinity;
    if (!looks && chunks.length + positions.length + unsaved.length === 0) return undefined;
    this.#isForked ||= chunks.some(({ isHoled }) => isHoled);
    const blocks = chunks.map((chunk) => ({ first: chunk.first, count: chunk.count, bytes: this.#blockOf(chunk) }));
    const lanes = unsaved.map(([index, lane]) => {
      lane.isSaved = true;
      return { lane: index, counts: this.#options.counts(index), ...progressIn(lane) };
    });
    const isForked = this.#isForked && !this.#isForkedOnDisk;
    const change = { blocks, lanes, inputs: positions.map(progressOf), ...(isForked && { isForked }) };
    try {
      this.#size = await this.#options.storage.commit(change);
    } catch (error) {
      for (const [, lane] of unsaved) lane.isSaved = lane.isWhole = false;
      this.#unsavedSince = since;
      return diskFailure(error);
    }
    for (const [, lane] of unsaved) lane.isWhole = true;
    this.#isForkedOnDisk ||= isForked;
    this.#positions.saved(positions);
    if (last) this.#pending.drop(endOf(last));
    this.#makeRoom();
    return undefined;
  }

  #fail(failure: SpoolFailure): void {
    this.#retryAt = this.#pending.period + RETRY_AFTER;
    const isNew = this.#problem?.code !== failure.code;
    this.#problem = failure;
    if (isNew) this.#options.failed(failure);
  }

  #noRoom(): SpoolFailure {
    const { maxBytes, reserveBytes } = this.#options;
    const { usedBytes, freeBytes } = this.#size;
    return this.#roomOnDisk === maxBytes - usedBytes
      ? failureOf("SPOOL_FULL", "tooMuch", { usedBytes, maxBytes })
      : failureOf("SPOOL_FULL", "noRoom", { freeBytes, reserveBytes });
  }

  /** Bytes that may still be written. What became free in the files is used again. */
  get #roomOnDisk(): number {
    const { maxBytes, reserveBytes } = this.#options;
    const { usedBytes, fileBytes, freeBytes } = this.#size;
    return Math.min(maxBytes - usedBytes, Math.max(0, fileBytes - usedBytes) + freeBytes - reserveBytes);
  }

  #readMemory(lane: number, from: number, mostBytes: number): Backlog {
    const settled = this.#settledIn(lane);
    const entries: Numbered[] = [];
    let bytes = 0;
    for (const one of this.#pending.from(from)) {
      const entry = settled.has(one.seq) ? undefined : entryFor(one.entry, lane);
      if (!entry) continue;
      if (bytes >= mostBytes) return { entries, lost: [], passed: [], next: one.seq };
      entries.push({ seq: one.seq, entry });
      bytes += entry.headBytes;
    }
    return { entries, lost: [], passed: [], next: this.next };
  }

  /** What some store has not settled. */
  #unsettledIn(from: number, to: number): SeqRange[] {
    const open = this.#lanes.flatMap(({ settled }) => settled.unsettled(from, to));
    const joined: SeqRange[] = [];
    for (const [start, end] of open.toSorted(([a], [b]) => a - b)) {
      const last = joined.at(-1);
      if (!last || start > last[1]) joined.push([start, end]);
      else if (end > last[1]) joined[joined.length - 1] = [last[0], end];
    }
    return joined;
  }

  /** A block; of entries in memory of its own, which is handed over, without the texts that no lane needs. */
  #blockOf({ first, content }: Chunk): Uint8Array {
    if (isPacked(content)) return content;
    const needed = this.#isForked ? withoutUnneeded(content, this.#isNeeded(first)) : content;
    return packBlock(needed, Buffer.allocUnsafeSlow(blockBytes(needed)).buffer);
  }

  /** Of the entries from a number on: whether a store has yet to get one. */
  #isNeeded(first: number): (lane: number, index: number) => boolean {
    return (lane, index) => {
      const { isAgain, settled } = this.#lane(lane);
      return isAgain || !settled.has(first + index);
    };
  }

  /** Whether every store has settled all of these. */
  readonly #isSettled = (from: number, to: number): boolean =>
    this.#lanes.every(({ settled }) => settled.covers(from, to));

  #makeRoom(): void {
    if (!this.#isFull || this.#pending.bytes >= this.#mostPending) return;
    this.#isFull = false;
    this.#room?.resolve();
    this.#room = undefined;
  }

  /** Much waits in memory. */
  #crowded(): void {
    this.#isFull = this.#pending.bytes >= this.#mostPending;
    if (this.#mayBegin) void this.#begin({ wanted: { period: Infinity, before: Infinity }, isLimited: true });
  }

  /** Whoever waits for a commit of everything comes first. */
  get #mayBegin(): boolean {
    return !this.#committing && !this.#queued && this.#pending.period >= this.#retryAt;
  }

  #noteChange(): void {
    if (this.#unsavedSince === Infinity) this.#unsavedSince = this.#pending.period;
    if (!this.#isTicking) this.#startTicking();
  }

  /** With it, the counts on disk are those of the moment at which the last entry on disk was accepted, about. */
  #noteReceived(): void {
    if (this.#receivedAt === this.next) return;
    this.#receivedAt = this.next;
    this.#positions.mark(RECEIVED, this.#options.received(), this.next, this.#pending.period);
  }

  #startTicking(periodAt: number = this.#options.clock.now()): void {
    if (this.#isClosed) return;
    this.#isTicking = true;
    this.#periodAt = periodAt;
    this.#timer = this.#options.clock.setTimeout(() => this.#tick(), this.#options.commitMs / PERIODS);
  }

  /** A period is over, or several where the event loop was busy. */
  #tick(): void {
    const { clock, commitMs } = this.#options;
    const pending = this.#pending;
    this.#noteReceived();
    this.#isTicking = false;
    pending.close();
    const now = clock.now();
    const before = pending.period;
    const over = Math.max(1, Math.floor(((now - this.#periodAt) * PERIODS) / commitMs));
    pending.period += over;
    const due = pending.period - DUE_AFTER;
    const isDue = this.#unsavedSince <= due || pending.has({ period: due, before: Infinity });
    if (isDue && this.#mayBegin) void this.#begin({ wanted: { period: due, before: Infinity }, isLimited: true });
    else if (before < PREPARE_AFTER && pending.period >= PREPARE_AFTER) this.#options.storage.prepare?.();
    if (pending.bytes > 0 || this.#unsavedSince < Infinity || this.#committing)
      this.#startTicking(Math.min(now, this.#periodAt + (over * commitMs) / PERIODS));
  }

  #lane(index: number): Lane {
    return this.#lanes[index] as Lane;
  }

  #settledIn(lane: number): Settled {
    return this.#lane(lane).settled;
  }
}

/** What a store has not settled of these numbers, as far as the blocks have it. */
function backlogOf(lane: number, settled: Settled, blocks: readonly Block[], from: number, next: number): Backlog {
  const entries: Numbered[] = [];
  const lost: SeqRange[] = [];
  const passed: SeqRange[] = [];
  let at = from;
  const pass = (to: number): void => {
    if (to > at) lost.push(...settled.unsettled(at, to));
    at = Math.max(at, to);
  };
  for (const { first, bytes } of blocks) {
    pass(first);
    for (const [index, entry] of unpackBlock(bytes).entries()) {
      const seq = first + index;
      if (seq < at) continue;
      at = seq + 1;
      if (settled.has(seq)) continue;
      const text = entryFor(entry, lane);
      if (text) entries.push({ seq, entry: text });
      else passed.push([seq, at]);
    }
  }
  pass(next);
  return { entries, lost, passed, next };
}

/** So few pages are written whole. */
const FEW_PAGES = 4;

/** What is to be written of what a store has settled. */
function progressIn({ settled, isWhole }: Lane): Pick<LaneChange, "low" | "ranges" | "pages"> {
  const { low } = settled;
  const changed = settled.takeChanged();
  if (!isWhole || settled.pages <= FEW_PAGES) return { low, ranges: settled.ranges() };
  return { low, ranges: [...changed.values()].flat(), pages: [...changed.keys()] };
}

function diskFailure(cause: unknown): SpoolFailure {
  const isFull = (cause as { readonly reason?: unknown } | undefined)?.reason === "full";
  return { ...failureOf(isFull ? "SPOOL_FULL" : "SPOOL_FAILED", "disk", { why: messageOf(cause) }), cause };
}
