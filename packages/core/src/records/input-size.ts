import type { PackedBytes } from "./packed-bytes.ts";

const DAMAGED = "If the producer wrote no such thing, the gzip data is damaged: `gzip -t` tells.";

/** How large an input is, as far as that is known: says, where reading stops before its end, how much of it was not read. */
export class InputSize {
  /** The input as gzip data, once it is known to be that. */
  packed: PackedBytes | undefined;
  readonly #bytes: number | undefined;

  /** @param bytes of the input, packed or not; undefined: it is a pipe, or growing */
  constructor(bytes: number | undefined) {
    this.#bytes = bytes;
  }

  /**
   * A sentence about what follows a place in the text, or nothing where nothing follows.
   * @param from the place, in bytes
   * @param arrived bytes of text that have come in
   */
  unreadText(from: number, arrived: number): string {
    if (this.packed === undefined) return this.#unread(from, arrived);
    const left =
      this.#bytes === undefined
        ? "how much that is, is not known."
        : `of the ${grouped(this.#bytes)} bytes of gzip data, the last ${grouped(Math.max(0, this.#bytes - this.packed.at))} were not unpacked.`;
    return `Nothing from there on was read; ${left} ${DAMAGED}`;
  }

  /** The same about a place in the gzip data. */
  unreadPacked(from: number): string {
    return this.#unread(from, this.packed === undefined ? from : this.packed.at + this.packed.ahead.length);
  }

  #unread(from: number, arrived: number): string {
    if (this.#bytes === undefined) {
      const known = arrived > from ? `at least ${inBytes(arrived - from)}; ` : "";
      return `Nothing from there on was read: ${known}how much follows is not known.`;
    }
    const left = Math.max(this.#bytes, arrived) - from;
    return left > 0 ? `Nothing from there on was read: ${inBytes(left)}.` : "";
  }
}

function inBytes(count: number): string {
  return count === 1 ? "1 byte" : `${grouped(count)} bytes`;
}

/** `12,345`. */
export function grouped(value: number): string {
  return value.toLocaleString("en-US");
}
