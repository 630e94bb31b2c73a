/** Keys of all objects that are open: each is compared with those before it in its own. */
const MOST_KEYS = 512;

/** The hashes of the keys of all objects that are open, to find a key that comes twice. */
export class KeyHashes {
  readonly #hashes = new Int32Array(MOST_KEYS);
  /** How many there are. Set it back when an object ends. */
  count = 0;

  /**
   * Adds a key of the object whose hashes begin at `first`.
   * @returns false if another key there may be the same, or if there are too many keys
   */
  add(hash: number, first: number): boolean {
    const hashes = this.#hashes;
    const count = this.count++;
    if (count === MOST_KEYS) return false;
    for (let index = first; index < count; index++) if (hashes[index] === hash) return false;
    hashes[count] = hash;
    return true;
  }
}

/** The hash of a key with one byte more. It begins with 0. */
export function nextHash(hash: number, byte: number): number {
  return (Math.imul(hash, 31) + byte) | 0;
}
