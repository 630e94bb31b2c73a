import { createHash } from "node:crypto";
import type { StoreRecord } from "@cloudmarker/store-api";

/** Hex digits of an id: 128 bits, as many as {@link StoreRecord.id} has. */
const DIGITS = 32;

/**
 * A name for these records, 32 hex digits (SC-65): the same whenever the same records come in the same order, and
 * another one otherwise. A store that writes an object or a file for each batch names it so: a batch that comes again
 * then replaces itself. Also for the records of one request of several, such as those of a {@link Group}.
 * @example await put(`${folder}/${batchId(batch)}.ndjson`, text)
 */
export function batchId(records: Iterable<Pick<StoreRecord, "id">>): string {
  const hash = createHash("sha256");
  for (const { id } of records) hash.update(id);
  return hash.digest("hex").slice(0, DIGITS);
}
