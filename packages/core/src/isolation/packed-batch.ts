import type { Batch, Com, RecordValue, StoreRecord } from "@cloudmarker/store-api";
import { type BoundRecord, parseRecord } from "../records/entry.ts";
import { idOf } from "../records/identity.ts";
import { parseLossless } from "../records/raw-json.ts";
import type { Identity } from "../records/stamp.ts";

/** A batch on its way to another thread: the texts of its records, one behind the other. */
export interface PackedBatch {
  /** UTF-8. Its memory is handed over, not copied. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where each record ends in `bytes`. */
  readonly ends: Uint32Array;
  /** Characters of each record's text between its first brace and `com`. */
  readonly contents: Uint32Array;
}

/** Packs a batch of the host's own records. */
export function packBatch(batch: Batch): PackedBatch {
  const bytes = new Uint8Array(batch.reduce((sum, record) => sum + record.bytes, 0));
  const buffer = Buffer.from(bytes.buffer);
  const ends = new Uint32Array(batch.length);
  const contents = new Uint32Array(batch.length);
  let at = 0;
  for (const [index, record] of batch.entries()) {
    at += record.writeTo(buffer, at);
    ends[index] = at;
    // A store's queue holds none but the host's own.
    contents[index] = (record as BoundRecord).entry.contentLength;
  }
  return { bytes, ends, contents };
}

/** The records of a packed batch; their ids are those that they have where they came from. */
export function unpackBatch({ bytes, ends, contents }: PackedBatch, identity: Identity): Batch {
  const source = Buffer.from(bytes.buffer);
  const comOf = comReader();
  return Array.from(ends, (end, index) => {
    const text = source.subarray(ends[index - 1] ?? 0, end);
    return new PackedRecord(text, contents[index] ?? 0, identity, comOf);
  });
}

/** Reads `com`; the last is kept, since records of one origin have the same. */
function comReader(): (text: string) => Com {
  let last: { readonly text: string; readonly com: Com } | undefined;
  return (text) => {
    if (last?.text !== text) last = { text, com: Object.freeze(parseLossless(text) as Com) };
    return last.com;
  };
}

const COM = '"com":';

/** A record that is made of its text. */
class PackedRecord implements StoreRecord {
  readonly #text: Buffer;
  readonly #contentLength: number;
  readonly #identity: Identity;
  readonly #comOf: (text: string) => Com;
  #id: string | undefined;

  constructor(text: Buffer, contentLength: number, identity: Identity, comOf: (text: string) => Com) {
    this.#text = text;
    this.#contentLength = contentLength;
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
    this.#id ??= this.#identify();
    return this.#id;
  }

  get com(): Com {
    return this.#comIn(this.json);
  }

  get value(): RecordValue {
    return parseRecord(this.json);
  }

  #identify(): string {
    const { json } = this;
    const content = json.slice(1, 1 + this.#contentLength);
    return idOf(
      { com: this.#comIn(json), content: () => ["", content, ""], value: () => parseRecord(json) },
      this.#identity,
    );
  }

  /** It is the last member. */
  #comIn(json: string): Com {
    return this.#comOf(json.slice(json.indexOf(COM, 1 + this.#contentLength) + COM.length, -1));
  }
}
