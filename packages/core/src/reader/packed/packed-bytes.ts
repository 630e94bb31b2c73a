const EMPTY = new Uint8Array(0);

/** The bytes of a stream, taken from its front, with the place that they were taken to. */
export class PackedBytes {
  /** Bytes that were taken so far. */
  at = 0;
  /**
   * What has arrived and is not taken yet; empty only at the end of the stream, once {@link PackedBytes.more} has said
   * so.
   */
  ahead: Uint8Array = EMPTY;
  /** Whether the stream has come to its end; {@link PackedBytes.ahead} is then all that is left. */
  isEnded = false;
  readonly #chunks: AsyncIterator<Uint8Array>;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** Waits until at least `count` bytes are ahead. @returns false where the stream ends before */
  async more(count: number = 1): Promise<boolean> {
    while (this.ahead.length < count) {
      const next = await this.#chunks.next();
      if (next.done === true) {
        this.isEnded = true;
        return false;
      }
      this.ahead = this.ahead.length === 0 ? next.value : Buffer.concat([this.ahead, next.value]);
    }
    return true;
  }

  /** Takes bytes that are ahead. */
  take(count: number): Uint8Array {
    const taken = this.ahead.subarray(0, count);
    this.ahead = this.ahead.subarray(count);
    this.at += taken.length;
    return taken;
  }

  /** Closes the stream. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}
