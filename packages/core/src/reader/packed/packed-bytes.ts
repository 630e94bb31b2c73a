const EMPTY = new Uint8Array(0);

/** The bytes of a stream. They are taken from its front, and the position is counted. */
export class PackedBytes {
  /** Bytes that were taken so far. */
  at = 0;
  /**
   * The bytes that have arrived and were not taken yet. After {@link PackedBytes.more}, they are empty only at the end
   * of the stream.
   */
  ahead: Uint8Array = EMPTY;
  /** Whether the stream has ended. Then {@link PackedBytes.ahead} is all that is left. */
  isEnded = false;
  readonly #chunks: AsyncIterator<Uint8Array>;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** Waits until at least `count` bytes are ahead. @returns false if the stream ends before that */
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
