import type { Collection } from "mongodb";
import type { RecordDocument } from "./documents.ts";
import { readError, toFailure } from "./failures.ts";

const UNAUTHORIZED = 13;

/**
 * Which of these ids the collection has; none of them, to be on the safe side, where the user may not look.
 * @throws StoreError where the server does not answer
 */
export async function findIds(
  collection: Collection<RecordDocument>,
  ids: readonly string[],
  peer: string,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  try {
    const found = collection.find({ _id: { $in: [...ids] } }, { projection: { _id: 1 }, signal });
    return new Set(await found.map(({ _id }) => _id).toArray());
  } catch (error) {
    if (readError(error).code === UNAUTHORIZED) return new Set();
    throw toFailure(error, peer);
  }
}
