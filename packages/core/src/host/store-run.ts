import type {
  Batch,
  Clock,
  DoneReport,
  Outcome,
  PublishReport,
  Remark,
  RunEnd,
  Store,
  StoreContext,
  StoreHandle,
  StoreHooks,
  StoreName,
  StoreReceipt,
  WriteContext,
} from "@cloudmarker/store-api";
import { RetryError, StoreError, UnknownOutcomeError, isStoreError } from "@cloudmarker/store-api";
import type { PluginCalls } from "../border/calls.ts";
import type { Unnamed } from "../delivery/settle.ts";
import { Queue, type QueueOptions } from "../delivery/queue.ts";
import { CLOSE_MS } from "../clock.ts";
import { CloudmarkerError, messageOf } from "../errors.ts";
import { type HookSet, defaultTap } from "../hooks.ts";
import type { InspectedStore } from "./inspection.ts";
import { publishWithin } from "./publishing.ts";
import { type Stamp, makeStamp } from "../records/stamp.ts";
import type { Identity } from "../records/identity.ts";
import type { StoreStats } from "./stats.ts";
import { withTimeout } from "../with-timeout.ts";

/** Time that a store has at least to publish, in milliseconds, also where the deadline has passed (SC-31). */
const PUBLISH_MS = 5_000;

/** The parts of the host that a store run works with. */
export interface StoreRunOptions {
  readonly spec: InspectedStore;
  readonly calls: PluginCalls;
  readonly hooks: HookSet<StoreHooks>;
  readonly context: StoreContext;
  /** For limits: its `now` leaves out the time in which nothing could run. */
  readonly clock: Clock;
  /** What the ids of records are made of; the same for all stores of the audit. */
  readonly identity: Identity;
  readonly random: () => number;
  /** Opens the store of the plugin, or the one that explains. */
  readonly open: (run: Pick<StoreRun, "stamp" | "crashed">) => Store | Promise<Store>;
  readonly deadLetter: QueueOptions["deadLetter"];
  readonly failed: QueueOptions["events"]["failed"];
}

/** One store in one run: its plugin behind hooks, its queue, its part of the receipt. */
export class StoreRun {
  readonly handle: StoreHandle;
  readonly queue: Queue;
  readonly stamp: Stamp;
  readonly #options: StoreRunOptions;
  readonly #name: StoreName;
  #store: Store | undefined;
  #opening: Promise<void> | undefined;
  #crashes = 0;
  /** Records that it had acknowledged when it last made them durable. */
  #durable = 0;
  #isOver = false;
  #isStopped = false;
  /** Settles when the first attempt to open is over. */
  #firstTry: Promise<void> = Promise.resolve();
  readonly #stopped: PromiseWithResolvers<void> = Promise.withResolvers<void>();
  #report: DoneReport = {};
  #problem: StoreReceipt["problem"];
  #openProblem: StoreReceipt["problem"];

  constructor(options: StoreRunOptions) {
    this.#options = options;
    const { spec, hooks, context } = options;
    const { audit, key, plugin, delivery: settings } = spec;
    this.handle = Object.freeze({ audit, key, plugin: plugin.name, hooks: hooks.facade() });
    this.#name = { audit, store: key, plugin: plugin.name };
    this.stamp = makeStamp(
      {
        audit_key: audit,
        audit_version: context.run,
        target_key: key,
        target_class: plugin.className ?? plugin.name,
        target_worker: `${audit}_${key}`,
        target_type: "store",
      },
      options.identity,
    );
    this.queue = new Queue({
      audit,
      key,
      plugin: plugin.name,
      run: context.run,
      settings,
      clock: options.clock,
      calendar: context.clock,
      random: options.random,
      write: (batch, attempt) => this.#write(batch, attempt),
      check: () => this.#check(),
      flush: () => this.#flush(),
      deadLetter: options.deadLetter,
      events: {
        written: (report) => hooks.tapable.written.call({ ...report, ...this.#name }),
        retry: (report) => hooks.tapable.retry.call({ ...report, ...this.#name }),
        blocked: (report) => hooks.tapable.blocked.call({ ...report, ...this.#name }),
        failed: options.failed,
      },
    });
    this.#tapOwn();
  }

  /** Milliseconds that the configuration gives to `done`. */
  get deadlineMs(): number {
    return this.#options.spec.delivery.deadlineMs;
  }

  /** Begins to open the store. A failure is reported once; the next batch tries again. */
  open(): void {
    this.#firstTry = this.#ready().catch((cause: unknown) => {
      const { key, plugin } = this.#options.spec;
      const message = `${key} did not open: ${messageOf(cause)}`;
      this.#options.failed({ code: "STORE_OPEN_FAILED", message, store: key, plugin: plugin.name, cause });
      this.#openProblem = { code: "STORE_OPEN_FAILED", message };
    });
  }

  /** The store's thread ended. The next batch opens the store again. */
  readonly crashed = (cause: Error): void => {
    const { key, plugin } = this.#options.spec;
    const inDoubt = this.#store?.flush ? this.#acknowledged - this.#durable : 0;
    if (inDoubt > 0) {
      const what = `${key} crashed after it had acknowledged ${inDoubt} records and before it had made them durable: some may be missing.`;
      this.#problem ??= { code: "STORE_CRASHED", message: what };
    }
    this.#store = undefined;
    this.#crashes += 1;
    const message = `${key} crashed: ${messageOf(cause)}`;
    this.#options.failed({ code: "STORE_CRASHED", message, store: key, plugin: plugin.name, cause });
  };

  /** Stops now: what is not delivered becomes dead letters, and nothing waits for the store to open. */
  stop(): void {
    this.#isStopped = true;
    this.queue.stop();
    this.#stopped.resolve();
  }

  /**
   * Delivers what it can within `deadlineMs`, lets the store publish, and closes it. Never rejects.
   * @param run what is known of the run before this store's own losses
   */
  async finish(deadlineMs: number, run: RunEnd): Promise<void> {
    const { clock } = this.#options;
    const end = clock.now() + deadlineMs;
    // A store without a record is opened as well, since it has to publish that.
    const opened = Promise.race([this.#firstTry, this.#stopped.promise]);
    await withTimeout(opened, deadlineMs, clock, "no answer").catch(() => {
      const message = `${this.#options.spec.key} did not open before the deadline`;
      this.#openProblem = { code: "STORE_OPEN_FAILED", message };
    });
    await this.queue.finish(Math.max(end - clock.now(), 0));
    const left = Math.max(end - clock.now(), PUBLISH_MS);
    // Records that it took before the crash have yet to be published.
    if (!this.#store && this.#crashes > 0)
      await this.#settle("STORE_DONE_FAILED", "did not open again", () => this.#within(this.#ready(), left));
    if (this.#store) {
      await this.#settle("STORE_DONE_FAILED", "did not publish", () => this.#publish(run, left));
      const close = async (): Promise<void> => this.#store?.close?.();
      await this.#settle("STORE_DONE_FAILED", "did not close", () => this.#within(close(), CLOSE_MS));
    } else {
      // A store that opens later is closed at once: it must not keep the process alive.
      this.#isOver = true;
    }
  }

  /** This store's balance. */
  receipt(deadLetterFile: string): StoreReceipt {
    const counts = this.queue.counts;
    return {
      ...this.#name,
      ...counts,
      spooled: 0,
      notes: [...(this.#report.notes ?? []), ...this.#crashNotes(), ...this.#options.calls.notes],
      remarks: [...(this.#report.remarks ?? []), ...this.#identityRemarks()],
      ...(this.#report.location === undefined ? {} : { location: this.#report.location }),
      ...(counts.deadLettered > 0 ? { deadLetterFile } : {}),
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
      spooled: 0,
      ...this.#currentProblem(),
    };
  }

  /** What is wrong with the store itself, if anything. */
  #currentProblem(): Pick<StoreReceipt, "problem"> {
    const problem = this.#problem ?? this.queue.problem ?? (this.#store ? undefined : this.#openProblem);
    return problem === undefined ? {} : { problem };
  }

  get #acknowledged(): number {
    const { written, duplicate } = this.queue.counts;
    return written + duplicate;
  }

  /** Whether the store has acknowledged every accepted record, and has no problem. */
  get #hasAll(): boolean {
    return this.#acknowledged === this.queue.counts.accepted && this.#problem === undefined;
  }

  #crashNotes(): readonly string[] {
    const count = this.#crashes;
    return count === 0
      ? []
      : [`Its thread crashed ${count === 1 ? "once" : `${count} times`}; the store was opened again.`];
  }

  /** A store in a thread makes ids there, and its report has these remarks. */
  #identityRemarks(): readonly Remark[] {
    const { audit, delivery } = this.#options.spec;
    return delivery.isolation === "thread" ? [] : this.stamp.identity.remarks(audit);
  }

  #tapOwn(): void {
    const { spec, hooks } = this.#options;
    const { open, write, flush, done } = hooks.tapable;
    const own = defaultTap(spec.plugin.name);
    open.tapPromise(own, async () => {
      const store = await this.#options.open(this);
      // It was given up and opened late: close it.
      if (this.#store || this.#isOver) return store.close?.();
      this.#store = store;
    });
    write.tapPromise(own, async (batch, attempt) => {
      if (!this.#store) throw new RetryError("crashed", `${spec.key} crashed before it was given the batch.`);
      return (await this.#store.write(batch, attempt)) ?? [];
    });
    flush.tapPromise(own, async () => this.#store?.flush?.());
    done.tapPromise(own, async (run) => {
      this.#report = (await this.#store?.done?.(run)) ?? {};
    });
  }

  async #write(batch: Batch, attempt: WriteContext): Promise<readonly Outcome[]> {
    if (!this.#store) {
      await this.#ready();
      attempt.signal.throwIfAborted();
    }
    const store = this.#store;
    const outcomes = await this.#options.hooks.tapable.write.promise(batch, attempt);
    // The thread ended right after its answer. Records that are not durable may be lost: they are not counted, but sent
    // again.
    if (store?.flush && store !== this.#store) {
      throw new UnknownOutcomeError("crashed", `${this.#options.spec.key} crashed before its answer was counted.`);
    }
    return outcomes;
  }

  /** Whether it is well, as its own check says; `undefined` where it has none. */
  async #check(): Promise<boolean | undefined> {
    await this.#ready();
    return (await this.#store?.check?.())?.ok;
  }

  async #flush(): Promise<void> {
    if (!this.#store && this.#crashes > 0) await this.#ready();
    if (!this.#store) return;
    const { audit, key: store, plugin, delivery } = this.#options.spec;
    const acknowledged = this.#acknowledged;
    try {
      const flushing = this.#options.hooks.tapable.flush.promise();
      await withTimeout(flushing, delivery.timeoutMs, this.#options.clock, "no answer");
    } catch (cause) {
      const message = `${store} (${plugin.name}) did not flush: ${messageOf(cause)}`;
      throw new CloudmarkerError("STORE_FLUSH_FAILED", message, { cause, store, audit });
    }
    this.#durable = acknowledged;
    if (this.#problem?.code === "STORE_CRASHED")
      throw new CloudmarkerError("STORE_CRASHED", this.#problem.message, { store, audit });
  }

  async #ready(): Promise<void> {
    if (this.#store) return;
    const { hooks, clock, spec } = this.#options;
    const opening = (this.#opening ??= hooks.tapable.open.promise());
    try {
      // Shorter than the time limit of the attempt, so that its records are not in doubt.
      await withTimeout(opening, Math.max(1, spec.delivery.timeoutMs - 1), clock, `${spec.key} did not open`);
    } catch (cause) {
      // A store that does not open is blocked, unless its error has another status: the records are not at fault.
      if (isStoreError(cause)) throw cause;
      throw new StoreError("blocked", "open_failed", messageOf(cause), { cause });
    } finally {
      // If it hangs, the next batch opens the store anew.
      if (this.#opening === opening) this.#opening = undefined;
    }
  }

  #publish(run: RunEnd, ms: number): Promise<void> {
    const { clock, hooks } = this.#options;
    const isStopped = (): boolean => this.#isStopped;
    const report = (made: Unnamed<PublishReport>): void => hooks.tapable.publishing.call({ ...made, ...this.#name });
    const complete = run.complete && this.#hasAll;
    return publishWithin({ ms, clock, isStopped, report }, (end) => hooks.tapable.done.promise({ complete, ...end }));
  }

  #within<T>(work: Promise<T>, ms: number): Promise<T> {
    return withTimeout(work, ms, this.#options.clock, "no answer");
  }

  async #settle(code: string, what: string, work: () => Promise<unknown>): Promise<void> {
    const { spec, failed } = this.#options;
    try {
      await work();
    } catch (cause) {
      const message = `${spec.key} ${what}: ${messageOf(cause)}`;
      this.#problem ??= { code, message };
      failed({ code, message, store: spec.key, plugin: spec.plugin.name, cause });
    }
  }
}
