import type { StoreRecord } from "@cloudmarker/store-api";
import type { BufferPool } from "./buffer-pool.ts";

/** Writes the body of a request as UTF-8 into one buffer that grows as needed. */
export class BodyWriter {
  #buffer: Buffer;
  #length = 0;

  /**
   * @param bytes - the expected length; more is allowed
   * @param pool - the memory comes from it, and is given back to it
   */
  constructor(bytes: number, pool?: BufferPool) {
    // The memory that small buffers share is not used: a body is given back whole.
    this.#buffer = pool?.take(bytes) ?? Buffer.allocUnsafeSlow(Math.max(bytes, 256));
  }

  /** Bytes so far. */
  get length(): number {
    return this.#length;
  }

  /** Appends text. */
  text(text: string): void {
    // The bytes are counted only if the longest possible text does not fit. So a body of known length is never copied.
    if (this.#length + text.length * 3 > this.#buffer.length) this.#reserve(Buffer.byteLength(text));
    this.#length += this.#buffer.write(text, this.#length);
  }

  /** Appends the JSON text of a record. */
  record(record: StoreRecord): void {
    this.#reserve(record.bytes);
    this.#length += record.writeTo(this.#buffer, this.#length);
  }

  /** Removes the last `bytes`, such as the brace that closes a record. */
  back(bytes: number): void {
    this.#length -= bytes;
  }

  /** The body. The writer must not be used afterwards. */
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
