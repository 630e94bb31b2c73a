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
  /** What the command does at a line of NDJSON that is not a record. @default stop */
  readonly onBadLine?: "stop" | "skip";
  /** Number of records to explain in place of sending. */
  readonly explain?: number;
}
