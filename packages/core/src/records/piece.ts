/**
 * A text that many records share, together with its UTF-8: copying bytes is faster than encoding the same characters
 * for each record.
 */
export class Piece {
  readonly text: string;
  readonly bytes: Uint8Array;

  constructor(text: string) {
    this.text = text;
    this.bytes = Buffer.from(text);
  }

  /** Copies the bytes to `target` from `at` on. @returns the position behind them */
  writeTo(target: Uint8Array, at: number): number {
    target.set(this.bytes, at);
    return at + this.bytes.length;
  }
}

/** No text. */
export const EMPTY: Piece = new Piece("");
