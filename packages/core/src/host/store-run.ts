import {
  type Clock,
  type Failure,
  type PublishReport,
  type Remark,
  type RunEnd,
  type Store,
  type StoreContext,
  type StoreHandle,
  type StoreHooks,
  type StoreName,
  type StoreReceipt,
  isStoreError,
} from "@cloudmarker/store-api";
import type { PluginCalls } from "../border/calls.ts";
import { CLOSE_MS } from "../clock.ts";
import { Feed, type FeedJournal } from "../delivery/feed.ts";
import { Queue, type QueueOptions } from "../delivery/queue.ts";
import { ALL_ACCEPTED, countsOf, type NotAccepted, type QueueCounts } from "../delivery/tally.ts";
import type { Unnamed } from "../delivery/events.ts";
import { errorOf } from "../errors/error-of.ts";
import type { StoreFacts } from "../errors/stores.ts";
import { failureOf } from "../errors/write-error.ts";
import type { HookSet } from "../hooks.ts";
import type { Identity } from "../records/identity.ts";
import { BoundRecord } from "../records/entry.ts";
import type { Stamp } from "../records/stamp.ts";
import { withTimeout } from "../with-timeout.ts";
import { HookedStore } from "./hooked-store.ts";
import { Undurable } from "./undurable.ts";
import type { InspectedStore } from "./inspection.ts";
import { beforeStores, receiptOf } from "./receipt.ts";
import type { Before } from "./run-meta.ts";
import { publishWithin } from "./publishing.ts";
import { classNameOf, stampOf } from "./stamp-of.ts";
import type { StoreStats } from "./stats.ts";
import type { RecordTaps } from "./tap-tree.ts";

/** Time that a store has at least to publish, in milliseconds, also where the deadline has passed (SC-31). */
const PUBLISH_MS = 5_000;

/** What a person has to know of a run whose process was killed: the journal is written so often. */
export const IN_DOUBT =
  "what it got in the last moments before the run was interrupted is not known, and is in no figure";

const NOT_WAITED_FOR = "It had taken nothing, so the run did not wait for it. With delivery.fail_fast: false it does.";

/** The parts of the host that a store run works with. */
export interface StoreRunOptions {
  readonly spec: InspectedStore;
  readonly calls: PluginCalls;
  readonly hooks: HookSet<StoreHooks>;
  /** The listed taps through which its records go. */
  readonly taps: readonly RecordTaps[];
  readonly context: StoreContext;
  /** For limits: its `now` leaves out the time in which nothing could run. */
  readonly clock: Clock;
  /** What the ids of records are made of; the same for all stores of the audit. */
  readonly identity: Identity;
  readonly random: () => number;
  /** For how long the event loop has had nothing to do, in milliseconds. */
  readonly idleMs: () => number;
  /** Where its records are kept until it has them; undefined where there is no spool. */
  readonly kept: FeedJournal | undefined;
  /** What the journal says that an earlier process of the run counted. */
  readonly counts: QueueCounts | undefined;
  /** Without a journal: what an earlier process of the run left that does not come again. */
  readonly before?: Before | undefined;
  /** With a journal: what an earlier process of the run did last is not in it. */
  readonly isInDoubt?: boolean;
  /** The run is resumed: what it is given comes from the journal, later. */
  readonly isHeld: boolean;
  /** Opens the store of the plugin, or the one that explains. */
  readonly open: (run: Pick<StoreRun, "stamp" | "crashed">) => Store | Promise<Store>;
  readonly deadLetter: QueueOptions["deadLetter"];
  readonly failed: QueueOptions["events"]["failed"];
}

/** One store in one run: its plugin, its queue, its part of the receipt. */
export class StoreRun {
  readonly handle: StoreHandle;
  readonly queue: Queue;
  readonly feed: Feed;
  readonly kept: FeedJournal | undefined;
  /** All through which its records go, after the hooks of the run. */
  readonly taps: readonly RecordTaps[];
  readonly stamp: Stamp;
  readonly #options: StoreRunOptions;
  readonly #name: StoreName;
  readonly #store: HookedStore;
  /** Its receipt in the earlier process. */
  readonly #earlier: StoreReceipt | undefined;
  readonly #undurable: Undurable | undefined;
  /** Records that it had acknowledged when it last made them durable. */
  #durable = 0;
  #isStopped = false;
  /** Without a journal: what is not delivered comes again with the inputs. */
  #comesAgain = false;
  /** Settles when the first attempt to open is over. */
  #firstTry: Promise<void> = Promise.resolve();
  readonly #stopped: PromiseWithResolvers<void> = Promise.withResolvers<void>();
  #problem: StoreReceipt["problem"];
  /** Records that a crash may have lost. */
  #inDoubt = 0;
  #openProblem: StoreReceipt["problem"];
  /** Why the last attempt to write failed, if it did. */
  #lastFailure: StoreReceipt["problem"];

  constructor(options: StoreRunOptions) {
    this.#options = options;
    const { spec, hooks, context, clock, failed, kept, before } = options;
    const { audit, key, plugin, delivery: settings } = spec;
    const { tapable } = hooks;
    this.taps = [...options.taps, tapable];
    this.handle = Object.freeze({ audit, key, plugin: plugin.name, hooks: hooks.facade() });
    this.#name = { audit, store: key, plugin: plugin.name };
    this.#earlier = before?.receipt && receiptOf(before.receipt.stores, { audit, store: key });
    this.stamp = stampOf({ audit, key, className: classNameOf(plugin) }, context.run, options.identity);
    this.#store = new HookedStore({
      spec,
      hooks: tapable,
      clock,
      open: () => options.open(this),
      reopening: this.#doubt,
    });
    this.queue = new Queue({
      audit,
      key,
      plugin: plugin.name,
      run: context.run,
      settings,
      clock,
      calendar: context.clock,
      random: options.random,
      write: (batch, attempt) => this.#store.write(batch, attempt),
      check: () => this.#store.check(),
      flush: () => this.#flush(),
      deadLetter: options.deadLetter,
      events: {
        written: (report) => {
          this.#lastFailure = undefined;
          tapable.written.call({ ...report, ...this.#name });
        },
        retry: (report) => {
          this.#lastFailure = { code: report.code, message: report.reason };
          return tapable.retry.call({ ...report, ...this.#name });
        },
        blocked: (report) => tapable.blocked.call({ ...report, ...this.#name }),
        failed,
      },
      settled:
        kept &&
        ((from, to, isAcknowledged) => {
          if (isAcknowledged && this.#store.flushes) this.#undurable?.add(from, to);
          else kept.journal.settle(kept.lane, from, to);
        }),
      counts: kept ? options.counts : earlierCounts(this.#earlier, before),
    });
    this.kept = kept;
    if (kept) {
      this.#undurable = new Undurable({
        clock,
        flush: () => this.#store.flush(),
        settle: (from, to) => kept.journal.settle(kept.lane, from, to),
        counts: () => this.queue.counts,
      });
    }
    this.feed = new Feed({
      queue: this.queue,
      stamp: this.stamp,
      kept,
      isHeld: options.isHeld,
      queueBytes: settings.queueBytes,
      clock,
      idleMs: options.idleMs,
      failed: (failure) => failed({ ...failure, store: key, plugin: plugin.name }),
    });
  }

  /** What is counted and need not be done again. */
  get counts(): QueueCounts {
    return this.#undurable?.counts ?? this.queue.counts;
  }

  /** Milliseconds that the configuration gives to `done`. */
  get deadlineMs(): number {
    return this.#options.spec.delivery.deadlineMs;
  }

  /** Begins to open the store. A failure is reported once; the next batch tries again. */
  open(): void {
    const { spec } = this.#options;
    this.#firstTry = this.#store.open().catch((cause: unknown) => {
      const failure = failureOf("STORE_OPEN_FAILED", "failed", { key: this.#name.store, cause });
      const { blames = {} } = spec.plugin;
      // The code of the store may tell which param is to blame.
      const isBlamed = isStoreError(cause) && Object.hasOwn(blames, cause.code);
      this.#openProblem = isBlamed ? { code: cause.code, message: failure.message } : failure;
      this.#fail(failure, cause);
    });
  }

  /** The store's thread ended. The next batch opens the store again. */
  readonly crashed = (cause: Error): void => {
    this.#doubt();
    this.#store.crashed();
    this.#fail(failureOf("STORE_CRASHED", "crashed", { key: this.#name.store, cause }), cause);
  };

  /** What the store had acknowledged, and had not made durable, may be lost with what is open now. */
  readonly #doubt = (): void => {
    const inDoubt = this.#store.flushes && !this.kept ? this.#acknowledged - this.#durable : 0;
    if (inDoubt > 0 && !this.#problem) {
      this.#inDoubt = inDoubt;
      this.#problem = failureOf("STORE_CRASHED", "inDoubt", { key: this.#name.store, records: inDoubt });
    }
    this.#undurable?.forget();
  };

  /**
   * The run is about to end: told before anything waits, since it may be stopped then.
   * @param goesOn whether the inputs are read on later, or again where there is no journal
   */
  ending(goesOn: boolean): void {
    this.#comesAgain = goesOn && !this.kept;
  }

  /**
   * Stops now: what is not delivered stays in the journal, or becomes dead letters. Nothing waits for the store to
   * open.
   */
  stop(): void {
    this.#isStopped = true;
    if (this.kept) this.feed.release();
    else if (this.#comesAgain) this.queue.release();
    else this.queue.stop();
    this.#stopped.resolve();
  }

  /**
   * Delivers what it can within `deadlineMs`, lets the store publish, and closes it. Never rejects.
   * @param run what is known of the run before this store's own losses
   * @param hasDeadline whoever ends the run said how long that may take
   */
  async finish(deadlineMs: number, run: RunEnd, hasDeadline = false): Promise<void> {
    const { clock } = this.#options;
    if (!this.#comesAgain && this.#earlier?.readAgain !== undefined && !this.kept)
      this.queue.lose(this.#earlier.readAgain);
    const store = this.#store;
    const end = clock.now() + deadlineMs;
    // A store without a record is opened as well, since it has to publish that.
    const opened = Promise.race([this.#firstTry, this.#stopped.promise]);
    await withTimeout(opened, deadlineMs, clock, "no answer").catch(() => {
      this.#openProblem = failureOf("STORE_OPEN_FAILED", "late", { key: this.#name.store });
    });
    const rest = this.#comesAgain ? { release: () => this.queue.release() } : this.feed.end;
    await this.queue.finish(Math.max(end - clock.now(), 0), { ...rest, hasDeadline });
    const left = Math.max(end - clock.now(), PUBLISH_MS);
    // Records that it took before the crash have yet to be published.
    if (!store.isOpen) await this.#try("notOpened", () => this.#within(store.reopen(), left));
    if (!store.isOpen) return store.abandon();
    this.#undurable?.end();
    const publish = (): Promise<void> => this.#publish(run, left);
    await this.#try("notPublished", () => this.#undurable?.during(publish) ?? publish());
    await this.#try("notClosed", () => this.#within(store.close(), CLOSE_MS));
  }

  /** This store's balance. @param before what did not come as far as its taps */
  receipt(before: NotAccepted = ALL_ACCEPTED): StoreReceipt {
    const { counts } = this;
    return {
      ...this.#name,
      ...counts,
      filtered: counts.filtered + before.filtered,
      rejected: counts.rejected + before.rejected,
      spooled: this.#spooled,
      ...(this.#comesAgain && this.#spooled > 0 && { readAgain: this.#spooled }),
      ...(this.#options.before && !this.#earlier && { uncounted: true }),
      notes: [
        ...(this.#earlier?.notes ?? []),
        ...(this.#options.isInDoubt ? [IN_DOUBT] : []),
        ...(this.#store.report.notes ?? []),
        ...this.#crashNotes(),
        ...(this.queue.failedFast ? [NOT_WAITED_FOR] : []),
        ...this.#options.calls.notes,
      ],
      remarks: [...(this.#store.report.remarks ?? []), ...this.#identityRemarks()],
      ...(this.#store.report.location === undefined ? {} : { location: this.#store.report.location }),
      ...this.#whyKept(),
      ...this.#currentProblem(),
    };
  }

  /** How far it is. */
  stats(): StoreStats {
    const { accepted, written, duplicate, deadLettered, lost } = this.queue.counts;
    return {
      ...this.#name,
      accepted,
      written,
      duplicate,
      deadLettered,
      lost,
      ...this.queue.waiting,
      spooled: this.#spooled,
      ...this.#currentProblem(),
    };
  }

  /** Dead-letters what the journal could not write. */
  async giveUpUnsaved(code: string, why: string): Promise<void> {
    if (!this.kept) return;
    const { journal, lane } = this.kept;
    const records = journal.unsaved(lane).map(({ seq, entry }) => {
      return { record: new BoundRecord(entry, this.stamp), place: seq };
    });
    await this.queue.giveUp(records, code, `it was not delivered in time, and could not be kept: ${why}`);
  }

  /** Records that are in the journal alone, or come again. */
  get #spooled(): number {
    if (this.#comesAgain) {
      const { accepted, written, duplicate, deadLettered, lost } = this.queue.counts;
      return accepted - written - duplicate - deadLettered - lost;
    }
    return this.kept ? this.kept.journal.unsettled(this.kept.lane) - this.queue.waiting.queued : 0;
  }

  /** What is wrong with the store itself, if anything. */
  #currentProblem(): Pick<StoreReceipt, "problem"> {
    const problem = this.#problem ?? this.queue.problem ?? (this.#store.isOpen ? undefined : this.#openProblem);
    return problem === undefined ? {} : { problem };
  }

  /** Why it has not got what is kept for it. */
  #whyKept(): Pick<StoreReceipt, "problem"> {
    return this.#lastFailure && this.#spooled > 0 ? { problem: this.#lastFailure } : {};
  }

  get #acknowledged(): number {
    const { written, duplicate } = this.queue.counts;
    return written + duplicate;
  }

  /** Whether the store has acknowledged every accepted record, and has no problem. */
  get #hasAll(): boolean {
    const { accepted, rejected } = this.queue.counts;
    return this.#acknowledged === accepted && rejected === 0 && this.#problem === undefined;
  }

  #crashNotes(): readonly string[] {
    const { crashes, reopenings } = this.#store;
    return [
      ...(crashes > 0 ? [`Its thread crashed ${times(crashes)}; the store was opened again.`] : []),
      ...(reopenings > 0 ? [`It asked ${times(reopenings)} to be closed and opened again.`] : []),
    ];
  }

  /** A store in a thread makes ids there, and its report has these remarks. */
  #identityRemarks(): readonly Remark[] {
    const { audit, delivery } = this.#options.spec;
    return delivery.isolation === "thread" ? [] : this.stamp.identity.remarks(audit);
  }

  async #flush(): Promise<void> {
    if (!this.#store.isOpen) await this.#store.reopen();
    if (!this.#store.isOpen) return;
    const { audit, store, plugin } = this.#name;
    const acknowledged = this.#acknowledged;
    const flush = (): Promise<void> => this.#store.flush();
    await (this.#undurable?.during(flush) ?? flush()).catch((cause: unknown) => {
      throw errorOf("STORE_FLUSH_FAILED", "one", { key: store, plugin, cause }, { cause, store, audit });
    });
    this.#durable = acknowledged;
    if (this.#inDoubt > 0)
      throw errorOf("STORE_CRASHED", "inDoubt", { key: store, records: this.#inDoubt }, { store, audit });
  }

  #publish(run: RunEnd, ms: number): Promise<void> {
    const { clock, hooks } = this.#options;
    const isStopped = (): boolean => this.#isStopped;
    const report = (made: Unnamed<PublishReport>): void => hooks.tapable.publishing.call({ ...made, ...this.#name });
    const complete = run.complete && this.#hasAll;
    return publishWithin({ ms, clock, isStopped, report }, (end) => this.#store.done({ complete, ...end }));
  }

  #within<T>(work: Promise<T>, ms: number): Promise<T> {
    return withTimeout(work, ms, this.#options.clock, "no answer");
  }

  /** Does one step of the end. If it fails, the store has a problem, and the next step is done all the same. */
  async #try(kind: keyof StoreFacts["STORE_DONE_FAILED"], work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (cause) {
      const problem = failureOf("STORE_DONE_FAILED", kind, { key: this.#name.store, cause });
      this.#fail(problem, cause);
      this.#problem ??= problem;
    }
  }

  #fail(failure: Pick<Failure, "code" | "message">, cause: unknown): void {
    const { store, plugin } = this.#name;
    this.#options.failed({ ...failure, store, plugin, cause });
  }
}

/** What a store counted in an earlier process, if that was not killed. */
function earlierCounts(earlier: StoreReceipt | undefined, before: Before | undefined): QueueCounts | undefined {
  return earlier && before?.counts && countsOf(earlier, beforeStores(before.counts));
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}
