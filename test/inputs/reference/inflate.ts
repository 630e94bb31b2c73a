// Deflate (RFC 1951) bit by bit, after Mark Adler's puff: slow, and nothing that reads inputs in this project has a
// part in it.

/** What deflate data holds: `end` bytes of it where it is whole. */
export interface Inflated {
  readonly text: Buffer;
  readonly how: "whole" | "cut" | "damaged";
  /** Bytes of the data up to the end, or up to the byte in which the damage shows, that included. */
  readonly bytes: number;
}

class Cut extends Error {}
class Damaged extends Error {}

const LENGTHS = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
];
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCES = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
  8193, 12289, 16385, 24577,
];
const DISTANCE_BITS = [
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
];
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** A Huffman code: how many symbols have each length, and the symbols by code. */
interface Code {
  readonly counts: readonly number[];
  readonly symbols: readonly number[];
  /** Number of unused codes: above 0 if the code is incomplete, below 0 if it is impossible. */
  readonly left: number;
}

function codeOf(lengths: readonly number[]): Code {
  const counts = Array.from({ length: 16 }, (_value, length) => lengths.filter((one) => one === length).length);
  let left = 1;
  for (let length = 1; length < 16 && left >= 0; length++) left = left * 2 - (counts[length] ?? 0);
  const symbols = [...lengths.keys()]
    .filter((symbol) => lengths[symbol] !== 0)
    .toSorted((a, b) => (lengths[a] ?? 0) - (lengths[b] ?? 0) || a - b);
  return { counts, symbols, left: counts[0] === lengths.length ? 0 : left };
}

const FIXED_LENGTHS = codeOf(
  Array.from({ length: 288 }, (_value, symbol) => (symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8)),
);
const FIXED_DISTANCES = codeOf(Array.from({ length: 30 }, () => 5));

/** Unpacks valid data, up to the byte before the damage. */
export function inflate(data: Uint8Array): Inflated {
  const found = tryInflate(data);
  // The byte in which the damage shows may end a symbol as well: what is unpacked is what the bytes before it hold.
  return found.how === "damaged" ? { ...found, text: tryInflate(data.subarray(0, found.bytes - 1)).text } : found;
}

function tryInflate(data: Uint8Array): Inflated {
  const text: number[] = [];
  let at = 0;
  let buffer = 0;
  let held = 0;

  function bits(count: number): number {
    while (held < count) {
      if (at === data.length) throw new Cut();
      buffer |= (data[at++] ?? 0) << held;
      held += 8;
    }
    const value = buffer & ((1 << count) - 1);
    buffer >>>= count;
    held -= count;
    return value;
  }

  function symbol({ counts, symbols }: Code): number {
    let code = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length < 16; length++) {
      code |= bits(1);
      const count = counts[length] ?? 0;
      if (code - count < first) return symbols[index + code - first] ?? 0;
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    throw new Damaged();
  }

  function stored(): void {
    buffer = 0;
    held = 0;
    const length = bits(16);
    if (length !== (~bits(16) & 0xffff)) throw new Damaged();
    for (let copied = 0; copied < length; copied++) text.push(bits(8));
  }

  function codes(lengths: Code, distances: Code): void {
    for (;;) {
      const found = symbol(lengths);
      if (found === 256) return;
      if (found < 256) {
        text.push(found);
        continue;
      }
      const length = LENGTHS[found - 257];
      if (length === undefined) throw new Damaged();
      const size = length + bits(LENGTH_BITS[found - 257] ?? 0);
      const far = symbol(distances);
      const distance = (DISTANCES[far] ?? Number.POSITIVE_INFINITY) + bits(DISTANCE_BITS[far] ?? 0);
      if (distance > text.length) throw new Damaged();
      for (let copied = 0; copied < size; copied++) text.push(text[text.length - distance] ?? 0);
    }
  }

  function dynamic(): void {
    const lengthCount = bits(5) + 257;
    const distanceCount = bits(5) + 1;
    const codeCount = bits(4) + 4;
    if (lengthCount > 286 || distanceCount > 30) throw new Damaged();
    const own = Array.from({ length: 19 }, () => 0);
    for (const index of ORDER.slice(0, codeCount)) own[index] = bits(3);
    const code = codeOf(own);
    if (code.left !== 0) throw new Damaged();
    const all: number[] = [];
    while (all.length < lengthCount + distanceCount) {
      const found = symbol(code);
      if (found < 16) all.push(found);
      else {
        const value = found === 16 ? all.at(-1) : 0;
        if (value === undefined) throw new Damaged();
        const times = found === 16 ? 3 + bits(2) : found === 17 ? 3 + bits(3) : 11 + bits(7);
        for (let time = 0; time < times; time++) all.push(value);
      }
    }
    if (all.length > lengthCount + distanceCount || all[256] === 0) throw new Damaged();
    const lengths = codeOf(all.slice(0, lengthCount));
    const distances = codeOf(all.slice(lengthCount));
    for (const { left, counts, symbols } of [lengths, distances]) {
      // A code may be incomplete only where it has one symbol, of one bit.
      if (left < 0 || (left > 0 && symbols.length !== counts[1])) throw new Damaged();
    }
    codes(lengths, distances);
  }

  try {
    for (let isLast = false; !isLast;) {
      isLast = bits(1) === 1;
      const type = bits(2);
      if (type === 0) stored();
      else if (type === 1) codes(FIXED_LENGTHS, FIXED_DISTANCES);
      else if (type === 2) dynamic();
      else throw new Damaged();
    }
    return { text: Buffer.from(text), how: "whole", bytes: at };
  } catch (error) {
    if (error instanceof Cut) return { text: Buffer.from(text), how: "cut", bytes: at };
    if (error instanceof Damaged) return { text: Buffer.from(text), how: "damaged", bytes: at };
    throw error;
  }
}
