import type { Outcome } from "./outcome.ts";
import type { Remark } from "./receipt.ts";
import type { StoreRecord } from "./record.ts";
import type { ParamsOf, ParamsSchema, StrictSchema } from "./schema.ts";

/** Version of the store contract that this package describes. */
export const API_VERSION = 1;

/**
 * The fields of a log line, for a logger that keeps them beside the message. Each is absent where it does not apply.
 */
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
 * Writes one line for a person; never called with a secret. The message is complete without the fields. The logger that
 * a store gets adds the store's name to the fields; of the fields that a store passes, only `code` is kept.
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
 * What the host does if it is not known whether the store has a record. `at-least-once`: the record is sent again.
 * `at-most-once`: it becomes a dead letter.
 */
export type Guarantee = "at-least-once" | "at-most-once";

/** The surroundings of a store. A store reads the world through this alone. */
export interface StoreContext {
  /** Key of the store in the configuration, such as `archive`. */
  readonly key: string;
  /** Name of the audit that the store belongs to. */
  readonly audit: string;
  /** Run id (`com.audit_version`). */
  readonly run: string;
  /**
   * When the run began, in milliseconds since the epoch. A record without a time of its own gets this time. If the run
   * id is a time, such as `20261123_145314_k3x09a` or `20261123_145314`, it is that time, so that a run that is
   * repeated under its id dates its records as before.
   */
  readonly startedMs: number;
  /**
   * When the first process of a run began that is resumed, in milliseconds since the epoch; absent in a new run. A
   * store that publishes whole files replaces none that a run published which began later.
   */
  readonly resumedStartMs?: number | undefined;
  /**
   * What the user wants for records in doubt. Under `at-most-once` a request that may never arrive turns all its
   * records into dead letters. So a store sends no request on a connection that the server may have closed meanwhile.
   */
  readonly guarantee: Guarantee;
  /** The `com.origin_worker` of the records that will come, as far as it is known beforehand. */
  readonly workers: readonly string[];
  /**
   * Makes the path in a param absolute. A leading `~` is the user's home folder. A relative path starts at the folder
   * of the configuration file that has the param, or at the current folder if a command line or a program has it.
   * @param param name of the param, such as `path`
   */
  resolvePath(param: string, path: string): string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** The circumstances of one attempt to write a batch. */
export interface WriteContext {
  /** 1 for the first attempt of these records. */
  readonly attempt: number;
  /**
   * Aborted when the time of the attempt is over; the host has then counted it as failed. Belongs to this attempt
   * alone.
   */
  readonly signal: AbortSignal;
  /**
   * Tells the host what became of some records while `write` still runs (SC-37). For a store that sends several
   * requests for one batch. A record is settled by `written`, `duplicate` or `reject`: it is not sent again, also if
   * the attempt is aborted, `write` throws or the thread of the store crashes. A plainly written record has to be
   * named, see {@link written}. The answer of `write` may name a settled record once more. Ignored after `write` has
   * ended or the signal was aborted. Never throws. Absent where a program calls a store without a host.
   * @example for (const group of groups) context.settle?.(await send(group));
   */
  settle?(outcomes: readonly Outcome[]): void;
}

/** What `done` gets to know about the run. */
export interface RunEnd {
  /**
   * The producer ended regularly, no record was rejected before it reached the stores, and this store has every record:
   * none is a dead letter or lost. Only then can a store conclude that a missing record is gone; otherwise it may still
   * come. An incomplete run never replaces what a complete one published. This is stricter than `complete` of the
   * receipt, which is about the input alone.
   */
  readonly complete: boolean;
  /**
   * Aborted when the time for `done` is over: what is not published yet has to wait. The host waits a moment longer for
   * `done` to end and report. Absent in a host without such a limit.
   */
  readonly signal?: AbortSignal;
  /**
   * Reports that publishing advances: `done` of `total` steps are made, in a unit of the store's own. The host then
   * waits on, past the deadline, until no step was made for a while. A call takes almost no time. Absent in a host
   * without such a limit.
   */
  progress?(done: number, total: number): void;
}

/** What `done` may add to the receipt. */
export interface DoneReport {
  /** Where the records of this run are, in a form that a person can use: a folder, a URL. */
  readonly location?: string;
  /** Notes for a person, one sentence each. */
  readonly notes?: readonly string[];
  /** Where the records did not have what the configuration names, with numbers. */
  readonly remarks?: readonly Remark[];
}

/** The result of `check`. */
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
 * An open store. A run is `open`, then `write` for each batch and `flush` at checkpoints, then `done` once, then
 * `close`. A check is `open`, `check`, `close`, and publishes nothing.
 */
export interface Store {
  /**
   * Writes a batch, which is never empty. Called for up to `delivery.concurrency` batches at a time.
   * @throws StoreError, or any error: it holds for all records of the batch.
   */
  write(batch: Batch, context: WriteContext): WriteResult | Promise<WriteResult>;
  /**
   * Makes durable what `write` acknowledged, and resolves then. Needed only if `write` acknowledges what is not durable
   * yet.
   */
  flush?(): void | Promise<void>;
  /** Publishes at the end of the run. Called exactly once in a run, also when writing failed. */
  done?(run: RunEnd): void | DoneReport | Promise<void | DoneReport>;
  /**
   * Tries the back end with the real credentials and changes nothing. In ordered delivery it is also called between
   * writes, if a record fails again and again: that record can be the reason only if the store is well.
   */
  check?(): CheckReport | Promise<CheckReport>;
  /** Releases sockets, files and timers. The last call, whatever came before; publishes nothing. */
  close?(): void | Promise<void>;
}

/** What a store supports; the testkit and the docs read it. */
export interface Supports {
  /** A record that is written twice is there once. */
  readonly idempotent?: boolean;
  /**
   * A batch that is written twice whole, with the same records in the same order, is there once: the store names what
   * it writes by `batchId` of `@cloudmarker/store-kit/batches`. Of a store that is idempotent this is known.
   */
  readonly wholeBatches?: boolean;
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
  /** Batches that may be under way at a time, if the order does not matter. */
  readonly concurrency?: number;
}

/** A problem with params that fit the schema. */
export interface ParamsProblem {
  /** The param to point to, such as `["tls", "cert"]`; it need not exist. */
  readonly path: readonly (string | number)[];
  /** One sentence: what is wrong and what to do. Never a secret. */
  readonly message: string;
  /** The configuration is used all the same: the host only warns. @default false */
  readonly isWarning?: boolean;
}

/** One request for a batch, as `explain` describes it. */
export interface ExplainedRequest {
  /** The action: an HTTP method, a command of a database, an operation on a file. */
  readonly method: string;
  /** The target: a URL, or the path of a file; without credentials. */
  readonly url: string;
  /** The proxy of the request, without credentials. */
  readonly proxy?: string;
  /** Headers in the order in which they are sent. Secrets are masked. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The body before any compression. */
  readonly body: string;
  /** Records of the batch that are in the body. */
  readonly records: number;
}

/** What a store writes to. The host checks that no two stores of a run write to the same target. */
export interface StoreTarget {
  /** The name that a person knows, such as `*.json in /var/audit`. Messages show it. Never a secret. */
  readonly name: string;
  /**
   * Keys to compare with those of other stores of the same plugin: an equal key means the same target. There are
   * several if a target has several names, as a cluster has nodes. Never shown.
   * @default the name alone
   */
  readonly keys?: readonly string[];
  /**
   * A second writer in the same run would destroy what the first has written. If true, the host refuses such a
   * configuration. If false, it warns when two stores of one audit have the same target, which then has each record
   * twice or as a duplicate.
   * @default false
   */
  readonly exclusive?: boolean;
  /** The param that changes the target, such as `path`; messages point to it. */
  readonly param?: string;
}

/** What a plugin may say of its params. */
export interface StoreHints<S extends ParamsSchema> {
  /**
   * The params that may be to blame for an error of the store, by its code, the likeliest first: `{ credentials:
   * ["password", "username"], tls: ["tls.ca"] }`. Messages point to the first of them that is written.
   */
  readonly blames?: Readonly<Record<string, readonly string[]>>;
  /**
   * Problems that the schema cannot express for valid params, such as two params that exclude each other. It has no
   * side effects; the host reports each problem with its place.
   * @param given the params without the defaults of the schema
   */
  validate?(params: ParamsOf<S>, given: Partial<ParamsOf<S>>): readonly ParamsProblem[];
  /** The batch sizes that a param sets, such as the predecessor's `buffer_size`. They go before `batch`. */
  batchFor?(params: ParamsOf<S>): BatchLimits;
  /**
   * What a store with these params writes to; undefined if unknown. Called, without `open`, if a run has several stores
   * of the plugin; it changes nothing, and has 5 s.
   */
  target?(
    params: ParamsOf<S>,
    context: Pick<StoreContext, "resolvePath">,
  ): StoreTarget | undefined | Promise<StoreTarget | undefined>;
  /**
   * The exact requests for a batch. It is called without `open` and sends nothing. It throws as `open` and `write` do.
   */
  explain?(
    batch: Batch,
    params: ParamsOf<S>,
    context: StoreContext,
  ): readonly ExplainedRequest[] | Promise<readonly ExplainedRequest[]>;
}

/** The definition that {@link defineStore} takes. */
export interface StoreDefinition<S extends ParamsSchema> extends StoreHints<S> {
  /** Short name, such as `splunkhecstore`. */
  readonly name: string;
  /**
   * `com.target_class` of every record that the store receives; the predecessor's class name if there is one. @default
   * the name
   */
  readonly className?: string;
  /** Version of the contract that the store was written for: {@link API_VERSION}. */
  readonly apiVersion: 1;
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

/**
 * Defines a store; export the result as the default export of the package. Under `isolatedDeclarations` TypeScript asks
 * for a type: `const store: StorePlugin = defineStore(…)`. The params of `open` are inferred all the same.
 */
export function defineStore<const S extends ParamsSchema>(
  definition: StoreDefinition<S> & { readonly params: StrictSchema<S> },
): StorePlugin<S> {
  return { kind: "store", supports: {}, batch: {}, ...definition };
}
