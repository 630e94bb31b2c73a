import type { StoreRecord } from "@cloudmarker/store-api";
import type { BufferPool } from "./buffer-pool.ts";

/** Puts the body of a request together as UTF-8, in one buffer that grows as needed. */
export class BodyWriter {
  #buffer: Buffer;
  #length = 0;

  /**
   * @param bytes - the expected length; more is fine
   * @param pool - where its memory comes from, and is to be given back to
   */
  constructor(bytes: number, pool?: BufferPool) {
    // Not from the memory that small buffers share: a body can be given back whole.
    this.#buffer = pool?.take(bytes) ?? Buffer.allocUnsafeSlow(Math.max(bytes, 256));
  }

  /** Bytes so far. */
  get length(): number {
    return this.#length;
  }

  /** Appends text. */
  text(text: string): void {
    // Counted only where the most that it can take does not fit, so that a body whose length was known is never copied.
    if (this.#length + text.length * 3 > this.#buffer.length) this.#reserve(Buffer.byteLength(text));
    this.#length += this.#buffer.write(text, this.#length);
  }

  /** Appends the JSON text of a record. */
  record(record: StoreRecord): void {
    this.#reserve(record.bytes);
    this.#length += record.writeTo(this.#buffer, this.#length);
  }

  /** Takes the last `bytes` back, such as the brace that closes a record. */
  back(bytes: number): void {
    this.#length -= bytes;
  }

  /** The body. The writer is not to be used again. */
  end(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }
}
