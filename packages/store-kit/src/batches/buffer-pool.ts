/** Buffers that are kept for the next requests. */
const MOST_FREE = 4;

/** Requests differ a little in length: a buffer fits the next request if its size is a multiple of this. */
const STEP = 256 * 1024;

/** Reuses the memory of requests that were sent, since getting new pages for each request takes a tenth of the time. */
export class BufferPool {
  readonly #free: Buffer[] = [];

  /** A buffer of at least this length, with anything in it. */
  take(bytes: number): Buffer {
    const used = this.#free.pop();
    // The memory that small buffers share is not used: a buffer is given back whole.
    return used && used.length >= bytes ? used : Buffer.allocUnsafeSlow(Math.ceil(bytes / STEP) * STEP);
  }

  /**
   * Takes back a buffer, or the beginning of one, that will not be read again, such as a body that the server has
   * answered for.
   */
  giveBack(buffer: Buffer): void {
    if (this.#free.length < MOST_FREE) this.#free.push(Buffer.from(buffer.buffer));
  }
}
