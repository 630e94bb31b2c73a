import type { RecordValue, StoreRecord } from "@cloudmarker/store-api";

/** The value of a record, or undefined where it nests too deep for JavaScript: its text can be sent all the same. */
export function valueOf(record: StoreRecord): RecordValue | undefined {
  try {
    return record.value;
  } catch {
    return undefined;
  }
}
