import type { StoreRecord } from "@cloudmarker/store-api";

/** A record as the host hands it out; without worker where that is undefined. */
export function makeRecord(worker: string | undefined, n: number, padding = ""): StoreRecord {
  const com = worker === undefined ? {} : { origin_worker: worker };
  const value = { raw: { n, padding }, ext: {}, com };
  const json = JSON.stringify(value);
  return { json, bytes: Buffer.byteLength(json), id: String(n), com, value };
}
