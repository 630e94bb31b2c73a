import type { RecordValue, StoreRecord } from "@cloudmarker/store-api";

/** The value of a record, or undefined if it nests too deep for JavaScript; its text can still be sent. */
export function valueOf(record: StoreRecord): RecordValue | undefined {
  try {
    return record.value;
  } catch {
    return undefined;
  }
}
