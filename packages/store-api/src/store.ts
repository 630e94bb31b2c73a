import type { Outcome } from "./outcome.ts";
import type { Remark } from "./receipt.ts";
import type { StoreRecord } from "./record.ts";
import type { ParamsOf, ParamsSchema } from "./schema.ts";

/** Version of the store contract that this package describes. */
export const API_VERSION = 1;

/** What a line of the log is about, for a logger that keeps fields beside the message. Each is absent where it does not apply. */
export interface LogFields {
  /** Key of the store. */
  readonly store?: string;
  readonly audit?: string;
  /** Name of the plugin or tap. */
  readonly plugin?: string;
  /** Stable, machine-readable, such as `STORE_OPEN_FAILED`. */
  readonly code?: string;
}

/**
 * Writes one line for a person; never called with a secret. The message says all by itself. What a store is given adds its own name to the
 * fields; of those that a store passes, `code` is kept.
 */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** The time, injected so that tests run on a virtual one. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `fn` once after `ms` milliseconds; the result is for {@link Clock.clearTimeout}. */
  setTimeout(fn: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

/**
 * What becomes of a record of which nobody knows whether the store has it: it is sent again, so that it is there at least once, or becomes a dead
 * letter, so that it is there at most once.
 */
export type Guarantee = "at-least-once" | "at-most-once";

/** What a store knows about where it runs. A store reads the world through this and nothing else. */
export interface StoreContext {
  /** Key of the store in the configuration, such as `archive`. */
  readonly key: string;
  /** Name of the audit that the store belongs to. */
  readonly audit: string;
  /** Run id (`com.audit_version`). */
  readonly run: string;
  /**
   * When the run began, in milliseconds since the epoch: the time of a record that has none of its own. Where the run id is a time, such as
   * `20261123_145314_k3x09a` or `20261123_145314`, it is that one, so that a run that is done again under its id dates its records as before.
   */
  readonly startedMs: number;
  /**
   * What the user wants of records in doubt. Under `at-most-once` a request that may never arrive costs all its records, so that a store sends
   * none on a connection that the server may have closed meanwhile.
   */
  readonly guarantee: Guarantee;
  /** The `com.origin_worker` of the records that are going to come, as far as that is known beforehand. */
  readonly workers: readonly string[];
  /**
   * Makes the path in a param absolute: a leading `~` is the user's home folder, and a relative path starts where the param was written, the
   * folder of the configuration file, or the current folder for a command line or a program.
   * @param param name of the param, such as `path`
   */
  resolvePath(param: string, path: string): string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** What a store knows about one attempt to write a batch. */
export interface WriteContext {
  /** 1 for the first attempt of these records. */
  readonly attempt: number;
  /** Aborted when the attempt has run out of time; the host has then counted it as failed. Belongs to this attempt alone (ES-45). */
  readonly signal: AbortSignal;
  /**
   * Tells the host what became of some records while `write` still runs (SC-37). For a store that sends several requests
   * for one batch. A record is settled by `written`, `duplicate` or `reject`: it is not sent again, also if the attempt is
   * aborted, `write` throws or the thread of the store crashes. A plainly written record has to be named, see
   * {@link written}. The answer of `write` may name a settled record once more. Ignored after `write` has ended or the
   * signal was aborted. Never throws. Absent where a program calls a store without a host.
   * @example
   * for (const group of groups) context.settle?.(await send(group));
   */
  settle?(outcomes: readonly Outcome[]): void;
}

/** What `done` is told about the run. */
export interface RunEnd {
  /**
   * The producer came to its regular end, no record was rejected at the door, and this store has every record: none of them is a dead letter or
   * lost. Only then does it mean anything that a record is not there; else it may come yet. An incomplete run never replaces what a complete
   * one published. More than `complete` of the receipt, which is about the input alone.
   */
  readonly complete: boolean;
  /**
   * Aborted when the time for `done` is over: what is not published yet has to wait. The host waits a moment longer for `done` to come to an end
   * and say so. Absent in a host that has no such limit.
   */
  readonly signal?: AbortSignal;
  /**
   * Says that publishing advances: `done` of `total` steps are made, in a unit of the store's own. The host then waits on, past the deadline, until
   * no step was made for a while. Costs nearly nothing. Absent in a host that has no such limit.
   */
  progress?(done: number, total: number): void;
}

/** What `done` may tell the receipt. */
export interface DoneReport {
  /** Where the records of this run are, in a form that a person can use: a folder, a URL. */
  readonly location?: string;
  /** Things that a person should know, one sentence each. */
  readonly notes?: readonly string[];
  /** What was not in the records, or not as the configuration says, with numbers. */
  readonly remarks?: readonly Remark[];
}

/** What `check` found. */
export interface CheckReport {
  readonly ok: boolean;
  /** Stable, machine-readable, such as `ok`, `refused`, `no_permission`. */
  readonly code: string;
  /** One line for a person: what works, or what is wrong and what to do. */
  readonly message: string;
}

/** A batch: one or more records, in the order in which they were accepted. */
export type Batch = readonly StoreRecord[];

/** Nothing when every record was written, else one outcome for each record that was not plainly written. */
export type WriteResult = readonly Outcome[] | undefined | void;

/**
 * An open store. A run is `open`, then `write` for batch after batch and `flush` at checkpoints, then `done` once, then `close`.
 * A check is `open`, `check`, `close`: it publishes nothing.
 */
export interface Store {
  /**
   * Writes a batch. Never called with an empty batch; called for up to `delivery.concurrency` batches at a time.
   * @throws StoreError, or any error: it stands for all records of the batch.
   */
  write(batch: Batch, context: WriteContext): WriteResult | Promise<WriteResult>;
  /** Makes durable what `write` acknowledged; resolves when it is. Needed only where `write` promises less. */
  flush?(): void | Promise<void>;
  /** Publishes: the run is over. Called exactly once in a run, also when writing failed. */
  done?(run: RunEnd): void | DoneReport | Promise<void | DoneReport>;
  /**
   * Tries the back end with the real credentials and changes nothing. In ordered delivery it is asked between writes as well, where a record fails
   * again and again: only where the store is well, that record may be the reason.
   */
  check?(): CheckReport | Promise<CheckReport>;
  /** Releases sockets, files and timers. The last call, whatever came before; publishes nothing. */
  close?(): void | Promise<void>;
}

/** What a store promises; the testkit and the docs read it. */
export interface Supports {
  /** The same record written twice is there once. */
  readonly idempotent?: boolean;
  /** Records arrive in the order in which they were accepted; the host then sends one batch at a time. */
  readonly ordered?: boolean;
  /** What `flush` confirmed survives a power loss without help of the host. */
  readonly durable?: boolean;
}

/** The batch sizes that a store recommends; overridable in YAML under `delivery.batch`. */
export interface BatchLimits {
  readonly records?: number;
  /** Sum of {@link StoreRecord.bytes}. */
  readonly bytes?: number;
  /** A batch is sent at this age, in milliseconds, full or not. */
  readonly ageMs?: number;
  /** Batches that may be under way at a time, where the order does not matter. */
  readonly concurrency?: number;
}

/** What is wrong with params that are valid each by itself. */
export interface ParamsProblem {
  /** The param to point to, such as `["tls", "cert"]`; it need not be there. */
  readonly path: readonly (string | number)[];
  /** In one sentence what is wrong and what to do. Never a secret. */
  readonly message: string;
}

/** One request that a batch would cause, as `explain` describes it. */
export interface ExplainedRequest {
  /** What is done: an HTTP method, a command of a database, an operation on a file. */
  readonly method: string;
  /** To what: a URL, or the path of a file; without credentials. */
  readonly url: string;
  /** The proxy that it goes through, without credentials. */
  readonly proxy?: string;
  /** Headers in the order in which they are sent. Secrets are masked. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What is sent, before any compression. */
  readonly body: string;
  /** Records of the batch that are in the body. */
  readonly records: number;
}

/** What a store writes to, for the host to see that no other store of the run writes to the same. */
export interface StoreTarget {
  /** As a person knows it, such as `*.json in /var/audit`. It stands in messages. Never a secret. */
  readonly name: string;
  /**
   * What is compared with those of other stores of the same plugin: one that is equal means the same target. Several where a target has several
   * names, as a cluster has nodes. Shown nowhere.
   * @default the name alone
   */
  readonly keys?: readonly string[];
  /**
   * A second writer in the same run would destroy what the first has written. The host refuses such a configuration; where it is not so, it warns
   * of two stores of one audit with the same target, which has each record twice or as a duplicate.
   * @default false
   */
  readonly exclusive?: boolean;
  /** The param that gives a store another target, such as `path`; messages point to it. */
  readonly param?: string;
}

/** What a plugin may say of its params, and of what it would do. */
export interface StoreHints<S extends ParamsSchema> {
  /** What the schema cannot say of valid params, such as two that exclude each other. Pure; the host reports what it returns with its place. */
  validate?(params: ParamsOf<S>): readonly ParamsProblem[];
  /** Where a param sets the size of a batch, such as the predecessor's `buffer_size`. What it returns goes before `batch`. */
  batchFor?(params: ParamsOf<S>): BatchLimits;
  /**
   * What a store with these params writes to; undefined where it cannot tell. Called where a run has several stores of the plugin, without `open`;
   * it changes nothing, and has 5 s.
   */
  target?(
    params: ParamsOf<S>,
    context: Pick<StoreContext, "resolvePath">,
  ): StoreTarget | undefined | Promise<StoreTarget | undefined>;
  /** The exact requests that a batch would cause; without `open`, and sending nothing. Throws as `open` and `write` do. */
  explain?(
    batch: Batch,
    params: ParamsOf<S>,
    context: StoreContext,
  ): readonly ExplainedRequest[] | Promise<readonly ExplainedRequest[]>;
}

/** What {@link defineStore} takes. */
export interface StoreDefinition<S extends ParamsSchema> extends StoreHints<S> {
  /** Short name, such as `splunkhecstore`. */
  readonly name: string;
  /** `com.target_class` of every record that the store receives; the predecessor's class name where there is one. @default the name */
  readonly className?: string;
  /** Version of the contract that the store was written for: {@link API_VERSION}. */
  readonly apiVersion: number;
  /** JSON Schema of the params; the types of `open` follow from it. */
  readonly params: S;
  readonly supports?: Supports;
  readonly batch?: BatchLimits;
  /** Connects or creates. `params` are valid and complete with defaults. */
  open(params: ParamsOf<S>, context: StoreContext): Store | Promise<Store>;
}

/** A store plugin: the default export of its package. Made by {@link defineStore}. */
export interface StorePlugin<S extends ParamsSchema = ParamsSchema> extends StoreDefinition<S> {
  readonly kind: "store";
  readonly supports: Supports;
  readonly batch: BatchLimits;
}

/** Defines a store; export the result as the default export of the package. */
export function defineStore<const S extends ParamsSchema>(definition: StoreDefinition<S>): StorePlugin<S> {
  return { kind: "store", supports: {}, batch: {}, ...definition };
}
