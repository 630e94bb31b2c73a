import { isError, isStoreError, type Outcome, reject, RejectError, type StoreRecord } from "@cloudmarker/store-api";
import { BufferPool, type Group } from "@cloudmarker/store-kit/batches";
import { serialize } from "bson";
import { documentOf, type KeyRule } from "./documents.ts";
import { Transcoder } from "./transcoder.ts";

/** The records of a group as documents. */
export interface Documents {
  /** BSON, one document after the other. */
  readonly bson: Buffer;
  /** The group of the documents; undefined if MongoDB can hold none of its records. */
  readonly sent: Group | undefined;
  readonly rejected: readonly Outcome[];
  /** Releases the memory. Call it when the server has answered; the documents must not be read afterwards. */
  readonly release: () => void;
}

/**
 * Writes the records of a group as documents, in their order.
 * @param maxBytes - every document must be smaller than this; the server says it (`maxBsonObjectSize`). @default 16 MiB
 */
export type DocumentWriter = (group: Group, maxBytes?: number) => Documents;

/**
 * Makes a function that writes documents, and reuses memory that was released.
 * @param keys - how keys with dots, a leading `$` or NUL are written
 */
export function documentWriter(keys: KeyRule): DocumentWriter {
  const transcoder = new Transcoder(keys);
  const pool = new BufferPool();
  return ({ name, records }, maxBytes = 16 << 20) => {
    // BSON is a little longer than JSON most of the time.
    const memory = pool.take(1.5 * records.reduce((sum, { bytes }) => sum + bytes, 0));
    let buffer = memory;
    let end = 0;
    const append = (record: StoreRecord): void => {
      buffer = withRoom(buffer, end, transcoder.roomFor(record));
      let next = transcoder.write(record, buffer, end);
      if (next === undefined) {
        const document = serialized(record, keys);
        buffer = withRoom(buffer, end, document.length);
        buffer.set(document, end);
        next = end + document.length;
      }
      if (next - end >= maxBytes) throw tooLarge(`a document must be smaller than ${maxBytes} bytes`);
      end = next;
    };

    const written: StoreRecord[] = [];
    const indexes: number[] = [];
    const rejected: Outcome[] = [];
    for (const [index, record] of records.entries()) {
      try {
        append(record);
        written.push(record);
        indexes.push(index);
      } catch (error) {
        if (!isStoreError(error) || error.status !== "reject") throw error;
        rejected.push(reject(index, error.code, error.message));
      }
    }
    const sent = written.length > 0 ? { name, records: written, indexes } : undefined;
    return { bson: buffer.subarray(0, end), sent, rejected, release: () => pool.giveBack(memory) };
  };
}

/** A buffer with space after its first `used` bytes. */
function withRoom(buffer: Buffer, used: number, bytes: number): Buffer {
  if (used + bytes <= buffer.length) return buffer;
  const larger = Buffer.allocUnsafe(Math.max(used + bytes, 2 * buffer.length));
  buffer.copy(larger, 0, 0, used);
  return larger;
}

function serialized(record: StoreRecord, keys: KeyRule): Uint8Array {
  const document = documentOf(record, keys);
  try {
    return serialize(document);
  } catch (error) {
    // A document that does not fit into its own buffer of 17 MiB.
    throw isError(error, "RangeError") ? tooLarge(error.message) : error;
  }
}

/** (MG-08) */
function tooLarge(why: string): RejectError {
  return new RejectError("too_large", `The record is too large for MongoDB: ${why}.`);
}
