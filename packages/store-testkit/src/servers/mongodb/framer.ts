import { HEADER_BYTES } from "./wire.ts";

const LENGTH_BYTES = 4;

/** Cuts a stream of bytes into whole messages, without copying a long one again for each of its chunks. */
export class Framer {
  readonly #maxBytes: number;
  #chunks: Buffer[] = [];
  #held = 0;
  /** Length of the message that has begun, as far as that is known. */
  #wanted: number | undefined;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Takes a chunk.
   * @returns the messages that it completes
   * @throws RangeError where a message says that it is longer than `maxBytes`, or shorter than its header
   */
  push(chunk: Buffer): Buffer[] {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    const messages: Buffer[] = [];
    while (this.#held >= (this.#wanted ?? LENGTH_BYTES)) {
      const held = this.#join();
      if (this.#wanted === undefined) {
        this.#wanted = this.#check(held.readInt32LE(0));
        continue;
      }
      messages.push(held.subarray(0, this.#wanted));
      this.#chunks = [held.subarray(this.#wanted)];
      this.#held -= this.#wanted;
      this.#wanted = undefined;
    }
    return messages;
  }

  #join(): Buffer {
    const [first] = this.#chunks;
    if (first && this.#chunks.length === 1) return first;
    const joined = Buffer.concat(this.#chunks);
    this.#chunks = [joined];
    return joined;
  }

  #check(length: number): number {
    if (length >= HEADER_BYTES && length <= this.#maxBytes) return length;
    throw new RangeError(`A message of ${length} bytes is out of bounds.`);
  }
}
