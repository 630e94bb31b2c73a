import type { Transform } from "node:stream";

/** A decoder of zlib that gets its data piece by piece. Piped, a failing one would throw away what it has unpacked. */
export class Decoder {
  /** What is wrong with the data. */
  failure: Error | undefined;
  /** The data has come to its own end; of a piece that goes on behind it the rest was not taken. */
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
    // A piece in which the data ends is never called back for: zlib leaves the bytes behind the end.
    stream.on("end", () => {
      this.isEnded = true;
      this.#wake?.();
    });
  }

  /** Bytes of data that were unpacked. */
  get taken(): number {
    return this.#stream.bytesWritten;
  }

  /** Unpacks one more piece. Where that fails, what zlib handed over before. */
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
