import type { Guarantee } from "@cloudmarker/store-api";
import type { ConfigProblem, Location } from "../errors.ts";

/** Path from the top of the configuration: keys, and indexes of lists. */
export type ConfigPath = readonly (string | number)[];

/**
 * A configuration after merge and interpolation. Holds only what has the right shape: the rest is in the `problems` of
 * {@link LoadedConfig}.
 */
export interface Config {
  /** Stores and taps by key. Plugins of the predecessor that are not stores are left out. */
  readonly plugins: Readonly<Record<string, PluginEntry>>;
  readonly audits: Readonly<Record<string, AuditEntry>>;
  /** Audits to run, by name. */
  readonly run: readonly string[];
  /** Defaults for every store. */
  readonly delivery?: DeliveryConfig;
  /** Where dead letters are kept; as written. */
  readonly state_dir?: string;
  /** Whether a run is bracketed by `begin_audit` and `end_audit` records. @default false */
  readonly markers?: boolean;
}

/** One store or tap. */
export interface PluginEntry {
  /** A reference, or the plugin itself where an embedding program gives it. */
  readonly plugin: string | object;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly delivery?: DeliveryConfig;
  /** The predecessor's tutorial puts params here. */
  readonly [stray: string]: unknown;
}

/** A named list of stores. */
export interface AuditEntry {
  readonly stores: readonly string[];
  readonly taps?: readonly string[];
  /** JSON pointers into the record, such as `/raw/finding_info/uid`, to what it is about; part of its document id. */
  readonly id?: string | readonly string[];
  /** Who produces the records of the audit. */
  readonly origin?: OriginConfig;
  /** `clouds`, `events` and `alerts` of the predecessor. */
  readonly [legacy: string]: unknown;
}

/** The `origin_*` keys of `com`, where a record has none of its own. */
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
  /**
   * What happens to a record if it is unknown whether the store has it: it is sent again, or it becomes a dead letter.
   */
  readonly guarantee?: Guarantee;
  /**
   * Whether the store runs in the thread of the program or in its own thread, where a crash or a block affects nothing
   * else.
   */
  readonly isolation?: Isolation;
  /** Duration: time limit of one attempt. */
  readonly timeout?: number | string;
  /** Duration: time limit of `done()`. */
  readonly deadline?: number | string;
  /** Durations: bounds of the back-off. */
  readonly retry?: { readonly min?: number | string; readonly max?: number | string };
}

/** A value of which interpolation made a part. */
export interface FilledValue {
  readonly path: ConfigPath;
  /** The text before. */
  readonly written: string;
  /** The texts that were put in. */
  readonly texts: readonly string[];
}

/** What `loadConfig` read, and where each part of it came from. */
export interface LoadedConfig {
  readonly value: Config;
  /** Everything as written, after merge and interpolation: also what is wrong, unknown or of the predecessor. */
  readonly plain: Readonly<Record<string, unknown>>;
  /** Files read, in the order of the merge. */
  readonly files: readonly string[];
  /** Of those that are links: the file that each leads to. */
  readonly links: ReadonlyMap<string, string>;
  /** Whether the files were looked for, and not named. */
  readonly isSearched: boolean;
  readonly warnings: readonly string[];
  /** Every value that has something from `${…}` in it. */
  readonly filled: readonly FilledValue[];
  /**
   * Files and `${…}` that could not be read, and faults in the structure of the rest. Plugins and their params are not
   * checked here.
   */
  readonly problems: readonly ConfigProblem[];
  /**
   * For this and what follows: the path of a param is that below `params`, also where the param is written beside
   * `plugin`.
   *
   * Place of the key or of the value at a path; of the nearest parent where the path does not exist. Undefined where it
   * came from the base configuration or from an embedding program.
   * @default at "key"
   */
  locate(path: ConfigPath, at?: "key" | "value"): Location | undefined;
  /** The file that the value at a path came from, or "base configuration", or "the embedding program". */
  originOf(path: ConfigPath): string;
  /**
   * Folder from which relative paths and plugin names at a path are resolved: that of the configuration file, else
   * `cwd`.
   */
  directoryOf(path: ConfigPath): string;
  /** The text before interpolation, such as `${ES_API_KEY}`; undefined where nothing was interpolated. */
  writtenAs(path: ConfigPath): string | undefined;
  /**
   * The characters of a value that was written without quotes, such as `0123` of a number; undefined where there are
   * none, or `${…}` is in them.
   */
  textOf(path: ConfigPath): string | undefined;
}
