import { Double, EJSON, Int32, Long, ObjectId, deserialize, onDemand, serialize } from "bson";
import type { Doc } from "./wire.ts";

/** A document that a client wants to insert. */
export interface SentDocument {
  /** Position in its command. */
  readonly index: number;
  /** With `_id`, which the server adds if the client did not. */
  readonly bytes: Buffer;
  /** See {@link idText}. */
  readonly id: string;
}

const ID = "_id";
const STRING = 2;
const HEAD_BYTES = 4;

/** Reads what is needed of a document: its `_id`. */
export function readDocument(bytes: Buffer, index: number): SentDocument {
  const id = findId(bytes);
  if (id !== undefined) return { index, bytes, id };
  const added = new ObjectId();
  const head = Buffer.from(serialize({ [ID]: added }));
  const whole = Buffer.concat([head.subarray(0, -1), bytes.subarray(HEAD_BYTES)]);
  whole.writeInt32LE(whole.length, 0);
  return { index, bytes: whole, id: idText(added) };
}

/** The value of `_id`, with its type where a JavaScript value would lose it. */
export function readId(bytes: Uint8Array): unknown {
  return readTyped(bytes)[ID];
}

/** A document with its types: `Int32`, `Long`, `Double` and the others instead of plain numbers. */
export function readTyped(bytes: Uint8Array): Doc {
  return deserialize(bytes, { promoteValues: false, promoteLongs: false });
}

/**
 * An `_id` as text: a string as it is, and anything else as extended JSON. Two texts are equal where MongoDB takes the
 * ids for equal: 1 is the same number as `int`, `long` and `double` (`{"$number":"1"}`). A `decimal` is equal to itself
 * only.
 */
export function idText(id: unknown): string {
  if (typeof id === "string") return id.startsWith("{") ? JSON.stringify({ $string: id }) : id;
  const number = numberText(id);
  return number === undefined ? EJSON.stringify(id, { relaxed: false }) : JSON.stringify({ $number: number });
}

function numberText(id: unknown): string | undefined {
  if (Long.isLong(id)) return id.toString();
  const value = id instanceof Int32 || id instanceof Double ? id.valueOf() : id;
  if (typeof value !== "number") return undefined;
  return Number.isInteger(value) ? BigInt(value).toString() : String(value);
}

function findId(bytes: Buffer): string | undefined {
  for (const [type, nameOffset, nameLength, offset, length] of onDemand.parseToElements(bytes)) {
    if (bytes.toString("utf8", nameOffset, nameOffset + nameLength) !== ID) continue;
    // Ids are strings most of the time: length, text, closing zero.
    if (type === STRING) return idText(bytes.toString("utf8", offset + HEAD_BYTES, offset + length - 1));
    return idText(readId(bytes));
  }
  return undefined;
}
