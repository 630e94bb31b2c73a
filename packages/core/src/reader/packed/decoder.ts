import type { Transform } from "node:stream";

/**
 * A decoder of zlib that gets its data piece by piece. In a pipe, a decoder that fails would throw away what it has
 * unpacked.
 */
export class Decoder {
  /** What is wrong with the data. */
  failure: Error | undefined;
  /** The data has reached its own end. The rest of the piece behind that end was not taken. */
  isEnded = false;
  readonly #stream: Transform & { readonly bytesWritten: number };
  #ready: Buffer[] = [];
  #wake: (() => void) | undefined;

  constructor(stream: Transform & { readonly bytesWritten: number }) {
    this.#stream = stream;
    stream.on("data", (data: Buffer) => this.#ready.push(data));
    stream.on("error", (error: Error) => {
      this.failure = error;
      this.#wake?.();
    });
    // zlib never calls back for the piece in which the data ends, since it does not take the bytes behind the end.
    stream.on("end", () => {
      this.isEnded = true;
      this.#wake?.();
    });
  }

  /** Bytes of data that were unpacked. */
  get taken(): number {
    return this.#stream.bytesWritten;
  }

  /** Unpacks one more piece. If that fails, returns what zlib had unpacked before. */
  async unpack(piece: Uint8Array): Promise<Buffer[]> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      this.#stream.write(piece, () => resolve());
    });
    const texts = this.#ready;
    this.#ready = [];
    return texts;
  }

  close(): void {
    this.#stream.destroy();
  }
}
