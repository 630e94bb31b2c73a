import type { Guarantee } from "@cloudmarker/store-api";
import type { ConfigProblem, Location } from "../errors.ts";

/** Path from the top of the configuration: keys, and indexes of lists. */
export type ConfigPath = readonly (string | number)[];

/**
 * A configuration after merge and interpolation. It has only the valid parts; the `problems` of {@link LoadedConfig}
 * name the rest.
 */
export interface Config {
  /** Stores and taps by key. Plugins of the predecessor that are not stores are left out. */
  readonly plugins: Readonly<Record<string, PluginEntry>>;
  readonly audits: Readonly<Record<string, AuditEntry>>;
  /** Audits to run, by name. */
  readonly run: readonly string[];
  /** Defaults for every store. */
  readonly delivery?: DeliveryConfig;
  /** How what is not delivered yet is kept on disk. */
  readonly spool?: SpoolConfig;
  /** How long receipts and dead letters are kept. */
  readonly state?: StateConfig;
  /** The state folder, as written. */
  readonly state_dir?: string;
  /** Whether the state folder may be on a network file system. @default false */
  readonly state_dir_unsafe?: boolean;
  /** Whether a run is bracketed by `begin_audit` and `end_audit` records. @default false */
  readonly markers?: boolean;
}

/** One store or tap. */
export interface PluginEntry {
  /** A reference, or the plugin object of an embedding program. */
  readonly plugin: string | object;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly delivery?: DeliveryConfig;
  /** Keys of taps for this store alone, in their order, after those of the audit. */
  readonly taps?: readonly string[];
  /** The predecessor's tutorial puts params here. */
  readonly [stray: string]: unknown;
}

/** A named list of stores. */
export interface AuditEntry {
  readonly stores: readonly string[];
  /** Keys of taps for all stores of the audit, in their order. */
  readonly taps?: readonly string[];
  /**
   * By store: keys of taps for it in this audit, after all others. In YAML they stand in the list of stores: `{ store:
   * splunk, taps: [redact] }`.
   */
  readonly tapsOf?: Readonly<Record<string, readonly string[]>>;
  /**
   * JSON pointers such as `/raw/finding_info/uid` to the values that identify a record. They are part of its document
   * id.
   */
  readonly id?: string | readonly string[];
  /** Who produces the records of the audit. */
  readonly origin?: OriginConfig;
  /** `clouds`, `events` and `alerts` of the predecessor. */
  readonly [legacy: string]: unknown;
}

/** The `origin_*` keys of `com`, for records that do not have their own. */
export interface OriginConfig {
  readonly key?: string;
  readonly class?: string;
  /**
   * Names FileStore's file. @default `AUDIT_KEY` where there is a `key`, as in the predecessor; else what the program
   * says
   */
  readonly worker?: string;
  readonly type?: string;
}

/** Where a store runs. */
export type Isolation = "inline" | "thread";

/**
 * How records are delivered. Durations are numbers of milliseconds or texts such as `500ms`, `60s`, `5m`, `1h`; sizes
 * are numbers of bytes or texts such as `512KiB`, `5MB`, `16MiB`. The defaults are those of `DeliverySettings`.
 */
export interface DeliveryConfig {
  readonly batch?: { readonly records?: number; readonly bytes?: number | string; readonly age?: number | string };
  readonly queue?: { readonly records?: number; readonly bytes?: number | string };
  readonly concurrency?: number;
  readonly ordered?: boolean;
  /** What happens to a record that the store may or may not have: it is sent again, or it becomes a dead letter. */
  readonly guarantee?: Guarantee;
  /**
   * Whether the store runs in the thread of the program or in a thread of its own. In its own thread, a crash or a
   * block affects nothing else.
   */
  readonly isolation?: Isolation;
  /**
   * Whether what the store has not got is kept on disk, and delivered later. `auto`: unless the store's own disk keeps
   * it. @default auto
   */
  readonly spool?: "auto" | boolean;
  /** Duration: time limit of one attempt. */
  readonly timeout?: number | string;
  /** Duration: time limit of `done()`. */
  readonly deadline?: number | string;
  /**
   * Whether nothing waits for a store that is plainly wrong from the beginning: it has acknowledged nothing, and is
   * blocked or refused 3 connections in a row. `auto`: with a spool as `true`, without one only if it is blocked; a
   * `deadlineMs` of `done()` has precedence. @default false if there is a `deadline`, else auto
   */
  readonly fail_fast?: "auto" | boolean;
  /** Durations: bounds of the back-off. */
  readonly retry?: { readonly min?: number | string; readonly max?: number | string };
}

/**
 * How what is not delivered yet is kept on disk, for all stores of a run whose `delivery.spool` is on. Durations and
 * sizes as in {@link DeliveryConfig}. The defaults are those of `SpoolSettings`.
 */
export interface SpoolConfig {
  /** Duration: a record that is not settled by then is written. */
  readonly commit?: number | string;
  /** Size: what the records of one run may take on disk. */
  readonly max_bytes?: number | string;
  /** Size: what stays free on the disk. */
  readonly reserve_bytes?: number | string;
  /** What happens when no more can be kept: producers wait, or what exceeds it becomes dead letters. */
  readonly when_full?: WhenFull;
}

/** What happens when the disk takes no more of what is not delivered yet. */
export type WhenFull = "block" | "dead_letter";

/**
 * What is kept of runs that are over: receipts and dead letters. Durations and sizes as in {@link DeliveryConfig}, also
 * with days: `90d`. The defaults are those of `StateSettings`.
 */
export interface StateConfig {
  /** Duration: how long they are kept. */
  readonly keep?: number | string;
  /** Size: what they may take on disk. */
  readonly max_bytes?: number | string;
}

/** A value that interpolation changed. */
export interface FilledValue {
  readonly path: ConfigPath;
  /** The text before. */
  readonly written: string;
  /** The texts that `${…}` put in. */
  readonly texts: readonly string[];
}

/** What `loadConfig` read, and where each part of it came from. */
export interface LoadedConfig {
  readonly value: Config;
  /**
   * The whole configuration after merge and interpolation, including wrong keys, unknown keys and keys of the
   * predecessor.
   */
  readonly plain: Readonly<Record<string, unknown>>;
  /** Files read, in the order of the merge. */
  readonly files: readonly string[];
  /** For each file that is a link: the file that it leads to. */
  readonly links: ReadonlyMap<string, string>;
  /** Whether the files were found by the search. False if they were named. */
  readonly isSearched: boolean;
  readonly warnings: readonly string[];
  /** Every value that contains a text from `${…}`. */
  readonly filled: readonly FilledValue[];
  /**
   * Problems of files and `${…}` that could not be read, and of the structure of the rest. Plugins and their params are
   * not checked here.
   */
  readonly problems: readonly ConfigProblem[];
  /**
   * In this and the following methods, the path of a param goes through `params`, even if the param is written beside
   * `plugin`.
   *
   * Place of the key or of the value at a path. If the path does not exist, the place of its nearest parent. Undefined
   * if it came from the base configuration or from an embedding program.
   * @default at "key"
   */
  locate(path: ConfigPath, at?: "key" | "value"): Location | undefined;
  /** The file that the value at a path came from, or "base configuration", or "the embedding program". */
  originOf(path: ConfigPath): string;
  /**
   * The folder from which relative paths and plugin names at a path are resolved: the folder of the configuration file,
   * else `cwd`.
   */
  directoryOf(path: ConfigPath): string;
  /** The text before interpolation, such as `${ES_API_KEY}`; undefined if nothing was interpolated. */
  writtenAs(path: ConfigPath): string | undefined;
  /**
   * The characters of a value that was written without quotes, such as `0123`. Undefined if it has quotes or contains
   * `${…}`.
   */
  textOf(path: ConfigPath): string | undefined;
  /** Whether a text without quotes ends where ` #` begins a comment that has no blank behind its `#`. */
  isCut(path: ConfigPath): boolean;
}
