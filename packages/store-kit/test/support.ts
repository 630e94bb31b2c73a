import type { Com, RecordValue, StoreRecord } from "@cloudmarker/store-api";

/** A record as a store sees it. */
export function recordOf(raw: unknown, com: Com = {}): StoreRecord {
  const value: RecordValue = { raw, ext: {}, com };
  const json = JSON.stringify(value);
  return {
    json,
    bytes: Buffer.byteLength(json),
    writeTo: (target, at) => Buffer.from(target.buffer, target.byteOffset, target.length).write(json, at),
    id: String(raw),
    com,
    value,
  };
}
