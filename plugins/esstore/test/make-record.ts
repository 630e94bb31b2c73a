import type { Com, StoreRecord } from "@cloudmarker/store-api";
import { recordOfText } from "../../../test/support/record-of-text.ts";

/** A record with this id, as the host hands it out. */
export function makeRecord(id: string, raw: unknown = { id }, com: Com = { origin_worker: "aws" }): StoreRecord {
  return recordOf(JSON.stringify({ raw, ext: {}, com }), com, id);
}

/** Records `r0` to `r{count-1}`. */
export function batchOf(count: number): StoreRecord[] {
  return Array.from({ length: count }, (_, n) => makeRecord(`r${n}`));
}

/** A record of this very text. */
export function recordOf(json: string, com: Com, id = "r0"): StoreRecord {
  return recordOfText(json, com, id);
}
