import { type Batch, RejectError, type StoreContext } from "@cloudmarker/store-api";
import { groupBatch, parseNameTemplate, recordTime, remember } from "@cloudmarker/store-api/kit";
import type { Group, Groups } from "@cloudmarker/store-api/kit";
import { type RecordDocument, toDocument } from "./documents.ts";
import type { MongoDBStoreParams } from "./params.ts";
import { collectionProblem } from "./validate.ts";

export { toExtendedJson } from "./documents.ts";

/**
 * One insert is one command, so that its outcomes are those of one answer: the driver cuts at 16 MiB of BSON, which is up to seven times the
 * JSON (`1,` takes 13 bytes), and at 100,000 documents (MG-05 to MG-07).
 */
const INSERT_LIMITS = { records: 99_999, bytes: 2 << 20 };

/** The documents that one collection gets at once. */
export interface Insert extends Group {
  readonly documents: readonly RecordDocument[];
}

/** Makes the function that cuts batches into inserts. */
export function insertMaker(
  { db, collection, time, keys }: MongoDBStoreParams,
  { startedMs }: Pick<StoreContext, "startedMs">,
): (batch: Batch) => Groups<Insert> {
  const template = parseNameTemplate(collection);
  const timeOf = recordTime(template.dated ? time : [], startedMs);
  const problemOf = remember((name) => collectionProblem(db, name));

  return (batch) => {
    // By position in the batch.
    const documents: RecordDocument[] = [];
    const place = (record: Batch[number], index: number): string | undefined => {
      // Parsed with every access.
      const { id, value } = record;
      const name = template.name(record, timeOf({ value }));
      const problem = name === undefined ? undefined : problemOf(name);
      if (problem !== undefined) throw new RejectError("invalid_name", problem);
      documents[index] = toDocument({ id, value }, keys);
      return name;
    };
    const { groups, rejected } = groupBatch(batch, place, INSERT_LIMITS);
    const documentsOf = ({ indexes }: Group): RecordDocument[] =>
      indexes.map((index) => documents[index] as RecordDocument);
    return { groups: groups.map((group) => ({ ...group, documents: documentsOf(group) })), rejected };
  };
}
