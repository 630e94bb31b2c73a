import { type Batch, RejectError } from "@cloudmarker/store-api";
import { groupBatch, parseNameTemplate, recordTime, remember } from "@cloudmarker/store-api/kit";
import type { Group, Groups } from "@cloudmarker/store-api/kit";
import { documentOf, type KeyRule } from "./documents.ts";
import type { MongoDBStoreParams } from "./params.ts";
import { collectionProblem } from "./validate.ts";

export { documentOf, toExtendedJson } from "./documents.ts";

/**
 * One insert is one command, so that its outcomes are those of one answer: the driver cuts at 16 MiB of BSON, which is up to seven times the
 * JSON (`1,` takes 13 bytes), and at 100,000 documents (MG-05 to MG-07).
 */
const INSERT_LIMITS = { records: 99_999, bytes: 2 << 20 };

/**
 * Makes the function that cuts a batch into inserts, by the name of the collection.
 * @param startedMs - the time of a record that has none
 */
export function insertMaker(params: MongoDBStoreParams, startedMs: number): (batch: Batch) => Groups {
  const { db, collection, time } = params;
  const template = parseNameTemplate(collection);
  const timeOf = recordTime(template.dated ? time : [], startedMs);
  const problemOf = remember((name) => collectionProblem(db, name));
  const nameOf = (record: Batch[number]): string | undefined => {
    const name = template.name(record, timeOf(record));
    const problem = name === undefined ? undefined : problemOf(name);
    if (problem !== undefined) throw new RejectError("invalid_name", problem);
    return name;
  };
  return (batch) => groupBatch(batch, nameOf, INSERT_LIMITS);
}

/** Parts the records of an insert that MongoDB can hold from those that it cannot. */
export function storable({ name, records }: Group, keys: KeyRule): Groups {
  return groupBatch(records, (record) => {
    documentOf(record, keys).toBSON();
    return name;
  });
}
