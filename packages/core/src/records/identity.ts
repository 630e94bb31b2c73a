import { type Com, isRawJson, type RecordValue, valueAt } from "@cloudmarker/store-api";
import { sha256 } from "./sha256.ts";
import type { Identity } from "./stamp.ts";

/** Of 128 bits. */
const BYTES = 16;

const HEX: readonly string[] = Array.from({ length: 256 }, (_value, byte) => byte.toString(16).padStart(2, "0"));

/** What {@link idOf} needs of a record; its value is asked for only where pointers lead into it. */
export interface Identified {
  readonly com: Com;
  /** SHA-256 of the record's own text up to the stamp, a character for each byte. */
  readonly digest: string;
  /** The record without a stamp, which differs from store to store. */
  unstamped(): RecordValue;
}

/**
 * The document id of a record (ES-06, ES-07): in hex, the first 128 bits of two SHA-256, the bits of one reversed where the other's are set:
 * 1. of the record's text without the stamp: `raw`, `ext` and all of `com` that is not the host's;
 * 2. of the run and the audit and, if every one is a string, number or boolean, the values that the pointers of the audit lead to. A record with a
 *    `com.record_id` has that one, and it is part of 1.
 *
 * So records that differ in anything never share an id, whatever their producer says of them, and one that is sent again has the id that it had. What
 * takes time is 1, which all audits share (L-85).
 */
export function idOf(record: Identified, identity: Identity): string {
  const found = identity.paths.length > 0 && !hasOwnId(record.com) ? pointed(record, identity) : undefined;
  const mask = found === undefined ? identity.mask : sha256(identity.prefix + found);
  const { digest } = record;
  let id = "";
  for (let at = 0; at < BYTES; at++) id += HEX[digest.charCodeAt(at) ^ mask.charCodeAt(at)] as string;
  return id;
}

function hasOwnId({ record_id: own }: Com): boolean {
  return typeof own === "string" && own !== "";
}

/** The values at all paths as one unambiguous text, or undefined where one is missing, or the record nests too deeply to be read. */
function pointed(record: Identified, identity: Identity): string | undefined {
  const value = readable(record);
  const found = identity.paths.map((path) => valueAt(value, path));
  const isFound = found.map(isScalar);
  identity.tried(isFound);
  return isFound.includes(false) ? undefined : JSON.stringify(found);
}

function readable(record: Identified): RecordValue | undefined {
  try {
    return record.unstamped();
  } catch {
    return undefined;
  }
}

function isScalar(value: unknown): boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" || isRawJson(value);
}
