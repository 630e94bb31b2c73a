import type { Batch, Clock, DoneReport, Outcome, RunEnd, Store, StoreHooks } from "@cloudmarker/store-api";
import { RetryError, StoreError, UnknownOutcomeError, isStoreError } from "@cloudmarker/store-api";
import { CLOSE_MS } from "../clock.ts";
import { asksToReopen } from "../delivery/answer.ts";
import type { AttemptContext } from "../delivery/attempt.ts";
import { OPEN_FAILED } from "../delivery/fail-fast.ts";
import { messageOf } from "../errors.ts";
import { defaultTap, type TapableHooks } from "../hooks.ts";
import { withTimeout } from "../with-timeout.ts";
import type { InspectedStore } from "./inspection.ts";

/** The store, its hooks, and how it is opened. */
export interface HookedStoreOptions {
  readonly spec: InspectedStore;
  readonly hooks: TapableHooks<StoreHooks>;
  readonly clock: Clock;
  readonly open: () => Store | Promise<Store>;
  /** Called before the store is closed because it asked to be opened again. */
  readonly reopening: () => void;
}

/**
 * A store behind its hooks: each call runs the taps of others first. It is opened when it is needed, and again after a
 * crash, or when it asks for that.
 */
export class HookedStore {
  /** How often its thread ended. */
  crashes = 0;
  /** How often it asked to be opened again. */
  reopenings = 0;
  /** The answer of `done`. */
  report: DoneReport = {};
  readonly #options: HookedStoreOptions;
  #store: Store | undefined;
  #opening: Promise<void> | undefined;
  /** The calls of `write` that did not end. */
  readonly #writes = new Set<Promise<unknown>>();
  /** Settles when what asked to be opened again is closed. */
  #closing: Promise<unknown> | undefined;
  #isAbandoned = false;

  constructor(options: HookedStoreOptions) {
    this.#options = options;
    this.#tapDefaults();
  }

  get isOpen(): boolean {
    return this.#store !== undefined;
  }

  /** Whether what it acknowledges is durable only after a flush. */
  get flushes(): boolean {
    return this.#store?.flush !== undefined;
  }

  /**
   * Opens the store, unless it is open.
   * @throws StoreError
   */
  async open(): Promise<void> {
    if (this.#store) return;
    const { hooks, clock, spec } = this.#options;
    const opening = (this.#opening ??= hooks.open.promise());
    try {
      // Shorter than the time limit of the attempt, so that its records are not in doubt.
      const { timeoutMs } = spec.delivery;
      await withTimeout(opening, Math.max(1, timeoutMs - 1), clock, "open() did not end", timeoutMs);
    } catch (cause) {
      // A store that does not open is blocked, unless its error has another status: the records are not at fault.
      if (isStoreError(cause)) throw cause;
      throw new StoreError("blocked", OPEN_FAILED, messageOf(cause), { cause });
    } finally {
      // If it hangs, the next batch opens the store anew.
      if (this.#opening === opening) this.#opening = undefined;
    }
  }

  /** Opens the store again if it crashed or asked for that. */
  async reopen(): Promise<void> {
    if (this.crashes + this.reopenings > 0) await this.open();
  }

  /** Opens the store if need be, and writes. */
  async write(batch: Batch, { unsettle, ...attempt }: AttemptContext): Promise<readonly Outcome[]> {
    if (!this.#store) {
      await this.open();
      attempt.signal.throwIfAborted();
    }
    const store = this.#store;
    // The thread has ended, or the store was closed. Records that are not durable may be lost: they are not counted,
    // but sent again.
    const mayBeLost = (): boolean => store?.flush !== undefined && store !== this.#store;
    const writing = this.#options.hooks.write.promise(batch, attempt);
    this.#writes.add(writing);
    try {
      const outcomes = await writing;
      if (mayBeLost())
        throw new UnknownOutcomeError("crashed", `${this.#options.spec.key} ended before its answer was counted.`);
      return outcomes;
    } catch (error) {
      if (store && store === this.#store && asksToReopen(error)) this.#retire(store);
      throw error;
    } finally {
      this.#writes.delete(writing);
      if (mayBeLost()) unsettle();
    }
  }

  /** Whether it is well, as its own check says; `undefined` if it has none. */
  async check(): Promise<boolean | undefined> {
    await this.open();
    return (await this.#store?.check?.())?.ok;
  }

  async flush(): Promise<void> {
    const { hooks, spec, clock } = this.#options;
    await withTimeout(hooks.flush.promise(), spec.delivery.timeoutMs, clock, "no answer");
  }

  /** Lets it publish. */
  done(run: RunEnd): Promise<void> {
    return this.#options.hooks.done.promise(run);
  }

  async close(): Promise<void> {
    await this.#store?.close?.();
  }

  /** The run is over. A store that opens later is closed at once: it must not keep the process alive. */
  abandon(): void {
    this.#isAbandoned = true;
  }

  /** Its thread ended. The next batch opens the store again. */
  crashed(): void {
    this.#store = undefined;
    this.crashes += 1;
  }

  /** It asked for it (SC-67): what is open is closed, and the next batch opens the store again. */
  #retire(store: Store): void {
    this.#options.reopening();
    this.#store = undefined;
    this.reopenings += 1;
    const { clock } = this.#options;
    const within = (work: Promise<unknown>): Promise<unknown> =>
      withTimeout(work, CLOSE_MS, clock, "no answer").catch(() => undefined);
    // `close` is the last call. Where a write or `close` itself hangs, the store is opened all the same.
    const others = Promise.allSettled(this.#writes);
    this.#closing = within(others).then(() => within(Promise.resolve(store.close?.())));
  }

  #tapDefaults(): void {
    const { spec, hooks } = this.#options;
    const { open, write, flush, done } = hooks;
    const own = defaultTap(spec.plugin.name);
    open.tapPromise(own, async () => {
      // No turn is taken where nothing closes, or a later batch would be written before the one that opens the store.
      if (this.#closing) await this.#closing;
      const store = await this.#options.open();
      // It opened after its time limit, and it is not needed any more: close it.
      if (this.#store || this.#isAbandoned) return store.close?.();
      this.#store = store;
    });
    write.tapPromise(own, async (batch, attempt) => {
      if (!this.#store) throw new RetryError("crashed", `${spec.key} crashed before it was given the batch.`);
      return (await this.#store.write(batch, attempt)) ?? [];
    });
    flush.tapPromise(own, async () => this.#store?.flush?.());
    done.tapPromise(own, async (run) => {
      this.report = (await this.#store?.done?.(run)) ?? {};
    });
  }
}
