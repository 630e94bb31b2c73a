import { RejectError, reject } from "@cloudmarker/store-api";
import type { Batch, Outcome, StoreContext } from "@cloudmarker/store-api";
import { groupBatch, parseNameTemplate, recordTime } from "@cloudmarker/store-api/kit";
import type { Group, GroupLimits, Groups } from "@cloudmarker/store-api/kit";
import { toDocument } from "./documents.ts";
import type { RecordDocument } from "./documents.ts";
import { collectionProblem } from "./names.ts";
import type { MongoDBStoreParams } from "./params.ts";

export { toExtendedJson } from "./documents.ts";

/**
 * One insert is one command, so that its outcomes are those of one answer: the driver cuts at 16 MiB of BSON, which is up to seven times the
 * JSON (`1,` takes 13 bytes), and at 100,000 documents (MG-05 to MG-07).
 */
export const INSERT_LIMITS: Required<GroupLimits> = { records: 99_999, bytes: 2 << 20 };

/** The documents that one collection gets at once. */
export interface Insert extends Group {
  readonly documents: RecordDocument[];
}

/** Makes the function that cuts batches into inserts. */
export function insertMaker(
  { db, collection, time, keys }: MongoDBStoreParams,
  { startedMs }: Pick<StoreContext, "startedMs">,
): (batch: Batch) => Groups<Insert> {
  const template = parseNameTemplate(collection);
  const timeOf = recordTime(template.dated ? time : [], startedMs);
  const nameProblems = new Map<string, string | undefined>();
  const nameProblem = (name: string): string | undefined => {
    if (!nameProblems.has(name)) nameProblems.set(name, collectionProblem(db, name));
    return nameProblems.get(name);
  };

  return (batch) => {
    const found = groupBatch(batch, (record) => template.name(record, timeOf(record)), INSERT_LIMITS);
    const rejected = [...found.rejected];
    const groups: Insert[] = [];
    for (const { name, records, indexes } of found.groups) {
      const insert = {
        name,
        records: [] as (typeof records)[number][],
        indexes: [] as number[],
        documents: [] as RecordDocument[],
      };
      const problem = nameProblem(name);
      for (const [at, record] of records.entries()) {
        const index = indexes[at] ?? -1;
        try {
          if (problem !== undefined) throw new RejectError("invalid_name", problem);
          insert.documents.push(toDocument(record, keys));
          insert.records.push(record);
          insert.indexes.push(index);
        } catch (error) {
          rejected.push(refusal(index, error));
        }
      }
      if (insert.documents.length > 0) groups.push(insert);
    }
    return { groups, rejected };
  };
}

function refusal(index: number, error: unknown): Outcome {
  const code = error instanceof RejectError ? error.code : "unreadable";
  return reject(index, code, error instanceof Error ? error.message : String(error));
}
