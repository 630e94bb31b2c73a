import { KEEP_BYTES, release, roomFor } from "./own-memory.ts";

/** The bytes that a scanner reads, its position, and the line of the position. */
export interface ByteWindow {
  buffer: Buffer;
  /** Index of the next byte. */
  pos: number;
  /** Index behind the last byte. */
  end: number;
  /** Offset of `buffer[0]` in the stream. */
  base: number;
  /** Line of `pos`, from 1. */
  line: number;
  /** Offset of the beginning of that line in the stream. */
  lineStart: number;
}

/** A place in the input: `byte` is an offset from 0, line and column (in bytes) count from 1. */
export interface Place {
  readonly byte: number;
  readonly line: number;
  readonly column: number;
}

/**
 * A sliding window over a stream of bytes. {@link ByteSource.fill} drops the bytes before `pos`, unless {@link
 * ByteSource.hold} keeps them.
 */
export class ByteSource implements ByteWindow {
  buffer: Buffer = Buffer.alloc(0);
  pos: number = 0;
  end: number = 0;
  base: number = 0;
  line: number = 1;
  lineStart: number = 0;
  /** The error of the stream. */
  failure: { readonly error: unknown } | undefined;
  #held: { index: number; line: number; lineStart: number } | undefined;
  #own: Buffer | undefined;
  readonly #chunks: AsyncIterator<Uint8Array>;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /**
   * Appends the next chunk. If the stream fails, it counts as ended: the bytes before the failure are read first. Then
   * the caller throws {@link ByteSource.failure}.
   * @returns false at the end of the stream
   */
  async fill(): Promise<boolean> {
    try {
      for (;;) {
        const next = await this.#chunks.next();
        if (next.done === true) return false;
        if (next.value.length > 0) {
          this.#append(next.value);
          return true;
        }
      }
    } catch (error) {
      this.failure = { error };
      return false;
    }
  }

  /** Fetches until `count` bytes are available from `pos` on; false if the stream ends before that. */
  async ahead(count: number): Promise<boolean> {
    while (this.end - this.pos < count) if (!(await this.fill())) return false;
    return true;
  }

  /** Closes the stream. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  /** Keeps the bytes from `pos` on, so that a fault in them can be located. */
  hold(): void {
    this.#held = { index: this.pos, line: this.line, lineStart: this.lineStart };
  }

  release(): void {
    this.#held = undefined;
  }

  /** The bytes since {@link ByteSource.hold}. */
  held(): Buffer {
    return this.buffer.subarray(this.#held?.index ?? this.pos, this.end);
  }

  /** The bytes from {@link ByteSource.hold} to `pos`. */
  passed(): Buffer {
    return this.buffer.subarray(this.#held?.index ?? this.pos, this.pos);
  }

  /** Moves `pos` to the next byte that is not white space, and returns that byte; -1 if the window ends before it. */
  peek(): number {
    const { buffer, end } = this;
    for (let pos = this.pos; pos < end; pos++) {
      const byte = buffer[pos] as number;
      if (byte === 0x0a) {
        this.line++;
        this.lineStart = this.base + pos + 1;
      } else if (byte !== 0x20 && byte !== 0x0d && byte !== 0x09) {
        this.pos = pos;
        return byte;
      }
    }
    this.pos = end;
    return -1;
  }

  /** The place of `pos`. */
  place(): Place {
    const byte = this.base + this.pos;
    return { byte, line: this.line, column: byte - this.lineStart + 1 };
  }

  /** The place of the byte at `index` of {@link ByteSource.held}. */
  placeInHeld(index: number): Place {
    const from = this.#held ?? { index: this.pos, line: this.line, lineStart: this.lineStart };
    let { line, lineStart } = from;
    const at = from.index + index;
    for (let i = this.buffer.indexOf(0x0a, from.index); i !== -1 && i < at; i = this.buffer.indexOf(0x0a, i + 1)) {
      line++;
      lineStart = this.base + i + 1;
    }
    return { byte: this.base + at, line, column: this.base + at - lineStart + 1 };
  }

  #append(chunk: Uint8Array): void {
    const from = this.#held?.index ?? this.pos;
    const left = this.end - from;
    const need = left + chunk.length;
    if (left === 0) {
      this.#moveTo(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength), from, need);
      if (this.#own && this.#own.length > KEEP_BYTES) this.#give(undefined);
      return;
    }
    const own = this.#own && this.#own.length >= need ? this.#own : roomFor(need);
    if (own !== this.buffer || from > 0) this.buffer.copy(own, 0, from, from + left);
    own.set(chunk, left);
    this.#moveTo(own, from, need);
    if (own !== this.#own) this.#give(own);
  }

  /** Releases the memory of a huge record whose text has been made. */
  shrink(): void {
    const from = this.#held?.index ?? this.pos;
    const left = this.end - from;
    if (this.#own === undefined || this.#own.length <= KEEP_BYTES || left > KEEP_BYTES) return;
    const own = Buffer.allocUnsafeSlow(left);
    this.buffer.copy(own, 0, from, this.end);
    this.#moveTo(own, from, left);
    this.#give(own);
  }

  /** Continues in another buffer, with the bytes from `from` on. */
  #moveTo(buffer: Buffer, from: number, end: number): void {
    this.base += from;
    this.pos -= from;
    this.end = end;
    if (this.#held) this.#held.index = 0;
    this.buffer = buffer;
  }

  /** Releases the previous memory. No slice of it may be in use. */
  #give(own: Buffer | undefined): void {
    if (this.#own) release(this.#own);
    this.#own = own;
  }
}
