import { BlockedError } from "@cloudmarker/store-api";
import type { Logger } from "@cloudmarker/store-api";
import type { CollectionInfo, Db } from "mongodb";
import { readError, toFailure } from "./failures.ts";

const INDEX = { "com.audit_key": 1, "com.audit_version": 1, "com.record_type": 1 } as const;
const UNAUTHORIZED = 13;

/** What {@link Collections} needs. */
export interface CollectionsOptions {
  readonly db: Db;
  readonly peer: string;
  /** Whether new collections get an index. */
  readonly indexes: boolean;
  readonly logger: Logger;
}

/** Looks at each collection before the first insert, once. */
export class Collections {
  /** What a person should know of them. */
  readonly notes: string[] = [];
  readonly #options: CollectionsOptions;
  readonly #ready = new Map<string, Promise<void>>();

  constructor(options: CollectionsOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the collection may be written to. What failed is tried again with the next batch.
   * @throws BlockedError `not_writable` for a view; StoreError where the server does not answer
   */
  prepare(name: string, signal: AbortSignal): Promise<void> {
    const known = this.#ready.get(name);
    if (known) return known;
    const ready = this.#prepare(name, signal);
    this.#ready.set(name, ready);
    ready.catch(() => this.#ready.delete(name));
    return ready;
  }

  async #prepare(name: string, signal: AbortSignal): Promise<void> {
    const { db, peer, indexes, logger } = this.#options;
    let info: CollectionInfo | undefined;
    try {
      [info] = await db.listCollections({ name }, { nameOnly: false, signal }).toArray();
    } catch (error) {
      // Who may only insert need not know what the collection is like.
      if (readError(error).code !== UNAUTHORIZED) throw toFailure(error, peer);
      logger.debug(`${peer}: ${db.databaseName}.${name} is used unseen: ${readError(error).message}.`);
      return;
    }
    if (info) this.#examine(info, `${db.databaseName}.${name}`);
    else if (indexes) await this.#index(name);
  }

  #examine({ type, options = {} }: CollectionInfo, ns: string): void {
    if (type === "view") throw new BlockedError("not_writable", `${ns} is a view, which cannot be written to.`);
    if (type === "timeseries") {
      const { timeField } = (options["timeseries"] ?? {}) as { timeField?: string };
      this.#note(
        `${ns} is a time-series collection: a record that is sent twice is there twice, and records without a date in "${timeField}" are refused.`,
      );
    }
    if (options["capped"] === true)
      this.#note(`${ns} is a capped collection: the oldest records vanish when it is full.`);
    if (options["validator"] !== undefined) this.#note(`${ns} has a validator, which may refuse records.`);
  }

  /** Only of a new collection, where it is made at once; of a large one that would take longer than a batch may. */
  async #index(name: string): Promise<void> {
    const { db, peer, logger } = this.#options;
    try {
      await db.createIndex(name, INDEX, { name: "cloudmarker" });
    } catch (error) {
      const failure = toFailure(error, peer);
      logger.warn(`${db.databaseName}.${name} has no index on com.audit_key: ${failure.message}`);
    }
  }

  #note(text: string): void {
    this.#options.logger.warn(text);
    this.notes.push(text);
  }
}
