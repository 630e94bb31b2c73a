import type { Failure, StoreReceipt } from "@cloudmarker/store-api";
import { LONGEST_TIMER_MS } from "../../clock.ts";
import { failureOf } from "../../errors/write-error.ts";
import type { LetterFilter, StoredLane } from "../../state/kept-letters.ts";
import type { StoredLetters } from "../../state/storage.ts";
import type { InspectedStore, Inspection } from "../inspection.ts";
import type { RunParts } from "../run-parts.ts";
import type { StoreStats } from "../stats.ts";
import { StoreFactory, type StoreSource } from "../store-factory.ts";
import type { StoreRun } from "../store-run.ts";
import { addReceipts, emptyReceipt } from "./add-receipts.ts";
import { LetterLane } from "./letter-lane.ts";

/** What a {@link Way} needs. */
export interface WayOptions {
  readonly parts: RunParts;
  readonly inspection: Inspection;
  readonly letters: StoredLetters;
  readonly filter: LetterFilter;
  /** The store that gets the letters; undefined where the configuration does not have it. */
  readonly spec: InspectedStore | undefined;
  readonly audit: string;
  /** Key of the store that gets them. */
  readonly key: string;
  /** Their own store is another one. */
  readonly to: string | undefined;
  /** Keys of taps of that store through which the letters have not gone: none of them is sent. */
  readonly untapped: readonly string[];
  /** One for each run, in order. */
  readonly lanes: readonly StoredLane[];
}

/**
 * The way of dead letters to one store. It is opened for each run of which there are some, one after the other, since
 * what a store does with a record depends on the run: the time of records that have none, the names of files.
 */
export class Way {
  readonly #options: WayOptions;
  #receipt: StoreReceipt;
  /** Why nothing is sent. */
  #problem: StoreReceipt["problem"];
  /** Letters of runs whose turn has not come. */
  #waiting: number;
  #current: { readonly store: StoreRun; readonly lane: LetterLane } | undefined;
  /** Milliseconds that are left for it to finish; 0 once it is to end now. */
  #finishMs: number | undefined;
  #ended: Promise<void> = Promise.resolve();

  constructor(options: WayOptions) {
    this.#options = options;
    const { audit, key, spec, lanes, untapped } = options;
    this.#waiting = lanes.reduce((sum, { count }) => sum + count, 0);
    const receipt = emptyReceipt(audit, key, spec?.plugin.name ?? "");
    const facts = { audit, key, letters: this.#waiting };
    if (!spec) this.#problem = failureOf("STORE_UNKNOWN", "missing", facts);
    else if (untapped.length > 0)
      this.#problem = failureOf("LETTERS_UNTAPPED", "untapped", { ...facts, taps: untapped });
    this.#receipt = { ...receipt, ...(this.#problem && { problem: this.#problem }) };
  }

  /** Why letters could not be read: their file is damaged. */
  damage: unknown;

  /** Begins to send. */
  start(): void {
    if (this.#options.spec && !this.#problem) this.#ended = this.#sendEach(this.#options.spec);
  }

  /** Milliseconds after which a store that takes nothing is left alone. */
  get deadlineMs(): number {
    return this.#options.spec?.delivery.deadlineMs ?? 0;
  }

  /** The time is over: what is under way is aborted, and what has not arrived is left. */
  release(): void {
    this.#finishMs = 0;
    this.#current?.store.feed.release();
  }

  /** Stops at once. */
  stop(): void {
    this.#finishMs = 0;
    this.#current?.store.stop();
  }

  /** Resolves when everything has arrived, was refused or is left. */
  async end(): Promise<void> {
    await this.#ended;
  }

  /** Its balance. */
  get receipt(): StoreReceipt {
    const { accepted, spooled } = this.#receipt;
    return { ...this.#receipt, accepted: accepted + this.#waiting, spooled: spooled + this.#waiting };
  }

  /** How far it is. */
  get stats(): StoreStats {
    const stats = this.#current?.store.stats();
    const own = this.#receipt;
    const { problem = stats?.problem } = own;
    return {
      audit: own.audit,
      store: own.store,
      plugin: own.plugin,
      accepted: own.accepted + (this.#current?.lane.total ?? 0) + this.#waiting,
      written: own.written + (stats?.written ?? 0),
      duplicate: own.duplicate + (stats?.duplicate ?? 0),
      deadLettered: own.deadLettered + (stats?.deadLettered ?? 0),
      lost: 0,
      spooled: own.spooled + (stats?.spooled ?? 0) + this.#waiting,
      queued: stats?.queued ?? 0,
      retrying: stats?.retrying ?? 0,
      ...(problem && { problem }),
    };
  }

  async #sendEach(spec: InspectedStore): Promise<void> {
    for (const lane of this.#options.lanes) {
      if (this.#finishMs === 0) return;
      this.#waiting -= lane.count;
      // oxlint-disable-next-line no-await-in-loop -- one run after the other
      await this.#send(spec, lane);
    }
  }

  async #send(spec: InspectedStore, stored: StoredLane): Promise<void> {
    const { parts, inspection, letters, filter, to } = this.#options;
    const { clock } = parts;
    let timer: unknown;
    let isSent = false;
    const watch = (): void => {
      clock.clearTimeout(timer);
      if (isSent) return;
      timer = clock.setTimeout(() => this.release(), Math.min(this.deadlineMs, LONGEST_TIMER_MS));
    };
    const failed = (failure: Failure): void => parts.reports.fail({ audit: spec.audit, store: spec.key, ...failure });
    const damaged = (error: unknown): void => {
      this.damage = error;
      this.release();
    };
    const lane = new LetterLane({ letters, filter, lane: stored, to, now: clock.now, settled: watch, failed, damaged });
    const source: StoreSource = {
      resumed: stored,
      of: { run: stored.run, startedMs: stored.started },
      keptFor: () => ({ journal: lane, lane: 0 }),
      countsOf: () => undefined,
      keep: (refused, isTaken) => lane.refuse(refused, isTaken),
    };
    const factory = new StoreFactory(parts, inspection, { source });
    const store = factory.make(spec);
    this.#current = { store, lane };
    parts.tapStore(store.handle);
    watch();
    store.open();
    store.feed.startBehind(0);
    await store.feed.caughtUp();
    // What was sent last is given the time of a whole deadline, as what was sent before.
    await store.queue.drained();
    isSent = true;
    clock.clearTimeout(timer);
    await store.finish(this.#finishMs ?? this.deadlineMs, { complete: false });
    const unmarked = await lane.finish();
    this.#current = undefined;
    this.#receipt = addReceipts(this.#receipt, balanceOf(store, lane, unmarked));
  }
}

/** The receipt of a store, with what it was given of the letters. */
function balanceOf(store: StoreRun, lane: LetterLane, unmarked: number): StoreReceipt {
  const receipt = { ...store.receipt(), accepted: lane.total };
  if (unmarked === 0) return receipt;
  const { audit, key } = store.handle;
  return { ...receipt, problem: failureOf("LETTERS_UNMARKED", "unmarked", { audit, key, letters: unmarked }) };
}
