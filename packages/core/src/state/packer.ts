import type { Forked } from "./fork.ts";
import { blockBytes, packBlock } from "./block.ts";

/** A chunk of ordinary records fits into so many bytes. */
const PIECE_BYTES = 1024 * 1024;

/** So many pieces are kept: what is written at once, and what comes meanwhile. */
const MOST_FREE = 8;

/**
 * Packs blocks into memory that is used again: new memory is slower, and makes work for the garbage collector. It is
 * shared with the thread that writes it, so that it is still here if that fails.
 */
export class Packer {
  readonly #free: SharedArrayBuffer[] = [];

  pack(entries: readonly Forked[]): Uint8Array<SharedArrayBuffer> {
    const size = blockBytes(entries);
    // Of a piece at least half is used: where the disk takes nothing, many blocks wait.
    const isPiece = size > PIECE_BYTES / 2 && size <= PIECE_BYTES;
    return packBlock(entries, (isPiece && this.#free.pop()) || new SharedArrayBuffer(isPiece ? PIECE_BYTES : size));
  }

  /** Nobody reads this block any more. */
  free({ buffer }: Uint8Array<SharedArrayBuffer>): void {
    if (buffer.byteLength === PIECE_BYTES && this.#free.length < MOST_FREE) this.#free.push(buffer);
  }
}
