import type { ParamsSchema, StorePlugin } from "@cloudmarker/store-api";

/** Where the records of one check go. No two checks have the same one. */
export interface At {
  /** `127.0.0.1` */
  readonly host: string;
  /** Of the kit's proxy; in {@link StoreTest.read} of the server itself. 0 without a server. */
  readonly port: number;
  /** `http://127.0.0.1:PORT`; change the protocol as you need it. */
  readonly url: string;
  /** A new name for a table, an index, a topic: a letter, then letters and digits. */
  readonly namespace: string;
  /** An empty folder, removed at the end, for a store that writes files. */
  readonly folder: string;
}

/** A server to test against. */
export interface TestServer {
  /** Of 127.0.0.1. Read for each connection: after `start` it may be another one. */
  readonly port: number;
  /** Ends it, as a kill would. Also called at the end. */
  stop(): void | Promise<void>;
  /** Starts it again, with what was stored. Without it the server is not stopped midway. */
  start?(): void | Promise<void>;
}

/** A record as it was read back. At least one of the two is there. */
export interface StoredRow {
  /** Of the record, if the store keeps it. */
  readonly id?: string | undefined;
  /** The record as JSON text. */
  readonly json?: string | undefined;
}

/** Params that cannot work, to be laid over those of {@link StoreTest.params}. */
export interface WrongParams {
  /** Such as another password. */
  readonly credentials?: Readonly<Record<string, unknown>>;
  /** Where nothing listens, or what does not exist. */
  readonly address?: Readonly<Record<string, unknown>>;
}

/** What the store keeps of a record. What it does not keep, it has to reject. */
export interface Keeps {
  /** All digits of a number that a double cannot hold. @default false */
  readonly digits?: boolean;
  /** U+0000 in texts. @default true */
  readonly nul?: boolean;
  /** A key that an object has twice. @default false */
  readonly duplicateKeys?: boolean;
  /** Keys that mean something elsewhere, such as `a.b`, `$set` and an empty one. @default true */
  readonly specialKeys?: boolean;
  /** Arrays in arrays. @default true */
  readonly nestedArrays?: boolean;
  /** Levels of nested objects. @default 50 */
  readonly depth?: number;
}

/**
 * Where a record can be read back first.
 * - `write`: when `write` has acknowledged it.
 * - `flush`: when a `flush` after that has resolved.
 * - `done`: the store publishes at the end of the run, as one that writes files does.
 */
export type Visible = "write" | "flush" | "done";

/** What there is to know about a store that is tested. */
export interface StoreUnderTest<S extends ParamsSchema = ParamsSchema> {
  /** What `defineStore` returned: the default export of the package. */
  readonly plugin: StorePlugin<S>;
  /**
   * Absolute path of the module whose default export the plugin is. With it the store is also run in a thread and in
   * processes of its own, which import the module once more.
   */
  readonly module?: string;
  /** Starts the server; it is started once. Leave it out for a store that needs none. */
  readonly server?: () => TestServer | Promise<TestServer>;
  /** The params for this place. */
  readonly params: (at: At) => Readonly<Record<string, unknown>>;
  /**
   * Reads back what is stored in this place, in its order if there is one: the only way to see that a store lies. There
   * are no rows where nothing was written yet.
   */
  readonly read?: (at: At) => readonly StoredRow[] | Promise<readonly StoredRow[]>;
  /** Params that cannot work. Without them it is not asked what the store does then. */
  readonly wrong?: WrongParams;
  /** What the back end can hold. */
  readonly keeps?: Keeps;
  /**
   * A record that the back end refuses while it takes its neighbours, as `raw`. Without it the kit tries some of which
   * it knows that back ends refuse them.
   */
  readonly poison?: unknown;
  /** @default `flush` if the store has a `flush`, else `write` */
  readonly visible?: Visible;
  /**
   * Time limit of an attempt while the server hangs, in milliseconds: more than the store needs for a batch of ten
   * records. Each check with a server that hangs takes some of it.
   * @default 1000
   */
  readonly timeoutMs?: number;
}
