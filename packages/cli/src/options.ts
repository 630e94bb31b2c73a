/** Options that every command takes. */
export interface CommonOptions {
  /** `-c`: configuration files, merged in order; false for none. @default the search path */
  readonly config?: readonly string[] | false;
  readonly stateDir?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly debug?: boolean;
}

/** Options that choose the stores. */
export interface StoreOptions extends CommonOptions {
  readonly store?: readonly string[];
  readonly param?: readonly string[];
  readonly audit?: string;
}

/** Options of `write`. */
export interface WriteOptions extends StoreOptions {
  readonly select?: string;
  readonly worker?: string;
  /** `KEY=VALUE` each, with `key`, `class`, `worker` or `type` for KEY. */
  readonly origin?: readonly string[];
  readonly runId?: string;
  readonly deadline?: string;
  /** What becomes of an input behind a line of NDJSON that is no record. @default stop */
  readonly onBadLine?: "stop" | "skip";
  /** How many records to explain instead of sending any. */
  readonly explain?: number;
}
