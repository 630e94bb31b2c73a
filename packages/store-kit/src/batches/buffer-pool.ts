/** Buffers that are kept for the next requests. */
const MOST_FREE = 4;

/** Requests differ a little in length: memory for one fits the next if it is a multiple of this. */
const STEP = 256 * 1024;

/** Memory of requests that were sent, for those that come: to get new pages for each takes the process a tenth of its time. */
export class BufferPool {
  readonly #free: Buffer[] = [];

  /** A buffer of at least this length, with anything in it. */
  take(bytes: number): Buffer {
    const used = this.#free.pop();
    // Not from the memory that small buffers share: it is given back whole.
    return used && used.length >= bytes ? used : Buffer.allocUnsafeSlow(Math.ceil(bytes / STEP) * STEP);
  }

  /** Takes back a buffer, or what began as one, that nobody will read again, such as a body that the server has answered for. */
  giveBack(buffer: Buffer): void {
    if (this.#free.length < MOST_FREE) this.#free.push(Buffer.from(buffer.buffer));
  }
}
