import type { Com, StoreRecord } from "@cloudmarker/store-api";
import { recordOfText } from "../../../test/support/record-of-text.ts";

/** A record as the host hands it out; without worker where that is undefined. */
export function makeRecord(worker: string | undefined, n: number, padding = ""): StoreRecord {
  const com = worker === undefined ? {} : { origin_worker: worker };
  return recordOf(JSON.stringify({ raw: { n, padding }, ext: {}, com }), com, String(n));
}

/** A record of this very text. */
export function recordOf(json: string, com: Com, id = "0"): StoreRecord {
  return recordOfText(json, com, id);
}
