import type { Failure, Receipt, StoreReceipt } from "@cloudmarker/store-api";
import type { FeedJournal } from "../delivery/feed.ts";
import type { DeliverySettings } from "../delivery/settings.ts";
import { type NotAccepted, type QueueCounts, Tally, TAPS_MISSING } from "../delivery/tally.ts";
import { isCloudmarkerError, messageOf } from "../errors.ts";
import { failureOf } from "../errors/write-error.ts";
import { Journal } from "../state/journal.ts";
import type { LazyJournal } from "../state/lazy-journal.ts";
import type { Forked } from "../state/fork.ts";
import { ENTRY_BYTES } from "../state/pending.ts";
import type { SpoolSettings } from "../state/settings.ts";
import type { Storage } from "../state/storage.ts";
import type { JournalSize } from "../state/stored.ts";
import type { InspectedStore } from "./inspection.ts";
import { type Completeness, copyOf, receiptOf } from "./receipt.ts";
import type { Resumed } from "./resumed.ts";
import { type EndOfIntake, type KeptStore, laneOf, type RunMeta } from "./run-meta.ts";
import type { RunParts } from "./run-parts.ts";
import type { StoreRun } from "./store-run.ts";
import type { OtherLanes } from "./tap-tree.ts";
import { counted } from "../grouped.ts";

/** After an error of the disk a commit that must be is tried again so many milliseconds later. */
const AGAIN_MS = 1000;

/** Before the journal was made, the disk is taken to be as large as it has to be. */
export const UNKNOWN_SIZE: JournalSize = { usedBytes: 0, fileBytes: 0, freeBytes: Infinity };

/** What a {@link Spool} needs. */
export interface SpoolOptions {
  readonly parts: RunParts;
  readonly settings: SpoolSettings;
  /** The stores of this process. */
  readonly specs: readonly InspectedStore[];
  readonly meta: RunMeta;
  readonly storage: Storage;
  readonly stored: LazyJournal;
  readonly resumed: Resumed | undefined;
}

/** What of one run is kept on disk: the journal, as the host uses it. */
export class Spool {
  readonly journal: Journal;
  readonly resumed: Resumed | undefined;
  readonly #options: SpoolOptions;
  /** By lane; undefined where the configuration has the store no more. */
  readonly #stores: (StoreRun | undefined)[] = [];
  /**
   * By lane: stores that the configuration has no more, and whose taps are not there. They get nothing of what comes.
   */
  readonly #untapped = new Map<number, Tally>();
  /** Of the known entries from this number on, those that were not on disk come when the inputs are read on. */
  #missingFrom: number;
  /** What was known was not all read again. */
  #isCutShort = false;
  /** What waits for the disk is being written or given up. */
  #clearing: Promise<void> | undefined;

  constructor(options: SpoolOptions) {
    this.#options = options;
    const { parts, settings, specs, meta, stored, resumed } = options;
    this.resumed = resumed;
    this.#missingFrom = resumed?.isLater === true ? 0 : Infinity;
    const { size = UNKNOWN_SIZE } = resumed ?? {};
    this.journal = new Journal({
      storage: stored,
      size: { ...size, freeBytes: Math.min(size.freeBytes, parts.freeBytes ?? Infinity) },
      clock: parts.plainClock,
      lanes: meta.stores.map(({ audit, key }, lane) => {
        const spec = specs.find((one) => one.audit === audit && one.key === key);
        const isAgain = spec?.plugin.supports.durable === true;
        return { ...(resumed?.lanes[lane] ?? { low: 0, ranges: [] }), isAgain };
      }),
      next: resumed?.next ?? 0,
      gapsComeLater: resumed?.isLater === true,
      commitMs: settings.commitMs,
      maxBytes: settings.maxBytes,
      reserveBytes: settings.reserveBytes,
      queuedBytes: specs.reduce((sum, { delivery }) => sum + queuedBytes(delivery), 0),
      counts: (lane) => this.#stores[lane]?.counts ?? this.#countsOfOther(lane),
      received: () => ({ counts: copyOf(parts.intake.counts) }),
      failed: (failure) => parts.reports.fail(failure),
    });
  }

  /** What was known has not all been read again yet. */
  get isShort(): boolean {
    const { resumed, journal } = this;
    return resumed?.rereads === true && journal.next < resumed.end;
  }

  /** Where the records of a store are kept; undefined where they are not. */
  keptFor(spec: InspectedStore): FeedJournal | undefined {
    const lane = laneOf(this.#options.meta.stores, spec);
    return lane === -1 ? undefined : { journal: this.journal, lane };
  }

  /** What an earlier process counted for a store. */
  countsOf(kept: FeedJournal | undefined): QueueCounts | undefined {
    return kept && this.resumed?.countsOf(kept.lane);
  }

  /** The stores of this process. */
  start(stores: readonly StoreRun[]): void {
    for (const store of stores) if (store.kept) this.#stores[store.kept.lane] = store;
    const { resumed } = this;
    for (const lane of this.#otherLanes) {
      const counts = resumed?.countsOf(lane);
      if (counts && this.#tapsOf(lane).length > 0) this.#untapped.set(lane, Tally.from(counts));
    }
    if (resumed && (!resumed.rereads || resumed.next === resumed.end)) this.#startFeeds(resumed);
  }

  /** The stores that the configuration has no more. */
  get others(): OtherLanes {
    const withheld = [...this.#untapped.keys()];
    return { whole: this.#otherLanes.filter((lane) => !withheld.includes(lane)), withheld };
  }

  /** Takes what the stores get of a record. @returns its number */
  accept(entry: Forked): number {
    const { resumed, journal } = this;
    if (!resumed) return journal.accept(entry);
    const seq = journal.next;
    const isBefore = resumed.rereads && seq < resumed.end;
    if (isBefore && resumed.isKnown(seq)) journal.skip();
    else journal.accept(entry);
    for (const [lane, counts] of this.#untapped) if (!this.isDecided(lane, seq)) this.#withhold(lane, counts, seq);
    if (isBefore && journal.next === resumed.end) void this.#reread(resumed);
    return seq;
  }

  /**
   * A version that gave no number to what taps drop has numbered the records that are read again now: each has to get
   * the number that it had.
   */
  get numbersLeft(): boolean {
    return this.resumed?.numbersLeft === true && this.isShort;
  }

  #withhold(lane: number, counts: Tally, seq: number): void {
    counts.lose(1, TAPS_MISSING);
    this.journal.settle(lane, seq, seq + 1);
  }

  /** Whether an earlier process has decided what becomes of a record for a store. */
  isDecided(lane: number, seq: number): boolean {
    return this.resumed?.rereads === true && this.resumed.isDecided(lane, seq);
  }

  /** Resolves when producers can go on; at once if they can. */
  async room(): Promise<void> {
    const { journal } = this;
    if (!journal.full) return;
    if (this.#options.settings.whenFull === "dead_letter") void (this.#clearing ??= this.#clear());
    await journal.room();
  }

  /**
   * Nothing more comes in: what was not read again does not come any more, unless the inputs are read on later.
   */
  endIntake(goesOn: boolean): void {
    const { resumed, journal } = this;
    if (!resumed || !this.isShort) return;
    this.#isCutShort = true;
    const from = journal.next;
    // An earlier process had received them.
    this.#options.parts.intake.counts.received += resumed.end - from;
    if (goesOn) this.#missingFrom = from;
    while (journal.next < resumed.end) {
      journal.skip();
      for (const store of this.#stores) store?.queue.count();
    }
    // What is missing on disk is not lost: it comes when the inputs are read on.
    if (goesOn) for (const store of this.#stores) store?.feed.release();
    else {
      this.#loseMissing(resumed, from);
      void this.#reread(resumed);
    }
  }

  /** What was to be read again and did not come is lost at once: its store may be away when it is looked for. */
  #loseMissing(resumed: Resumed, from: number): void {
    const { journal } = this;
    for (const store of this.#stores) {
      if (!store?.kept) continue;
      const { lane } = store.kept;
      for (const [start, end] of resumed.missingIn(journal.unsettledRanges(lane, from))) {
        store.queue.lose(end - start);
        journal.settle(lane, start, end);
      }
    }
  }

  /**
   * Writes what is left once the stores have finished. What cannot be written becomes dead letters, unless it comes
   * again. Never rejects.
   * @param goesOn whether the inputs are read on later, from a place before everything that is not written
   */
  async settle(goesOn: boolean): Promise<void> {
    const { journal } = this;
    const isLeft = this.#stores.some((store) => store?.kept && journal.unsettled(store.kept.lane) > 0);
    if (!isLeft) return;
    try {
      await journal.commit();
    } catch (error) {
      if (goesOn) return;
      const [code, why] = [letterCode(error), messageOf(error)];
      await Promise.all(this.#stores.map((store) => store?.giveUpUnsaved(code, why)));
    }
  }

  /** The receipt of a store, with what comes when the inputs are read on. */
  withReadAgain(receipt: StoreReceipt): StoreReceipt {
    const { resumed, journal } = this;
    const lane = laneOf(this.#options.meta.stores, { audit: receipt.audit, key: receipt.store });
    if (lane === -1) return receipt;
    const missing = resumed?.missing(journal.unsettledRanges(lane, this.#missingFrom)) ?? 0;
    const readAgain = journal.unsaved(lane).length + missing;
    return readAgain > 0 ? { ...receipt, readAgain } : receipt;
  }

  /**
   * The receipts of the stores of the run that this process does not have: they have got everything, or the
   * configuration has them no more, which is told.
   * @param stores the receipts of those that it has
   * @param before what did not come as far as the taps of the stores
   */
  earlierReceipts(stores: readonly StoreReceipt[], before: NotAccepted): StoreReceipt[] {
    const { meta, parts } = this.#options;
    const earlier = (this.resumed?.meta.end?.receipts ?? [])
      .filter((one) => !receiptOf(stores, one))
      .map((one) => this.#asCounted(one, before));
    const left = this.#leftBehind.flatMap((lane): StoreReceipt[] => {
      const { audit, key: store, plugin } = meta.stores[lane] as KeptStore;
      const counts = this.#countedFor(lane, before);
      if (!counts) return [];
      const note = leftBehind(store, counts.spooled, this.#withheldFrom(lane), this.#tapsOf(lane));
      parts.reports.warn(note);
      const told = receiptOf(earlier, { audit, store });
      const known = told ?? { audit, store, plugin, ...counts, notes: [], remarks: [] };
      return [{ ...known, notes: [...new Set([...known.notes, note])] }];
    });
    return [...earlier.filter((one) => !receiptOf(left, one)), ...left];
  }

  /**
   * Writes how the intake ended, if something is left. Never rejects.
   * @param goesOn whether the inputs are read on later
   */
  async end(receipt: Receipt, end: Completeness, goesOn: boolean): Promise<void> {
    const { stored, meta, parts } = this.#options;
    const isDone = receipt.stores.every(({ spooled }) => spooled === 0);
    if (isDone || goesOn) return;
    const ending: EndOfIntake = { ...end, receipts: receipt.stores, counts: parts.intake.counts };
    const mended = this.resumed?.rereads === true && !this.#isCutShort && end.complete;
    await stored.commit({ meta: { ...meta, end: ending }, mended }).catch((error: unknown) => {
      parts.reports.fail(spoolFailure(error));
    });
  }

  /**
   * Closes the files, or removes them if nothing is left. Never rejects.
   * @param stays whether they stay even then
   * @returns whether something is left
   */
  async close(stays: boolean): Promise<boolean> {
    const { storage, stored, parts } = this.#options;
    try {
      await this.journal.close({ ended: !stays });
    } catch (error) {
      parts.reports.fail(spoolFailure(error));
    } finally {
      await storage.close();
    }
    return stays || (stored.isMade && !this.journal.isDone);
  }

  /**
   * Makes room: writes what waits for the disk, or gives up what cannot be written of the stores that are behind.
   * Never rejects.
   */
  async #clear(): Promise<void> {
    try {
      await this.journal.commit();
    } catch (error) {
      const [code, why] = [letterCode(error), `it could not be kept until the store takes it: ${messageOf(error)}`];
      for (const store of this.#stores) void store?.feed.giveUp(code, why);
    } finally {
      this.#clearing = undefined;
    }
  }

  /** A receipt of an earlier process, with what the journal has counted since. */
  #asCounted(receipt: StoreReceipt, before: NotAccepted): StoreReceipt {
    const lane = laneOf(this.#options.meta.stores, { audit: receipt.audit, key: receipt.store });
    if (lane === -1) return receipt;
    const { readAgain: _readAgain, ...known } = receipt;
    return { ...known, ...this.#countedFor(lane, before) };
  }

  /** What is counted for a store that this process does not have; undefined where the run is new. */
  #countedFor(lane: number, before: NotAccepted): (QueueCounts & Pick<StoreReceipt, "spooled">) | undefined {
    const { journal } = this;
    const counts = this.#countsOfOther(lane);
    return (
      counts && {
        ...counts,
        accepted: journal.next - counts.filtered - counts.rejected,
        filtered: counts.filtered + before.filtered,
        rejected: counts.rejected + before.rejected,
        spooled: journal.unsettled(lane),
      }
    );
  }

  #countsOfOther(lane: number): QueueCounts | undefined {
    return this.#untapped.get(lane)?.snapshot() ?? this.resumed?.countsOf(lane);
  }

  /** How many records a store that the configuration has no more does not get, since its taps are not there. */
  #withheldFrom(lane: number): number {
    return (this.#untapped.get(lane)?.lost ?? 0) - (this.resumed?.countsOf(lane)?.lost ?? 0);
  }

  #tapsOf(lane: number): readonly string[] {
    return this.#options.meta.stores[lane]?.taps ?? [];
  }

  /** Lanes of stores that the configuration has no more. */
  get #otherLanes(): number[] {
    return [...this.#options.meta.stores.keys()].filter((lane) => !this.#stores[lane]);
  }

  /** Those of them for which something is left, or that did not get something. */
  get #leftBehind(): number[] {
    return this.#otherLanes.filter((lane) => this.journal.unsettled(lane) > 0 || this.#withheldFrom(lane) > 0);
  }

  /**
   * What was known is read again. What of it was not on disk is in memory, and on disk it is in order. No store gets
   * anything before that, so that no limit may stand in the way.
   */
  async #reread(resumed: Resumed): Promise<void> {
    const { clock, signal } = this.#options.parts;
    for (;;) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- until it succeeds
        await this.journal.commitBefore(resumed.end);
        return this.#startFeeds(resumed);
      } catch {
        // The journal has told it.
        if (signal.aborted) return;
        // oxlint-disable-next-line no-await-in-loop -- until it succeeds
        await new Promise<void>((resolve) => void clock.setTimeout(resolve, AGAIN_MS));
      }
    }
  }

  #startFeeds(resumed: Resumed): void {
    for (const store of this.#stores) if (store?.kept) store.feed.startBehind(resumed.lanes[store.kept.lane]?.low ?? 0);
  }
}

/** What a queue may hold: the texts of its records, and about as much as the rest of them takes. */
function queuedBytes({ queueBytes, queueRecords }: DeliverySettings): number {
  return queueBytes + Math.min(queueBytes, queueRecords * ENTRY_BYTES);
}

/** The code of what becomes a dead letter since it cannot be kept. */
function letterCode(error: unknown): string {
  return isCloudmarkerError(error) && error.code === "SPOOL_FULL" ? "spool_full" : "spool_failed";
}

/** A failure of the disk, as it is reported. */
export function spoolFailure(error: unknown): Failure {
  if (isCloudmarkerError(error)) return { code: error.code, message: error.message, cause: error };
  return { ...failureOf("SPOOL_FAILED", "disk", { why: messageOf(error) }), cause: error };
}

/**
 * What a person has to know of a store that the configuration has no more.
 * @param records that stay for it
 * @param withheld that it does not get
 */
function leftBehind(store: string, records: number, withheld: number, taps: readonly string[]): string {
  const gone = `${store} is not in the configuration`;
  const stay = `${counted(records, "record")} ${records === 1 ? "stays" : "stay"}`;
  const left = records === 0 ? "" : `: ${stay} in the journal. Put it back, or name the old file with -c`;
  if (withheld === 0) return `${gone}${left}.`;
  const read = `${counted(withheld, "record")} that ${withheld === 1 ? "was" : "were"} read on meanwhile`;
  return `${gone}${left}. It gets none of the ${read}: its taps (${taps.join(", ")}) are not there.`;
}
