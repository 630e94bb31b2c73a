import type { MongoAuth } from "./auth.ts";
import { Collection } from "./collection.ts";
import type { CollectionSpec } from "./collection.ts";
import { CommandError } from "./errors.ts";
import type { ServerFacts } from "./hello.ts";
import type { Doc } from "./wire.ts";

/** What a server has counted since it was first started. */
export interface Counts {
  /** Documents that it took. */
  inserted: number;
  /** Documents that it refused since their `_id` was there already. */
  duplicates: number;
  /** Inserts that came in, whatever became of them. */
  insertCommands: number;
  /** The ids of the documents of these inserts, in the order in which they came, see `idText`. */
  readonly received: string[];
  /** Names of the commands that came in, without those by which a driver watches the server. */
  readonly commands: string[];
}

/** A retryable write that was done. */
interface DoneWrite {
  readonly txnNumber: number;
  readonly reply: Doc;
}

/** What outlives a restart, as if it were on disk. */
export class ServerState {
  readonly facts: ServerFacts;
  readonly auth: MongoAuth | undefined;
  readonly nullSink: boolean;
  readonly counts: Counts = { inserted: 0, duplicates: 0, insertCommands: 0, received: [], commands: [] };
  /** The last retryable write of each session. */
  readonly doneWrites: Map<string, DoneWrite> = new Map();
  readonly collections: Map<string, Collection> = new Map();

  constructor(facts: ServerFacts, auth: MongoAuth | undefined, nullSink: boolean) {
    this.facts = facts;
    this.auth = auth;
    this.nullSink = nullSink;
  }

  /** @throws CommandError 48 where it is there */
  create(ns: string, spec?: CollectionSpec): Collection {
    if (this.collections.has(ns)) throw new CommandError(48, `Collection ${ns} already exists.`);
    const collection = new Collection(ns, spec);
    this.collections.set(ns, collection);
    return collection;
  }

  /**
   * The collection to write to, made where it is missing.
   * @throws CommandError 166 where it is a view
   */
  writable(ns: string): Collection {
    return this.existing(ns) ?? this.create(ns);
  }

  /** @throws CommandError 166 where it is a view */
  existing(ns: string): Collection | undefined {
    const collection = this.collections.get(ns);
    if (collection?.type === "view") throw new CommandError(166, `Namespace ${ns} is a view, not a collection`);
    return collection;
  }
}
