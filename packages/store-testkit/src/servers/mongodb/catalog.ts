import type { CollectionSpec, IndexSpec } from "./collection.ts";
import { CommandError } from "./errors.ts";
import type { MongoRequest } from "./faults.ts";
import type { ServerState } from "./state.ts";
import type { Doc } from "./wire.ts";

/** Fields of the command that say nothing of the collection. */
const NO_OPTIONS = new Set(["create", "$db", "lsid", "txnNumber", "writeConcern", "$clusterTime"]);

/** Makes a collection: capped, time-series, or a view, as the options say. */
export function create(state: ServerState, { ns, body }: MongoRequest): Doc {
  const options = Object.fromEntries(Object.entries(body).filter(([name]) => !NO_OPTIONS.has(name)));
  state.create(ns, { type: typeOf(options), options });
  return { ok: 1 };
}

/** The collections of the database, by name and in one batch. Of filters, only one for the name is known. */
export function listCollections(state: ServerState, { db, body }: MongoRequest): Doc {
  const { name, ...others } = (body["filter"] ?? {}) as Doc;
  if (Object.keys(others).length > 0) throw new CommandError(2, "Only a filter for the name is known here.");
  const found = [...state.collections.values()]
    .map(({ ns, ...rest }) => ({ ...rest, db: databaseOf(ns), name: ns.slice(databaseOf(ns).length + 1) }))
    .filter((collection) => collection.db === db && (name === undefined || name === collection.name))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const firstBatch = found.map(({ type, options, name: own }) => {
    if (body["nameOnly"] === true) return { name: own, type };
    const idIndex = type === "collection" ? { idIndex: { v: 2, key: { _id: 1 }, name: "_id_" } } : {};
    return { name: own, type, options, info: { readOnly: type === "view" }, ...idIndex };
  });
  return { cursor: { id: 0n, ns: `${db}.$cmd.listCollections`, firstBatch }, ok: 1 };
}

/** Records indexes, and makes the collection where it is missing. */
export function createIndexes(state: ServerState, { ns, body }: MongoRequest): Doc {
  const createdCollectionAutomatically = !state.existing(ns);
  const collection = state.writable(ns);
  const numIndexesBefore = collection.indexes.length;
  for (const index of body["indexes"] as IndexSpec[]) collection.addIndex(index);
  const numIndexesAfter = collection.indexes.length;
  const note = numIndexesAfter === numIndexesBefore && { note: "all indexes already exist" };
  return { numIndexesBefore, numIndexesAfter, createdCollectionAutomatically, ...note, ok: 1 };
}

/** The indexes of a collection, in one batch. */
export function listIndexes(state: ServerState, { ns }: MongoRequest): Doc {
  const collection = state.existing(ns);
  if (!collection) throw new CommandError(26, `ns does not exist: ${ns}`);
  return { cursor: { id: 0n, ns, firstBatch: collection.indexes }, ok: 1 };
}

function typeOf(options: Doc): NonNullable<CollectionSpec["type"]> {
  if (options["timeseries"] !== undefined) return "timeseries";
  return options["viewOn"] === undefined ? "collection" : "view";
}

function databaseOf(ns: string): string {
  return ns.slice(0, ns.indexOf("."));
}
