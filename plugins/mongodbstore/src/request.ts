import { type Batch, RejectError } from "@cloudmarker/store-api";
import { groupBatch, type Groups, type RecordReader, recordReader } from "@cloudmarker/store-kit/batches";
import { type NameTemplate, parseNameTemplate, remember } from "@cloudmarker/store-kit/names";
import type { MongoDBStoreParams } from "./params.ts";
import { collectionProblem } from "./validate.ts";

/**
 * One insert is one command (MG-07): even if all of it is `1,`, BSON takes less than seven times the bytes, and a
 * command may have 48 MB.
 */
const INSERT_LIMITS = { records: 99_999, bytes: 2 << 20 };

/**
 * Makes the function that cuts a batch into inserts, by the name of the collection.
 * @param startedMs - the time of a record that has none
 */
export function insertMaker(
  params: MongoDBStoreParams,
  startedMs: number,
): ((batch: Batch) => Groups) & Pick<NameTemplate, "notes"> & Pick<RecordReader, "settle" | "remarks"> {
  const { db, collection, time } = params;
  const template = parseNameTemplate(collection, { clean: cleanForCollection });
  const read = recordReader(template.dated ? time : [], [], startedMs);
  const problemOf = remember((name) => collectionProblem(db, name));
  const nameOf = (record: Batch[number]): string | undefined => {
    const { timeMs, value } = read(record);
    const name = template.name(record, timeMs, value);
    const problem = name === undefined ? undefined : problemOf(name);
    if (problem !== undefined) throw new RejectError("invalid_name", problem);
    return name;
  };
  const make = (batch: Batch): Groups => groupBatch(batch, nameOf, INSERT_LIMITS);
  return Object.assign(make, { notes: () => template.notes(), settle: read.settle, remarks: read.remarks });
}

/**
 * The write concern, in the form that the server reads (MG-13): a number that is written as text is not a custom name.
 */
export function writeConcernOf({ write_concern: { w, journal: j, timeout: wtimeout } }: MongoDBStoreParams): {
  readonly w: string | number;
  readonly j: boolean;
  readonly wtimeout: number;
} {
  return { w: Number.isNaN(Number(w)) ? w : Number(w), j, wtimeout };
}

/** A record's value as a part of the name of a collection, with `_` for each character that is not allowed (L-42). */
function cleanForCollection(value: string): string {
  return value.toWellFormed().replaceAll(/[$\0]/gu, "_");
}
