import type { Com, RecordValue, StoreRecord } from "@cloudmarker/store-api";
import { errorOf } from "../errors/error-of.ts";
import type { CloudmarkerError } from "../errors.ts";
import { isPlainObject } from "../realms.ts";
import { idOf, type Identified } from "./identity.ts";
import { isRecordValue, JsonText } from "./json-text.ts";
import type { Origin } from "./origin.ts";
import { makeOrigin } from "./origin.ts";
import { EMPTY, Piece } from "./piece.ts";
import { parseLossless } from "./raw-json.ts";
import { sha256OfPieces } from "./sha256.ts";
import { splitRecord } from "./split-record.ts";
import { isEvent, type Stamp } from "./stamp.ts";
import type { Identity } from "./identity.ts";
import { stringify } from "./stringify.ts";

export { makeOrigin, type Origin } from "./origin.ts";
export { makeStamp, type Stamp } from "./stamp.ts";

/** The parts of an {@link Entry}. */
interface EntryParts {
  /** The text before and behind `text`, which other records share. */
  readonly before?: Piece;
  readonly after?: Piece;
  readonly text: string;
  /** UTF-8 bytes of `text`. */
  readonly bytes: number;
  readonly com: Com;
  readonly isBare: boolean;
  /** @default what `com` says */
  readonly isEvent?: boolean;
}

/** One accepted record, written as JSON up to the stamp of the store. All stores share it. */
export class Entry implements Identified {
  readonly #before: Piece;
  /** The part that differs from record to record. */
  readonly #text: string;
  readonly #after: Piece;
  /** UTF-8 bytes of {@link Entry.head}. */
  readonly headBytes: number;
  /** The record's `com` without the stamp. */
  readonly com: Com;
  /** Whether `com` is empty: the stamp then begins without a comma. */
  readonly isBare: boolean;
  /** Whether it gets the stamp of events. */
  readonly isEvent: boolean;
  #digest = "";
  #id = "";
  /** The identity for which {@link Entry.#id} was made. */
  #idOf = "";

  constructor(parts: EntryParts) {
    const { text, bytes, com, isBare, isEvent: event = isEvent(com), before = EMPTY, after = EMPTY } = parts;
    this.#before = before;
    this.#text = text;
    this.#after = after;
    this.headBytes = before.bytes.length + bytes + after.bytes.length;
    this.com = com;
    this.isBare = isBare;
    this.isEvent = event;
  }

  /** The record's text up to the stamp. It ends behind the last member of `com`. */
  get head(): string {
    return this.#before.text + this.#text + this.#after.text;
  }

  /** Writes {@link Entry.head} as UTF-8. @returns the position behind it */
  writeTo(target: Buffer, at: number): number {
    let end = this.#before.writeTo(target, at);
    end += target.write(this.#text, end);
    return this.#after.writeTo(target, end);
  }

  get digest(): string {
    return (this.#digest ||= sha256OfPieces(this.#before, this.#text, this.#after));
  }

  /** A new copy as a value. Numbers keep their digits. */
  unstamped(): RecordValue {
    return this.wrapped(this.com) ?? parseRecord(`${this.head}}}`);
  }

  /** For a foreign object, the record with this `com`. Only the object itself is parsed, since the rest is known. */
  wrapped(com: Com): RecordValue | undefined {
    return this.#before === RAW ? { raw: parseObject(this.#text), ext: {}, com: { ...com } } : undefined;
  }

  /**
   * The record's id. The stores of an audit share it. All audits share the hash of the text, which takes most of the
   * time.
   */
  id(identity: Identity): string {
    if (this.#idOf !== identity.key) {
      this.#id = idOf(this, identity);
      this.#idOf = identity.key;
    }
    return this.#id;
  }
}

/** One accepted record for one store. There is one per store, so it has only two fields. */
export class BoundRecord implements StoreRecord {
  readonly entry: Entry;
  readonly stamp: Stamp;

  constructor(entry: Entry, stamp: Stamp) {
    this.entry = entry;
    this.stamp = entry.isEvent ? stamp.forEvents : stamp;
  }

  get json(): string {
    return this.entry.head + this.#tail.text;
  }

  get bytes(): number {
    return this.entry.headBytes + this.#tail.bytes.length;
  }

  writeTo(target: Uint8Array, at: number): number {
    const buffer = Buffer.isBuffer(target) ? target : Buffer.from(target.buffer, target.byteOffset, target.length);
    return this.#tail.writeTo(buffer, this.entry.writeTo(buffer, at)) - at;
  }

  get #tail(): Piece {
    return this.entry.isBare ? this.stamp.bareTail : this.stamp.tail;
  }

  get id(): string {
    return this.entry.id(this.stamp.identity);
  }

  get com(): Com {
    return this.stamp.merge(this.entry.com);
  }

  get value(): RecordValue {
    return this.entry.wrapped(this.com) ?? parseRecord(this.json);
  }
}

/**
 * Makes the entry of an input. A record keeps `raw` and `ext`, and its `com` gets the missing keys of the origin. A
 * foreign object becomes `raw`. An entry is returned as it is.
 * @throws CloudmarkerError `RECORD_INVALID`
 */
export function entryOf(input: object, origin: Origin): Entry {
  if (input instanceof Entry) return input;
  if (input instanceof JsonText)
    return input.isRecord ? entryOfRecordText(input.text, origin) : wrap(input.text, input.bytes, origin);
  if (isRecordValue(input)) return entryOfRecord(input as RecordValue, origin);
  const text = stringify(input);
  return wrap(text, Buffer.byteLength(text), origin);
}

/**
 * Makes the entry of a record from its JSON text, which must be valid and on one line. A missing `com` becomes empty.
 */
export function entryOfText(text: string): Entry {
  return entryOfRecordText(text, NO_ORIGIN);
}

/** An input as a record value. It must only be read, since an object of the caller is not copied. */
export function losslessValue(input: object, origin: Origin): RecordValue {
  if (input instanceof Entry) return input.unstamped();
  const value = input instanceof JsonText ? parseObject(input.text) : input;
  if (!isRecordValue(value)) return { raw: value, ext: {}, com: { ...origin.com } };
  const record = value as RecordValue;
  return { ...record, com: origin.merge(record.com) };
}

/** A `begin_audit` or `end_audit` record. It has only `com`, as in the predecessor. */
export function markerEntry(recordType: "begin_audit" | "end_audit"): Entry {
  const com = Object.freeze({ record_type: recordType });
  const text = `{"com":${JSON.stringify(com).slice(0, -1)}`;
  return new Entry({ text, bytes: text.length, com, isBare: false });
}

const NO_ORIGIN: Origin = makeOrigin({});

const RAW = new Piece('{"raw":');
const OPEN = new Piece("{");

/** For longer texts, saving memory is more important than saving time. */
const HUGE_LENGTH = 1024 * 1024;

function wrap(text: string, bytes: number, origin: Origin): Entry {
  const { com, isBare, isEvent: event, tail } = origin;
  return new Entry({ before: RAW, text, bytes, after: tail, com, isBare, isEvent: event });
}

function entryOfRecordText(record: string, origin: Origin): Entry {
  const { members, com: own } = splitRecord(record);
  const isHuge = members.length > HUGE_LENGTH;
  // Not by `mergeText`: it keeps the last text, which is a slice and would keep the whole huge record in memory.
  const com = isHuge ? origin.merge(parseCom(own) as Com) : origin.mergeText(own, parseCom);
  const end = `${members && ","}"com":${writeCom(com).slice(0, -1)}`;
  const isBare = end.endsWith("{");
  if (isHuge) {
    // A slice of the input text, since a joined text would be a second copy (L-84).
    const bytes = Buffer.byteLength(members);
    return new Entry({ before: OPEN, text: members, bytes, after: new Piece(end), com, isBare });
  }
  const text = `{${members}${end}`;
  return new Entry({ text, bytes: Buffer.byteLength(text), com, isBare });
}

function parseCom(text: string): unknown {
  try {
    return parseLossless(text);
  } catch {
    throw tooDeep("be read");
  }
}

function writeCom(com: Com): string {
  try {
    return JSON.stringify(com);
  } catch {
    throw tooDeep("get the keys of the run");
  }
}

/** Without a cause: that would only say that the stack is full. The text is valid JSON. */
function tooDeep(what: string): CloudmarkerError {
  return errorOf("RECORD_INVALID", "comTooDeep", { what });
}

/**
 * The text of an object whose origin is not known yet. {@link entryOf} makes the same entry from the text as from the
 * object.
 * @throws CloudmarkerError `RECORD_INVALID`
 */
export function heldText(input: object): JsonText {
  const isRecord = isRecordValue(input);
  const text = isRecord ? textOfRecord(input as RecordValue, (input as RecordValue).com) : stringify(input);
  return new JsonText(text, isRecord, Buffer.byteLength(text));
}

/** Writes a record with `com` as its last member. Members that are absent stay absent. */
function textOfRecord(value: RecordValue, com: Com): string {
  const shape: RecordValue = { com };
  const record = { ...("raw" in value && { raw: value.raw }), ...("ext" in value && { ext: value.ext }), ...shape };
  return stringify(record, isEmpty(value.ext) ? 1 : 0);
}

function entryOfRecord(value: RecordValue, origin: Origin): Entry {
  const com = origin.merge(value.com);
  const text = textOfRecord(value, com).slice(0, -2);
  // A `com` of strings is kept as it is. Any other is read back from its text, since JSON changes values such as dates.
  const kept = Object.values(com).every(isFlatMember) ? com : (parseObject(stringify(com)) as Com);
  return new Entry({ text, bytes: Buffer.byteLength(text), com: kept, isBare: text.endsWith("{") });
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && isPlainObject(value) && Object.keys(value).length === 0;
}

function isFlatMember(value: unknown): boolean {
  return typeof value === "string" || typeof value === "boolean" || value === undefined || value === null;
}

/** @throws CloudmarkerError `RECORD_INVALID` if it nests too deeply */
export function parseRecord(text: string): RecordValue {
  return parseObject(text) as RecordValue;
}

function parseObject(text: string): object {
  try {
    return parseLossless(text) as object;
  } catch (cause) {
    throw errorOf("RECORD_INVALID", "tooDeep", {}, { cause });
  }
}
