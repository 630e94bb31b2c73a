/** Large enough that reading takes almost no time compared with parsing. */
const MOST_BYTES = 1024 * 1024;
/** For a read that is probably the last of a file. */
const LEAST_BYTES = 4 * 1024;
/** For an input of unknown size. */
const FIRST_BYTES = 64 * 1024;

/** The reader's chunk, the next one for it, and the one that is being read. */
const IN_USE = 3;

/**
 * The memory that an input is read into. It is no larger than needed: scanners write many small files, and a megabyte
 * for each would take most of the time (L-81). Large buffers are reused in turn: a chunk stays valid until the second
 * one after it is asked for.
 */
export class ReadBuffers {
  readonly #large: Buffer[] = [];
  #turn = 0;
  #bytes: number;

  /** @param size of the file, if known */
  constructor(size?: number) {
    // One byte more, so that the first read finds the end.
    this.#bytes = size === undefined ? FIRST_BYTES : Math.min(Math.max(size + 1, LEAST_BYTES), MOST_BYTES);
  }

  /** The buffer for the next read. It is not zeroed, since the read overwrites it. */
  next(): Buffer {
    if (this.#bytes < MOST_BYTES) return Buffer.allocUnsafeSlow(this.#bytes);
    return (this.#large[this.#turn++ % IN_USE] ??= Buffer.allocUnsafeSlow(MOST_BYTES));
  }

  /** Takes the number of bytes that were read. A read that did not fill its buffer was probably the last. */
  came(bytes: number): void {
    this.#bytes = bytes < this.#bytes ? LEAST_BYTES : Math.min(this.#bytes * 4, MOST_BYTES);
  }
}
