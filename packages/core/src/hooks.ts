import type { AsyncTappable, HostHooks, StoreHooks, SyncTappable, TapOptions } from "@cloudmarker/store-api";
import {
  AsyncSeriesBailHook,
  AsyncSeriesHook,
  AsyncSeriesWaterfallHook,
  SyncBailHook,
  SyncHook,
  SyncWaterfallHook,
} from "tapable";
import { type AnyHook, type GuardContext, type TapRules, guardHook } from "./guard.ts";
import { maskOutcomes } from "./masking/mask-store.ts";

type Owner = "host" | "store";

/** One hook: how it is made, and when it runs. */
interface Row<H> extends TapRules {
  make(): H;
  readonly when: string;
}

type Rows<T> = { readonly [Name in keyof T]: Row<HookOf<T[Name]>> };

/** The tapable hook behind one of our hooks: one type for all synchronous hooks, another for all asynchronous hooks. */
type HookOf<T> =
  T extends AsyncTappable<infer Args, infer Result>
    ? AsyncSeriesBailHook<Args, Result>
    : T extends SyncTappable<infer Args, infer Result>
      ? SyncBailHook<Args, Result>
      : never;

/** The hooks through which a record goes. */
export type RecordHooks = Pick<HostHooks, "record" | "filter">;

const RECORD_HOOKS: Rows<RecordHooks> = {
  record: {
    make: () => new SyncWaterfallHook(["record"]),
    when: "per record: enrich or redact; if a tap throws, the record is rejected",
    // Otherwise a record whose redaction failed would be delivered.
    rethrows: true,
  },
  filter: {
    make: () => new SyncBailHook(["record"]),
    when: "per record: `false` drops it, counted as filtered",
  },
};

const HOST_HOOKS: Rows<HostHooks> = {
  config: {
    make: () => new AsyncSeriesWaterfallHook(["config"]),
    when: "once: rewrite the configuration before it is checked",
  },
  resolve: {
    make: () => new AsyncSeriesBailHook(["request"]),
    when: "once per plugin name: answer with a plugin before the host looks for a package",
  },
  validate: {
    make: () => new AsyncSeriesHook(["entry", "problems"]),
    when: "once per store: push problems with its params",
  },
  store: { make: () => new SyncHook(["store"]), when: "once per store: tap its hooks here" },
  resume: {
    make: () => new AsyncSeriesHook(["run"]),
    when: "once in a run that is resumed: what an earlier process has left",
  },
  ...RECORD_HOOKS,
  deadLetter: {
    make: () => new AsyncSeriesBailHook(["letters"]),
    when: "records were given up: `true` takes care of them in place of the state folder",
  },
  done: { make: () => new AsyncSeriesHook(["receipt"]), when: "once: the receipt" },
  failed: { make: () => new SyncHook(["failure"]), when: "an error that did not stop the host" },
};

const STORE_HOOKS: Rows<StoreHooks> = {
  record: { ...RECORD_HOOKS.record, when: `${RECORD_HOOKS.record.when} for this store` },
  filter: { ...RECORD_HOOKS.filter, when: "per record: `false` drops it for this store, counted as filtered" },
  open: { make: () => new AsyncSeriesHook([]), when: "the store is opened, again if that failed" },
  write: {
    make: () => new AsyncSeriesBailHook(["batch", "context"]),
    when: "per batch and attempt: outcomes answer in place of the store",
    maskAnswer: maskOutcomes,
  },
  flush: { make: () => new AsyncSeriesHook([]), when: "a checkpoint: what was acknowledged is made durable" },
  done: { make: () => new AsyncSeriesHook(["run"]), when: "once: the store publishes" },
  written: { make: () => new SyncHook(["report"]), when: "a batch was written at least in part" },
  retry: {
    make: () => new SyncBailHook(["report"]),
    when: "an attempt failed: return other milliseconds to wait, or `false` to give up",
  },
  blocked: {
    make: () => new SyncHook(["report"]),
    when: "the store pauses: configuration, credentials, TLS or address",
  },
  publishing: { make: () => new SyncHook(["report"]), when: "a store says that it made a step in publishing" },
};

/** One line of the hooks table. */
export interface HookRow {
  readonly hook: string;
  readonly type: string;
  readonly when: string;
}

/** Every hook, its type and when it runs: the table of the documentation. */
export const HOOK_TABLE: readonly HookRow[] = [...tableOf("host", HOST_HOOKS), ...tableOf("store", STORE_HOOKS)];

/** The hooks as the host calls them. A tap of the host itself is not guarded: its error reaches the caller. */
export type TapableHooks<T> = { readonly [Name in keyof T]: HookOf<T[Name]> };

/** The hooks of the host, or of one store. */
export interface HookSet<T> {
  readonly tapable: TapableHooks<T>;
  /**
   * The hooks as one tapper sees them: it can only tap.
   * @param plugin name of the plugin; reports use it instead of the names of its taps
   */
  facade(plugin?: string): T;
}

/** Makes the hooks of a host. */
export function createHostHooks(context: GuardContext): HookSet<HostHooks> {
  return createHooks("host", HOST_HOOKS, context);
}

/** Makes the hooks of one store. */
export function createStoreHooks(context: GuardContext): HookSet<StoreHooks> {
  return createHooks("store", STORE_HOOKS, context);
}

/** Makes the hooks through which the records of one listed tap go. */
export function createRecordHooks(context: GuardContext): HookSet<RecordHooks> {
  return createHooks("host", RECORD_HOOKS, context);
}

/** Whether something taps them. */
export function isUsed({ record, filter }: TapableHooks<RecordHooks>): boolean {
  return record.isUsed() || filter.isUsed();
}

/** The options of a tap of the host. It runs after all other taps, unless they ask for a later stage. */
export function defaultTap(name: string): Required<TapOptions> {
  return { name, stage: 100 };
}

function createHooks<T>(owner: Owner, rows: Rows<T>, context: GuardContext): HookSet<T> {
  const hooks = rowsOf(rows).map(([name, row]) => [name, row, row.make()] as const);
  const guards = hooks.map(
    ([name, row, hook]) => [name, guardHook(hook, `${owner}.hooks.${name}`, row, context)] as const,
  );
  const facade = (plugin?: string): T => {
    const tapper = { plugin };
    return frozen(guards.map(([name, facadeFor]) => [name, facadeFor(tapper)])) as T;
  };
  return { tapable: frozen(hooks.map(([name, , hook]) => [name, hook])) as TapableHooks<T>, facade };
}

function tableOf<T>(owner: Owner, rows: Rows<T>): HookRow[] {
  return rowsOf(rows).map(([name, { make, when }]) => {
    const type = make().constructor.name.replace("Hook", "");
    return { hook: `${owner}.hooks.${name}`, type, when };
  });
}

function rowsOf<T>(rows: Rows<T>): [string, Row<AnyHook>][] {
  return Object.entries(rows);
}

function frozen(entries: [string, unknown][]): object {
  return Object.freeze(Object.fromEntries(entries));
}
