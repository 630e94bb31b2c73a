import type { Outcome, OutcomeStatus } from "./outcome.ts";
import type { Receipt } from "./receipt.ts";
import type { RecordValue } from "./record.ts";
import type { ParamsOf, ParamsSchema, StrictSchema } from "./schema.ts";
import type { Batch, Logger, ParamsProblem, RunEnd, StorePlugin, WriteContext } from "./store.ts";

/** Options of a tap on a hook; `stage` orders taps, lower first, 0 where absent. */
export interface TapOptions {
  readonly name: string;
  readonly stage?: number;
}

/** A hook whose taps run synchronously. */
export interface SyncTappable<Args extends readonly unknown[], Result = void> {
  tap(name: string | TapOptions, fn: (...args: Args) => Result | undefined | void): void;
}

/** A hook whose taps may be asynchronous. Each tap has a time limit; after it the tap is reported and ignored. */
export interface AsyncTappable<Args extends readonly unknown[], Result = void> {
  tap(name: string | TapOptions, fn: (...args: Args) => Result | undefined | void): void;
  tapPromise(name: string | TapOptions, fn: (...args: Args) => Promise<Result | undefined | void>): void;
}

/** A problem of the configuration, as `host.hooks.validate` collects it. */
export interface Problem extends ParamsProblem {
  /** Path into the configuration, such as `["plugins", "archive", "params", "path"]`. */
  readonly path: ParamsProblem["path"];
  /** Stable, such as `unknown_key`. @default "invalid" */
  readonly code?: string;
}

/** One configured store, as `host.hooks.validate` sees it before it is opened. */
export interface StoreEntry {
  readonly key: string;
  readonly plugin: StorePlugin;
  /** The params with defaults. */
  readonly params: Readonly<Record<string, unknown>>;
}

/** A plugin that the configuration names, as `host.hooks.resolve` sees it. */
export interface PluginRequest {
  /** The name as written in the configuration. */
  readonly ref: string;
  /** Folder of the configuration. */
  readonly from: string;
}

/** A record that was given up. */
export interface DeadLetter {
  readonly audit: string;
  readonly store: string;
  readonly run: string;
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly code: string;
  readonly reason: string;
  /** Attempts that were made for the record. */
  readonly attempts: number;
  readonly id: string;
  /** The record as JSON text. */
  readonly json: string;
}

/** The store that a report is about. */
export interface StoreName {
  readonly audit: string;
  /** Key of the store in the configuration. */
  readonly store: string;
  /** Name of its plugin. */
  readonly plugin: string;
}

/** A batch that was written at least in part, as `store.hooks.written` reports it. */
export interface BatchReport extends StoreName {
  /** Records of the batch that were written or duplicates. */
  readonly records: number;
  /** Their UTF-8 bytes. */
  readonly bytes: number;
  readonly attempt: number;
  /** Milliseconds that the attempt took. */
  readonly durationMs: number;
  /** The outcomes of all records that were not plainly written. */
  readonly outcomes: readonly Outcome[];
}

/** How far a store is with publishing, as `store.hooks.publishing` reports it. */
export interface PublishReport extends StoreName {
  /** Steps that are made, and all steps, in a unit of the store's own. */
  readonly done: number;
  readonly total: number;
}

/** A failed attempt, as `store.hooks.retry` sees it before the host waits. */
export interface RetryReport extends StoreName {
  readonly records: number;
  readonly attempt: number;
  readonly status: OutcomeStatus;
  readonly code: string;
  readonly reason: string;
  /** How long the host would wait, in milliseconds. */
  readonly delayMs: number;
}

/** A store that pauses, as `store.hooks.blocked` reports it. */
export interface BlockedReport extends StoreName {
  readonly code: string;
  readonly reason: string;
  /** Milliseconds until the store is tried again. */
  readonly recheckMs: number;
}

/** An error that did not stop the host, as `host.hooks.failed` reports it. */
export interface Failure {
  /** Stable code of the errors table. */
  readonly code: string;
  readonly message: string;
  /** Name of the plugin or tap that caused it. */
  readonly plugin?: string;
  /** Name of the hook in which it happened. */
  readonly hook?: string;
  /** Key of the store, and name of its audit, if it is about one. */
  readonly store?: string;
  readonly audit?: string;
  readonly cause?: unknown;
}

/** Hooks of one store. The plugin's own tap is the default one of open, write, flush and done. */
export interface StoreHooks {
  /** As {@link HostHooks.record}, for this store alone and after all other taps. */
  readonly record: SyncTappable<[RecordValue], RecordValue>;
  /** As {@link HostHooks.filter}, for this store alone and after all other taps. */
  readonly filter: SyncTappable<[RecordValue], boolean>;
  readonly open: AsyncTappable<[]>;
  /** If a tap returns outcomes, the store is not called; `[]` says that all records were written. */
  readonly write: AsyncTappable<[Batch, WriteContext], readonly Outcome[]>;
  readonly flush: AsyncTappable<[]>;
  readonly done: AsyncTappable<[RunEnd]>;
  readonly written: SyncTappable<[BatchReport]>;
  /** Return a number of milliseconds to wait that long instead; return `false` to give these records up. */
  readonly retry: SyncTappable<[RetryReport], number | false>;
  readonly blocked: SyncTappable<[BlockedReport]>;
  readonly publishing: SyncTappable<[PublishReport]>;
}

/** A store as taps see it. */
export interface StoreHandle {
  readonly audit: string;
  readonly key: string;
  readonly plugin: string;
  readonly hooks: StoreHooks;
}

/** Hooks of the host. Those that run per record are synchronous, and cost nothing without a tap. */
export interface HostHooks {
  /** Rewrites the configuration, as plain values, before it is checked. */
  readonly config: AsyncTappable<[Record<string, unknown>], Record<string, unknown>>;
  /** Maps a name to a plugin before the host looks for a package. */
  readonly resolve: AsyncTappable<[PluginRequest], unknown>;
  /** Pushes problems; never throws. */
  readonly validate: AsyncTappable<[StoreEntry, Problem[]]>;
  /** A store was created: tap its hooks here. */
  readonly store: SyncTappable<[StoreHandle]>;
  /** An earlier process of the run did not deliver everything: this one goes on with it. */
  readonly resume: AsyncTappable<[ResumedRun]>;
  /**
   * Enriches or redacts: return the record to go on with. It is a JSON value that you may change; the parts that you do
   * not change keep their text. To walk over it, use `mapValues`: a long number is a `RawJson`, which looks like an
   * object.
   */
  readonly record: SyncTappable<[RecordValue], RecordValue>;
  /** Return `false` to drop the record; the receipt counts it as filtered. */
  readonly filter: SyncTappable<[RecordValue], boolean>;
  /**
   * Return `true` if you took care of them; otherwise they are kept in the state folder. Where dead letters are sent
   * again, `true` removes those that were refused once more.
   */
  readonly deadLetter: AsyncTappable<[readonly DeadLetter[]], true>;
  readonly done: AsyncTappable<[Receipt]>;
  readonly failed: SyncTappable<[Failure]>;
}

/** What an earlier process of a run has left. */
export interface ResumedRun {
  /** Run id. */
  readonly run: string;
  /** When the run began: ISO 8601, UTC. */
  readonly started: string;
  /** What each store has yet to get; those that have got everything are not in it. */
  readonly left: readonly {
    readonly audit: string;
    /** Key of the store in the configuration. */
    readonly store: string;
    readonly records: number;
  }[];
  /** Whether the program reads its inputs on. */
  readonly readsOn: boolean;
}

/** The host as a tap sees it. */
export interface TapHost {
  readonly hooks: HostHooks;
  readonly logger: Logger;
}

/** The definition that {@link defineTap} takes. */
export interface TapDefinition<S extends ParamsSchema> {
  readonly name: string;
  /** Version of the contract that the tap was written for. */
  readonly apiVersion: 1;
  readonly params: S;
  /**
   * Problems that the schema cannot express for valid params, as {@link StorePlugin.validate} tells them. It has no
   * side effects; the host reports each problem with its place.
   */
  validate?(params: ParamsOf<S>): readonly ParamsProblem[];
  /** Taps the host's hooks, and does nothing else. */
  apply(host: TapHost, params: ParamsOf<S>): void;
}

/** A tap plugin: the default export of its package. Made by {@link defineTap}. */
export interface TapPlugin<S extends ParamsSchema = ParamsSchema> extends TapDefinition<S> {
  readonly kind: "tap";
}

/** Defines a tap: a plugin that is not a store, but redacts, enriches, filters or measures through the host's hooks. */
export function defineTap<const S extends ParamsSchema>(
  definition: TapDefinition<S> & { readonly params: StrictSchema<S> },
): TapPlugin<S> {
  return { kind: "tap", ...definition };
}
