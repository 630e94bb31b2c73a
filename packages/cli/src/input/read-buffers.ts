/** Large enough that reading costs nothing beside parsing. */
const MOST_BYTES = 1024 * 1024;
/** For what is mostly the end of a file. */
const LEAST_BYTES = 4 * 1024;
/** For an input of which the size is not known. */
const FIRST_BYTES = 64 * 1024;

/** The chunk that the reader has, the one that it is given next, and the one that is being read meanwhile. */
const IN_USE = 3;

/**
 * The memory that an input is read into: as much as it needs, since a megabyte for each of the many small files that a scanner writes costs more than
 * all else (L-81). Large buffers are used again, in turn: a chunk is good until the second one behind it is asked for.
 */
export class ReadBuffers {
  readonly #large: Buffer[] = [];
  #turn = 0;
  #bytes: number;

  /** @param size of the file, where it is known */
  constructor(size?: number) {
    // One more, so that the first read finds the end.
    this.#bytes = size === undefined ? FIRST_BYTES : Math.min(Math.max(size + 1, LEAST_BYTES), MOST_BYTES);
  }

  /** For the next read. Not zeroed for nothing. */
  next(): Buffer {
    if (this.#bytes < MOST_BYTES) return Buffer.allocUnsafeSlow(this.#bytes);
    return (this.#large[this.#turn++ % IN_USE] ??= Buffer.allocUnsafeSlow(MOST_BYTES));
  }

  /** Tells how many bytes came: where there was room for more, it was mostly the end. */
  came(bytes: number): void {
    this.#bytes = bytes < this.#bytes ? LEAST_BYTES : Math.min(this.#bytes * 4, MOST_BYTES);
  }
}
