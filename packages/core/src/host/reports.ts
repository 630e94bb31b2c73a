import type { Failure, Logger } from "@cloudmarker/store-api";
import type { PluginCalls } from "../border/calls.ts";
import { failureOf } from "../errors/write-error.ts";
import { createMask, type Mask } from "../masking/mask.ts";

/** A standstill of at least so many milliseconds is reported. */
const LONG_STANDSTILL_MS = 5_000;

/** Where a run reports what is wrong. */
export interface ReportsOptions {
  readonly logger: Logger;
  readonly now: () => number;
  /** The hook `failed`. */
  readonly failed: (failure: Failure) => void;
}

/** The failures and warnings of a run, with every secret masked. */
export class Reports {
  /** What is unusual about the configuration. */
  readonly warnings: string[] = [];
  readonly #options: ReportsOptions;
  readonly #calls: PluginCalls[] = [];
  /** Failures that are already in the log: a tap that fails for every record makes one line, not a million. */
  readonly #logged = new Set<string>();
  #mask: Mask = createMask([]);
  #isLogBroken = false;

  constructor(options: ReportsOptions) {
    this.#options = options;
  }

  /** Masks every secret that is known by now, in the texts of all stores and taps. */
  readonly mask: Mask = (text) => this.#mask(text);

  /** From now on masks the secrets of this mask. */
  learn(mask: Mask): void {
    this.#mask = mask;
  }

  /** Names the plugin of these calls if nothing can run while one of them is under way. */
  watch(calls: PluginCalls): PluginCalls {
    this.#calls.push(calls);
    return calls;
  }

  /** Reports something unusual that does no harm. */
  readonly warn = (message: string): void => {
    this.warnings.push(message);
    this.#options.logger.warn(message);
  };

  /** Reports an error that does not stop the host. */
  readonly fail = (told: Failure): void => {
    // The message about a wrong answer may contain a part of it.
    const failure = { ...told, message: this.mask(told.message) };
    const { code, plugin, hook, store, audit, message } = failure;
    const once = `${code} ${plugin} ${hook} ${store} ${audit}`;
    if (!this.#logged.has(once)) {
      this.#logged.add(once);
      const name = { ...(audit !== undefined && { audit }), ...(store !== undefined && { store }) };
      this.#options.logger.error(message, { code, ...name, ...(plugin !== undefined && { plugin }) });
    }
    // A tap of `failed` that throws is itself reported as a failure: that must not go on without end.
    if (failure.hook !== "host.hooks.failed") this.#options.failed(failure);
  };

  /** The logger threw. Reported once. */
  logFailed(cause: unknown): void {
    if (this.#isLogBroken) return;
    this.#isLogBroken = true;
    this.fail({ ...failureOf("LOGGER_FAILED", "failed", { cause }), cause });
  }

  /** Nothing could run for so many milliseconds. If a store is known to have caused it, its own report says so. */
  stoodStill(ms: number): void {
    const { logger, now } = this.#options;
    const since = now() - ms;
    if (ms < LONG_STANDSTILL_MS || this.#calls.some((calls) => calls.blockedSince(since))) return;
    const underWay = this.#calls.flatMap((calls) => calls.since(since));
    const what = `Nothing could run for ${Math.round(ms / 1000)} s: the process was frozen, or its code blocked the event loop.`;
    const who = underWay.length === 0 ? "" : ` Under way: ${underWay.join(", ")}.`;
    logger.warn(`${what} Time limits are extended by that time.${who}`);
  }
}
