import { hash } from "node:crypto";
import { type Com, isRawJson, type RecordValue, valueAt } from "@cloudmarker/store-api";
import { Sha256 } from "./sha256.ts";
import type { Identity } from "./stamp.ts";

/** The longest id that Elasticsearch takes, in UTF-8 bytes (ES-06). */
const MAX_ID_BYTES = 512;

/** Of 128 bits. */
const HEX_DIGITS = 32;

const sha256 = new Sha256();

/** Keys of `com` that tell two records of the same content apart. Nothing that changes when a record is sent again. */
const DISTINCT: readonly string[] = ["origin_key", "origin_class", "origin_worker", "origin_type", "record_type"];

/** What {@link idOf} needs of a record; content and value are asked for only where they count. */
export interface Identified {
  readonly com: Com;
  /** JSON text of `raw` and `ext`; the first and the last part are the same for many records. */
  content(): readonly [beginning: string, text: string, ending: string];
  value(): RecordValue;
}

/**
 * The identity of a record (ES-06, ES-07), by the first of these that it has:
 * 1. `com.record_id`, a string that is not empty; hashed if it is over 512 bytes or no text that UTF-8 has. It is the producer's, so the run is not mixed in.
 * 2. The values that the pointers of the audit lead to, if every one is a string, number or boolean; hashed with the run id.
 * 3. The text of `raw` and `ext` and who produced them; hashed with the run id.
 *
 * A hash is 128 bits of SHA-256, in hex.
 */
export function idOf(record: Identified, identity: Identity): string {
  const own = record.com.record_id;
  if (typeof own === "string" && own !== "") {
    // UTF-8 has no lone surrogates: what takes them for U+FFFD would take two ids for one (MG-15).
    if (!own.isWellFormed()) return digest("id", JSON.stringify(own));
    return own.length * 3 <= MAX_ID_BYTES || Buffer.byteLength(own) <= MAX_ID_BYTES ? own : digest("id", own);
  }
  const found = identity.paths.length > 0 ? pointed(record.value(), identity.paths) : undefined;
  if (found !== undefined) return digest("at", identity.run, found);
  const [beginning, text, ending] = record.content();
  return sha256.hex(identity.prefixOf(record.com, beginning), text, ending).slice(0, HEX_DIGITS);
}

/** What the id of a record is made of beside its content: its run and who produced it. */
export function contentPrefix(run: string, com: Com): string {
  return `is\n${run}\n${JSON.stringify(DISTINCT.map((key) => com[key] ?? null))}\n`;
}

/** The values at all paths as one unambiguous text, or undefined where one is missing. */
function pointed(value: RecordValue, paths: readonly (readonly string[])[]): string | undefined {
  const found = paths.map((path) => valueAt(value, path));
  return found.every(isScalar) ? JSON.stringify(found) : undefined;
}

function isScalar(value: unknown): boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" || isRawJson(value);
}

function digest(...parts: readonly string[]): string {
  return hashOf(parts.join("\n"));
}

function hashOf(text: string): string {
  return hash("sha256", text).slice(0, HEX_DIGITS);
}
