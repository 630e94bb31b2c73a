import {
  AsyncSeriesBailHook,
  AsyncSeriesHook,
  AsyncSeriesWaterfallHook,
  SyncBailHook,
  SyncHook,
  SyncWaterfallHook,
} from "tapable";
import type {
  Batch,
  BatchReport,
  BlockedReport,
  DeadLetter,
  Failure,
  HostHooks,
  Outcome,
  PluginRequest,
  Problem,
  PublishReport,
  Receipt,
  RecordValue,
  RetryReport,
  RunEnd,
  StoreEntry,
  StoreHandle,
  TapHost,
  WriteContext,
} from "@cloudmarker/store-api";
import { type GuardContext, guardAsync, guardSync } from "./guard.ts";

/** One line of the hooks table. */
export interface HookRow {
  readonly hook: string;
  readonly type: string;
  readonly when: string;
}

/** Every hook, its type and when it runs: the table of the documentation, and what the guards are installed from. */
export const HOOK_TABLE: readonly HookRow[] = [
  {
    hook: "host.hooks.config",
    type: "AsyncSeriesWaterfall",
    when: "once: rewrite the configuration before it is checked",
  },
  {
    hook: "host.hooks.resolve",
    type: "AsyncSeriesBail",
    when: "once per plugin name: answer with a plugin before the host looks for a package",
  },
  { hook: "host.hooks.validate", type: "AsyncSeries", when: "once per store: push problems with its params" },
  { hook: "host.hooks.store", type: "Sync", when: "once per store: tap its hooks here" },
  {
    hook: "host.hooks.record",
    type: "SyncWaterfall",
    when: "per record: enrich or redact; if a tap throws, the record is rejected",
  },
  { hook: "host.hooks.filter", type: "SyncBail", when: "per record: `false` drops it, counted as filtered" },
  {
    hook: "host.hooks.deadLetter",
    type: "AsyncSeriesBail",
    when: "records were given up: `true` takes care of them in place of the dead-letter file",
  },
  { hook: "host.hooks.done", type: "AsyncSeries", when: "once: the receipt" },
  { hook: "host.hooks.failed", type: "Sync", when: "an error that did not stop the host" },
  { hook: "store.hooks.open", type: "AsyncSeries", when: "the store is opened, again if that failed" },
  {
    hook: "store.hooks.write",
    type: "AsyncSeriesBail",
    when: "per batch and attempt: outcomes answer in place of the store",
  },
  { hook: "store.hooks.flush", type: "AsyncSeries", when: "a checkpoint: what was acknowledged is made durable" },
  { hook: "store.hooks.done", type: "AsyncSeries", when: "once: the store publishes" },
  { hook: "store.hooks.written", type: "Sync", when: "a batch was written at least in part" },
  {
    hook: "store.hooks.retry",
    type: "SyncBail",
    when: "an attempt failed: return other milliseconds to wait, or `false` to give up",
  },
  { hook: "store.hooks.blocked", type: "Sync", when: "the store pauses: configuration, credentials, TLS or address" },
  { hook: "store.hooks.publishing", type: "Sync", when: "a store says that it made a step in publishing" },
];

/** Order of the host's own taps: after everybody else's. */
export const OWN_STAGE = 100;

/** The tapable hooks behind {@link HostHooks}. */
export interface HostHookSet {
  readonly config: AsyncSeriesWaterfallHook<[Record<string, unknown>]>;
  readonly resolve: AsyncSeriesBailHook<[PluginRequest], unknown>;
  readonly validate: AsyncSeriesHook<[StoreEntry, Problem[]]>;
  readonly store: SyncHook<[StoreHandle]>;
  readonly record: SyncWaterfallHook<[RecordValue]>;
  readonly filter: SyncBailHook<[RecordValue], boolean>;
  readonly deadLetter: AsyncSeriesBailHook<[readonly DeadLetter[]], true>;
  readonly done: AsyncSeriesHook<[Receipt]>;
  readonly failed: SyncHook<[Failure]>;
}

/** The tapable hooks behind {@link StoreHooks}. */
export interface StoreHookSet {
  readonly open: AsyncSeriesHook<[]>;
  readonly write: AsyncSeriesBailHook<[Batch, WriteContext], readonly Outcome[]>;
  readonly flush: AsyncSeriesHook<[]>;
  readonly done: AsyncSeriesHook<[RunEnd]>;
  readonly written: SyncHook<[BatchReport]>;
  readonly retry: SyncBailHook<[RetryReport], number | false>;
  readonly blocked: SyncHook<[BlockedReport]>;
  readonly publishing: SyncHook<[PublishReport]>;
}

/** Creates the hooks of a host, guarded and frozen. */
export function createHostHooks(context: GuardContext): HostHookSet {
  return guardAll("host", context, {
    config: new AsyncSeriesWaterfallHook(["config"]),
    resolve: new AsyncSeriesBailHook(["request"]),
    validate: new AsyncSeriesHook(["entry", "problems"]),
    store: new SyncHook(["store"]),
    record: new SyncWaterfallHook(["record"]),
    filter: new SyncBailHook(["record"]),
    deadLetter: new AsyncSeriesBailHook(["letters"]),
    done: new AsyncSeriesHook(["receipt"]),
    failed: new SyncHook(["failure"]),
  });
}

/** Creates the hooks of one store, guarded and frozen. */
export function createStoreHooks(context: GuardContext): StoreHookSet {
  return guardAll("store", context, {
    open: new AsyncSeriesHook([]),
    write: new AsyncSeriesBailHook(["batch", "context"]),
    flush: new AsyncSeriesHook([]),
    done: new AsyncSeriesHook(["run"]),
    written: new SyncHook(["report"]),
    retry: new SyncBailHook(["report"]),
    blocked: new SyncHook(["report"]),
    publishing: new SyncHook(["report"]),
  });
}

function guardAll<T extends object>(owner: "host" | "store", context: GuardContext, hooks: T): Readonly<T> {
  for (const [name, hook] of Object.entries(hooks)) {
    const hookName = `${owner}.hooks.${name}`;
    if (isSync(hookName)) guardSync(hook, hookName, context, name === "record");
    else guardAsync(hook, hookName, context);
  }
  return Object.freeze(hooks);
}

function isSync(hookName: string): boolean {
  return HOOK_TABLE.some((row) => row.hook === hookName && row.type.startsWith("Sync"));
}

/**
 * The host as the tap called `plugin` sees it: it can tap and nothing else, and its name stands in every report, whatever name it
 * gives to its taps.
 */
export function tapHostFor(plugin: string, hooks: HostHookSet, logger: TapHost["logger"]): TapHost {
  const facade: Record<string, unknown> = {};
  for (const [name, hook] of Object.entries(hooks)) {
    const tappable = hook as unknown as Record<"tap" | "tapPromise", (options: object, fn: unknown) => void>;
    const tapAs = (method: "tap" | "tapPromise") => (options: string | { name: string; stage?: number }, fn: unknown) =>
      tappable[method]({ ...(typeof options === "string" ? {} : options), name: plugin }, fn);
    facade[name] = isSync(`host.hooks.${name}`)
      ? { tap: tapAs("tap") }
      : { tap: tapAs("tap"), tapPromise: tapAs("tapPromise") };
  }
  return { hooks: Object.freeze(facade) as unknown as HostHooks, logger };
}
