import { type Com, isRawJson, parsePointer, type RecordValue, type Remark, valueAt } from "@cloudmarker/store-api";
import { counted } from "../grouped.ts";
import { sha256 } from "./sha256.ts";

/** Bytes of an id: 128 bits. */
const BYTES = 16;

const HEX: readonly string[] = Array.from({ length: 256 }, (_value, byte) => byte.toString(16).padStart(2, "0"));

/** The parts of a record's id that do not come from the record itself. */
export class Identity {
  /** Run id. The same record has different ids in different runs. */
  readonly run: string;
  /** Paths of the values that identify a record. */
  readonly paths: readonly (readonly string[])[];
  /** The same for all stores of an audit. */
  readonly key: string;
  /** The part of an id that is the same for all records. */
  readonly prefix: string;
  #mask: string | undefined;
  readonly #pointers: readonly string[];
  /** For each pointer: whether it has led to a scalar so far. */
  readonly #isFound: boolean[];
  /** Number of records on which the pointers were tried. */
  #tried = 0;

  constructor(run: string, pointers: readonly string[]) {
    this.run = run;
    this.paths = pointers.map(parsePointer);
    this.key = JSON.stringify([run, ...pointers]);
    this.prefix = `${JSON.stringify(run)}\n`;
    this.#pointers = pointers;
    this.#isFound = pointers.map(() => false);
  }

  /** SHA-256 of {@link Identity.prefix}, one character per byte. */
  get mask(): string {
    return (this.#mask ??= sha256(this.prefix));
  }

  /** Notes the result of the pointers on one record. `isFound` says for each pointer whether it led to a scalar. */
  tried(isFound: readonly boolean[]): void {
    this.#tried++;
    for (const [at, found] of isFound.entries()) if (found) this.#isFound[at] = true;
  }

  /** Remarks about pointers that led to a value in no record. */
  remarks(audit: string): readonly Remark[] {
    const count = this.#tried;
    if (count === 0) return [];
    const records = counted(count, "record");
    return this.#pointers.flatMap((pointer, at) => {
      if (this.#isFound[at]) return [];
      const what = `audits.${audit}.id: ${pointer} led to no text, number or boolean in any of ${records} without com.record_id`;
      const message = `${what}: nothing of it is in their ids.`;
      return [{ code: "unmatched_pointer", count, of: count, message, sample: pointer }];
    });
  }
}

/** The parts of a record from which its id is made. The value is read only if the audit has pointers. */
export interface Identified {
  readonly com: Com;
  /** SHA-256 of the record's own text up to the stamp, one character per byte. */
  readonly digest: string;
  /** The record without a stamp, which differs from store to store. */
  unstamped(): RecordValue;
}

/**
 * The document id of a record, in hex: the first 128 bits of the XOR of two SHA-256 hashes:
 * 1. the hash of the record's text without the stamp: `raw`, `ext` and the keys of `com` that the host does not write;
 * 2. the hash of the run and the audit. It includes the values that the pointers of the audit lead to, if each is a
 *    string, number or boolean. A record with a `com.record_id` ignores the pointers, since that id is in hash 1.
 *
 * So two different records never share an id, whatever their producer writes into them. A record that is sent again has
 * the same id. Hash 1 takes most of the time; all audits share it.
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

/**
 * The values at all paths as one unambiguous text. Undefined if a value is missing, or if the record nests too deeply
 * to be read.
 */
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
