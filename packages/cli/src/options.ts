/** Options that every command takes. */
export interface CommonOptions {
  /** `-c`: configuration files, merged in order; false for none. @default the search path */
  readonly config?: readonly string[] | false;
  readonly stateDir?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly debug?: boolean;
}

/** Options of `plugins`. */
export interface PluginsOptions extends CommonOptions {
  readonly search?: string | true;
}

/** Options that choose the stores. */
export interface StoreOptions extends CommonOptions {
  readonly store?: readonly string[];
  readonly param?: readonly string[];
  readonly audit?: string;
}

/** Options of `check`. */
export interface CheckOptions extends StoreOptions {
  readonly conformance?: boolean;
}

/** Options that say how inputs are read. */
export interface ReadingOptions {
  /** Name of a preset, with defaults for the options that are not given. */
  readonly from?: string;
  /** Paths to the records in a wrapper. */
  readonly select?: string | readonly string[];
  readonly worker?: string;
  /** `KEY=VALUE` each, with `key`, `class`, `worker` or `type` for KEY. */
  readonly origin?: readonly string[];
  /** What the command does at a line of NDJSON that is not a record. @default stop */
  readonly onBadLine?: "stop" | "skip";
}

/** Options of `write`. */
export interface WriteOptions extends StoreOptions, ReadingOptions {
  readonly runId?: string;
  readonly deadline?: string;
  /** `delivery.fail_fast` of all stores. */
  readonly failFast?: boolean;
  /** Number of records to explain in place of sending. */
  readonly explain?: number;
  /** False: what earlier runs of the audit left is not delivered. */
  readonly resume?: boolean;
}

/** Options of `resume`. */
export interface ResumeOptions extends CommonOptions {
  /** Every run that left something. */
  readonly all?: boolean;
  readonly deadline?: string;
  /** Params that the run did not keep, since they are secret. */
  readonly param?: readonly string[];
}

/** Options of `runs`. */
export interface RunsOptions extends CommonOptions {
  readonly audit?: string;
  /** A time, or a duration until now. */
  readonly since?: string;
}

/** Options that say which dead letters are meant: those that meet all of them. */
export interface LetterOptions extends CommonOptions {
  readonly id?: readonly number[];
  readonly audit?: string;
  readonly store?: string;
  readonly run?: string;
  readonly code?: string;
  /** A time, or a duration until now. */
  readonly since?: string;
  /** A part of the reason. */
  readonly reason?: string;
  /** @default kept */
  readonly state?: "kept" | "replayed";
}

/** Options of a command that asks before it does something that cannot be undone. */
export interface AskingOptions extends CommonOptions {
  /** The answer to the question. */
  readonly yes?: boolean;
}

/** Options of `dead-letters replay`. */
export interface ReplayOptions extends LetterOptions, AskingOptions {
  /** Key of the store that gets them, in place of their own. */
  readonly to?: string;
  readonly deadline?: string;
  /** Params that the runs did not keep, since they are secret. */
  readonly param?: readonly string[];
}

/** Options of `dead-letters purge`. */
export interface PurgeOptions extends LetterOptions, AskingOptions {}
