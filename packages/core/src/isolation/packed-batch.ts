import type { Batch, Com, RecordValue, StoreRecord } from "@cloudmarker/store-api";
import { type BoundRecord, parseRecord } from "../records/entry.ts";
import { GivenRecord } from "../records/given-record.ts";
import { comMeter, comReader } from "../records/com-text.ts";
import { idOf, type Identified } from "../records/identity.ts";
import { sha256 } from "../records/sha256.ts";
import type { Identity } from "../records/identity.ts";

/** A batch on its way to another thread: the joined texts of its records. */
export interface PackedBatch {
  /** UTF-8. Its memory is transferred to the thread, not copied. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where each record ends in `bytes`. */
  readonly ends: Uint32Array;
  /** For each record: the bytes before the value of `com`, its last member. */
  readonly coms: Uint32Array;
  /** For each record: the bytes before the stamp. */
  readonly heads: Uint32Array;
  /** The ids of the records, where they are given. */
  readonly ids?: readonly string[];
}

/** Packs a batch of the host's own records. */
export function packBatch(batch: Batch): PackedBatch {
  const bytes = new Uint8Array(batch.reduce((sum, record) => sum + record.bytes, 0));
  const buffer = Buffer.from(bytes.buffer);
  const ends = new Uint32Array(batch.length);
  const coms = new Uint32Array(batch.length);
  const heads = new Uint32Array(batch.length);
  const comBytes = comMeter();
  const ids: string[] = [];
  let at = 0;
  for (const [index, record] of batch.entries()) {
    at += record.writeTo(buffer, at);
    ends[index] = at;
    if (record instanceof GivenRecord) {
      ids.push(record.id);
      continue;
    }
    // The queue of a store holds only records of the host itself, all of one kind.
    const { headBytes, com } = (record as BoundRecord).entry;
    heads[index] = headBytes;
    coms[index] = headBytes - comBytes(com);
  }
  return { bytes, ends, coms, heads, ...(ids.length > 0 && { ids }) };
}

/** The records of a packed batch. Their ids are the same as in the thread of the host. */
export function unpackBatch({ bytes, ends, coms, heads, ids }: PackedBatch, identity: Identity): Batch {
  const source = Buffer.from(bytes.buffer);
  const comOf = comReader();
  return Array.from(ends, (end, index) => {
    const text = source.subarray(ends[index - 1] ?? 0, end);
    const id = ids?.[index];
    if (id !== undefined) return new GivenRecord(text, id);
    return new PackedRecord(text, coms[index] ?? 0, heads[index] ?? 0, identity, comOf);
  });
}

/** A record made from its text. */
class PackedRecord implements StoreRecord, Identified {
  readonly #text: Buffer;
  readonly #comAt: number;
  readonly #headBytes: number;
  readonly #identity: Identity;
  readonly #comOf: (text: string) => Com;
  #id: string | undefined;

  constructor(text: Buffer, comAt: number, headBytes: number, identity: Identity, comOf: (text: string) => Com) {
    this.#text = text;
    this.#comAt = comAt;
    this.#headBytes = headBytes;
    this.#identity = identity;
    this.#comOf = comOf;
  }

  get json(): string {
    return this.#text.toString();
  }

  get bytes(): number {
    return this.#text.length;
  }

  writeTo(target: Uint8Array, at: number): number {
    target.set(this.#text, at);
    return this.#text.length;
  }

  get id(): string {
    this.#id ??= idOf(this, this.#identity);
    return this.#id;
  }

  get com(): Com {
    return this.#comOf(this.#text.toString("utf8", this.#comAt, this.#text.length - 1));
  }

  get value(): RecordValue {
    return parseRecord(this.json);
  }

  get digest(): string {
    return sha256(this.#text.subarray(0, this.#headBytes));
  }

  unstamped(): RecordValue {
    return parseRecord(`${this.#text.toString("utf8", 0, this.#headBytes)}}}`);
  }
}
