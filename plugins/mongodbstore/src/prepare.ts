import { BlockedError, type Logger } from "@cloudmarker/store-api";
import { remember } from "@cloudmarker/store-kit/names";
import { once } from "@cloudmarker/store-kit/tasks";
import type { CollectionInfo, Db } from "mongodb";
import { UNAUTHORIZED } from "./codes.ts";
import { askFor, toFailure } from "./outcomes.ts";
import type { MongoDBStoreParams } from "./params.ts";
import { peerOf } from "./server.ts";

const INDEX = { "com.audit_key": 1, "com.audit_version": 1, "com.record_type": 1 } as const;

/** Examines a collection before the first insert. */
export type Prepare = (db: Db, name: string, signal: AbortSignal) => Promise<void>;

/**
 * Makes the function that examines each collection once; after a failure it tries again with the next batch.
 * @param notes - gets notes on a collection, for a person
 */
export function preparer(params: MongoDBStoreParams, logger: Logger, notes: string[]): Prepare {
  const tell = (note: string): void => {
    logger.warn(note);
    notes.push(note);
  };
  const look: Prepare = async (db, name, signal) => {
    const ns = `${db.databaseName}.${name}`;
    // A user who may only insert cannot see the kind of the collection.
    const info = await askFor<Known | undefined, Known>(lookAt(db, name, signal), UNAUTHORIZED, {});
    if (info) notesOn(info, ns).forEach(tell);
    // Only for a new collection, where it is made at once; for a large one it would take longer than a batch may.
    if (info || !params.indexes) return;
    await db.createIndex(name, INDEX, { name: "cloudmarker" }).catch((error: unknown) => {
      tell(`${ns} has no index on com.audit_key: ${toFailure(error, peerOf(params)).message}`);
    });
  };

  const lookOnce = remember(() => once(look));
  return (db, name, signal) => lookOnce(name)(db, name, signal);
}

/**
 * What the server says of a collection; undefined if it does not exist yet.
 * @throws BlockedError `not_writable` for a view (MG-19)
 */
export async function lookAt(db: Db, name: string, signal?: AbortSignal): Promise<CollectionInfo | undefined> {
  const [info] = await db.listCollections({ name }, { nameOnly: false, signal }).toArray();
  if (info?.type === "view")
    throw new BlockedError("not_writable", `${db.databaseName}.${name} is a view, which cannot be written to.`);
  return info;
}

type Known = Pick<CollectionInfo, "options">;

function notesOn({ options: { timeseries, capped, validator } = {} }: Known, ns: string): string[] {
  const notes: unknown[] = [
    timeseries &&
      `${ns} is a time-series collection: a record that is sent twice is there twice, and records without a date in "${timeseries.timeField}" are refused.`,
    capped && `${ns} is a capped collection: the oldest records vanish when it is full.`,
    validator && `${ns} has a validator, which may refuse records.`,
  ];
  return notes.filter((note) => typeof note === "string");
}
