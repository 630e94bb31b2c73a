import { type Com, isRawJson, type RecordValue, valueAt } from "@cloudmarker/store-api";
import type { Identity } from "./stamp.ts";

/** Of 128 bits. */
const HEX_DIGITS = 32;

/** What {@link idOf} needs of a record; its value is asked for only where pointers lead into it. */
export interface Identified {
  readonly com: Com;
  /** The record without a stamp, which differs from store to store. */
  unstamped(): RecordValue;
  /** SHA-256, in hex, of a text and behind it the record's own text up to the stamp. */
  digest(beginning: string): string;
}

/**
 * The document id of a record (ES-06, ES-07): 128 bits of SHA-256, in hex, of
 * 1. the run and the audit;
 * 2. the identity of the record: the values that the pointers of the audit lead to, if every one is a string, number or boolean. A record with a
 *    `com.record_id` has that one, and it is part of 3;
 * 3. the record's text without the stamp: `raw`, `ext` and all of `com` that is not the host's.
 *
 * So records that differ in anything never share an id, whatever their producer says of them, and one that is sent again has the id that it had.
 */
export function idOf(record: Identified, identity: Identity): string {
  const found = identity.paths.length > 0 && !hasOwnId(record.com) ? pointed(record, identity) : undefined;
  // A text begins with a brace and values with a bracket: neither can be taken for the other.
  const beginning = found === undefined ? identity.prefix : `${identity.prefix}${found}\n`;
  return record.digest(beginning).slice(0, HEX_DIGITS);
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
