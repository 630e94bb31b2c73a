import type { Clock, Logger, StorePlugin, TapPlugin } from "@cloudmarker/store-api";
import type { SearchOptions } from "../config/search-places.ts";
import type { DeliveryConfig, SpoolConfig, StateConfig } from "../config/types.ts";
import type { Explained } from "./explain.ts";
import type { Inspection } from "./inspection.ts";
import type { AroundCall } from "../plugin-call.ts";
import type { LetterFilter } from "../state/kept-letters.ts";

/** A store given by an embedding program. */
export interface StoreOption {
  /** The plugin itself, or a reference as in YAML. */
  readonly plugin: StorePlugin | string;
  readonly params?: Readonly<Record<string, unknown>> | undefined;
  readonly delivery?: DeliveryConfig | undefined;
}

/** A tap given by an embedding program, with params. */
export interface TapOption {
  readonly plugin: TapPlugin;
  readonly params?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Who produces the records: the `origin_*` keys of the common bucket. `audits.NAME.origin` of the configuration has
 * precedence, unless `override` is given.
 */
export interface OriginOptions {
  /** `com.origin_key`. */
  readonly key?: string | undefined;
  /** `com.origin_class`. */
  readonly class?: string | undefined;
  /** `com.origin_worker`: names FileStore's file. @default `key`, else `no_worker` */
  readonly worker?: string | undefined;
  /** `com.origin_type`. */
  readonly type?: string | undefined;
  /**
   * Which of these replace the keys of a record and of the configuration: all that are given, or those named. @default
   * false
   */
  readonly override?: boolean | readonly OriginName[] | undefined;
}

/** A key of an origin without its `origin_`. */
export type OriginName = "key" | "class" | "worker" | "type";

/**
 * Options of {@link createHost}. At most one of `config`, `configFile`, `search` and `stores`; without any, the host
 * searches as the command does.
 */
export interface HostOptions {
  /** A configuration as an object, of the same shape as the YAML. Its `plugin` entries may be plugin objects. */
  readonly config?: Readonly<Record<string, unknown>> | undefined;
  /** Configuration files, merged in order over the base configuration; `[]` for the base configuration alone. */
  readonly configFile?: string | readonly string[] | undefined;
  /**
   * Where configuration files are looked for, for a tool whose users write `acme-audit.yaml`. @default as the command
   * does, for `cloudmarker`
   */
  readonly search?: SearchOptions | undefined;
  /**
   * Stores by key (a plugin, a reference as in YAML, or either with params), for one audit called {@link
   * HostOptions.audit}.
   */
  readonly stores?: Readonly<Record<string, StorePlugin | StoreOption | string>> | undefined;
  /**
   * Name of the audit made from `stores`; with a configuration, the only audit to run. @default "default", or `run` of
   * the configuration
   */
  readonly audit?: string | undefined;
  /** Taps to apply after those of the configuration. */
  readonly taps?: readonly (TapPlugin | TapOption)[] | undefined;
  /** Plugin objects by the reference under which a configuration asks for them. */
  readonly plugins?: Readonly<Record<string, StorePlugin | TapPlugin>> | undefined;
  /** Packages that may be loaded: exact names, or `@scope/*`. @default all */
  readonly allow?: readonly string[] | undefined;
  /** Version ranges (semver) that plugin packages must satisfy, by package name. */
  readonly versions?: Readonly<Record<string, string>> | undefined;
  /** Folders from which the first-party short names may be resolved if the configuration's own folder has none. */
  readonly bundledFrom?: readonly string[] | undefined;
  readonly origin?: OriginOptions | undefined;
  /**
   * The `com.origin_worker` of all records that will come, if they are known: if one of these has no records, FileStore
   * then knows that its old file is out of date. @default the worker of {@link HostOptions.origin}, if it has one
   */
  readonly workers?: readonly string[] | undefined;
  /**
   * Run id (`com.audit_version`), without blanks and control characters.
   * @default the time as `YYYYmmdd_HHMMSS` in UTC and six digits
   */
  readonly run?: string | undefined;
  /**
   * Goes on with a run of this state folder that was interrupted, or did not deliver everything: delivers what is left,
   * under its id and with the identity that its records had. The receipt is that of the whole run. A store that the
   * configuration does not have any more keeps what it has not got.
   *
   * `open()` rejects with RUN_UNKNOWN if nothing is left of it, and with RUN_IN_USE while another process has it.
   */
  readonly resume?: string | ResumeOptions | undefined;
  /**
   * Sends dead letters of the state folder again, with the present configuration: the same texts, under the same ids.
   * The letters decide which stores are opened, and no others are. The host takes no records: call `done`, which
   * resolves when every letter has arrived, was refused again, or is left; the receipt says so (`spooled` are those
   * that are left).
   *
   * `open()` rejects with REPLAY_IN_USE while another process does so.
   */
  readonly replay?: ReplayOptions | undefined;
  /**
   * What the program wants to know of the run when it resumes it, such as the files of its configuration; a function
   * is asked once the configuration
   * is read. It is kept in the state folder, and must have no secrets: data that JSON can hold.
   */
  readonly about?: About | ((inspection: Inspection) => About) | undefined;
  /**
   * Where dead letters and what is not delivered are kept. @default `state_dir` of the configuration, else the
   * platform's state folder for
   * `cloudmarker`
   */
  readonly stateDir?: string | undefined;
  /**
   * Whether the state folder may be on a network file system, since only one machine uses it. @default
   * `state_dir_unsafe` of the configuration, else false
   */
  readonly stateDirUnsafe?: boolean | undefined;
  /**
   * How records are delivered to every store, as in YAML. Its keys have precedence over those of the configuration
   * for all stores.
   */
  readonly delivery?: DeliveryConfig | undefined;
  /**
   * How what is not delivered yet is kept on disk, as in YAML. Its keys have precedence over those of the
   * configuration.
   */
  readonly spool?: SpoolConfig | undefined;
  /**
   * How long receipts and dead letters are kept, as in YAML. Its keys have precedence over those of the
   * configuration.
   */
  readonly state?: StateConfig | undefined;
  /** @default the current folder of the process */
  readonly cwd?: string | undefined;
  /** @default the user's home folder */
  readonly home?: string | undefined;
  /** @default the environment of the process */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** @default silent: everything is in the receipt and in `hooks.failed` */
  readonly logger?: Logger | undefined;
  readonly clock?: Clock | undefined;
  /** 0 to 1, for the jitter of the back-off. @default Math.random */
  readonly random?: (() => number) | undefined;
  /**
   * Explains instead of sending: called for every batch with its requests. No store is opened, nothing is kept, and the
   * receipt counts the explained records as written.
   */
  readonly explain?: ((explained: Explained) => void) | undefined;
  /**
   * Wraps every call of a plugin that may take long, and its import. For a program that wants to know which plugin was
   * being called when its process ended, or which plugin wrote a line of output. @default calls the plugin
   */
  readonly around?: AroundCall | undefined;
  /**
   * The file that the threads of `delivery.isolation: thread` run: a path, or a URL with `file:` or `data:`, of what
   * the package exports as `@cloudmarker/core/worker`. For a program that is bundled into one file. @default
   * `worker.js` beside the code of this package
   */
  readonly workerUrl?: string | URL | undefined;
  /**
   * When aborted, the host stops at once: what is not delivered is kept for `resume`, or dead-lettered where there is
   * no spool.
   */
  readonly signal?: AbortSignal | undefined;
}

/** What a program wants to know of a run that it resumes. */
export type About = Readonly<Record<string, unknown>>;

/** Where an input of a run stood when the run was interrupted. Everything before that is safe. */
export interface InputPosition {
  /** As the program numbered it for {@link Host.position}. */
  readonly input: number;
  /** As the program told it: where reading goes on. */
  readonly at: Readonly<Record<string, unknown>>;
}

/** Which dead letters are sent again, and where. */
export interface ReplayOptions {
  /**
   * Those that meet all that is given. @default all that wait: those that arrived when they were sent again are left
   * out unless `state` says so
   */
  readonly letters?: LetterFilter | undefined;
  /** Key of the store that gets them, in place of their own. */
  readonly to?: string | undefined;
}

/** How a run is resumed. */
export interface ResumeOptions {
  /** Run id. */
  readonly run: string;
  /**
   * Asked while the host opens, and while no other process can have the run: whether the program reads its inputs on.
   * It then writes what follows after these positions, one input after the other, as in the first process, and an input
   * without a position from its beginning. Records that are known already are not delivered twice. With `false`, the
   * inputs are gone, as a pipe is; what the program writes is new. With `later`, they are away, such as on a disk that
   * is not mounted: what is kept is delivered, nothing can be written, and the run stays open, to be resumed again.
   * @default none can be read on
   */
  readonly readsOn?: (inputs: readonly InputPosition[]) => ReadsOn | Promise<ReadsOn>;
}

/** Whether the inputs of a run are read on: now, not any more, or by a later process. */
export type ReadsOn = boolean | "later";

/** Options of one `write`. */
export interface WriteOptions {
  /** Who produces these records, in place of the host's own `origin`. */
  readonly origin?: OriginOptions | undefined;
}

/** Options of `done`. */
export interface DoneOptions {
  /** Milliseconds that the producers and delivery may still take. @default the `deadline` of each store, 60 s */
  readonly deadlineMs?: number | undefined;
  /**
   * Whether the producer wrote all its records. With `false`, the missing records do not count as removed, and no store
   * sets aside what an earlier run wrote. With `true`, failures of producers that the host saw do not count.
   * @default true, unless the host saw a producer fail, a stream was not ended, or the run was stopped
   */
  readonly complete?: boolean | undefined;
  /**
   * The producer did not write all its records, and a later process that resumes the run reads its inputs on, or again
   * where the run has no journal: the run is incomplete, and can be resumed even if everything that came in is
   * delivered. If {@link Host.keeps} is `nothing`, or a store has `guarantee: at-most-once`, the run is only
   * incomplete.
   * @default false
   */
  readonly goesOn?: boolean | undefined;
}
