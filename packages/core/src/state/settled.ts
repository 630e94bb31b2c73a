import { PAGE, type SeqRange } from "./stored.ts";

const WORD = 32;
const WORDS = PAGE / WORD;
const ALL = 0xffff_ffff;

/** How many numbers there are. */
export function countIn(ranges: readonly SeqRange[]): number {
  return ranges.reduce((sum, [from, to]) => sum + to - from, 0);
}

/**
 * Which of the numbers from 0 on are settled. In order they cost an addition. Above the first gap each number is one
 * bit: a store that is away and whose taps drop every other record has a gap for each record that it has yet to get.
 */
export class Settled {
  #low: number;
  /** The bits of the numbers above {@link Settled.low}; a page without any is not there. */
  readonly #pages = new Map<number, Uint32Array>();
  /** How many of them are set. */
  #above = 0;
  /** Pages that have got bits since {@link Settled.takeChanged}. */
  #changed = new Set<number>();

  /** @param low and `ranges` as another {@link Settled} told them */
  constructor(low = 0, ranges: readonly SeqRange[] = []) {
    this.#low = low;
    for (const [from, to] of ranges) this.add(from, to);
    this.#changed.clear();
  }

  /** First number that is not settled. */
  get low(): number {
    return this.#low;
  }

  /** How many are settled. */
  get count(): number {
    return this.#low + this.#above;
  }

  /** How many pages there are above {@link Settled.low}. */
  get pages(): number {
    return this.#pages.size;
  }

  /** What is settled above {@link Settled.low}. */
  ranges(): SeqRange[] {
    const ranges: SeqRange[] = [];
    for (const page of [...this.#pages.keys()].toSorted((a, b) => a - b)) {
      const last = ranges.at(-1);
      const [first, ...rest] = this.#rangesIn(page);
      if (first && last?.[1] === first[0]) ranges[ranges.length - 1] = [last[0], first[1]];
      else if (first) ranges.push(first);
      for (const range of rest) ranges.push(range);
    }
    return ranges;
  }

  /** The pages that have changed since the last call, and what is settled in each. */
  takeChanged(): ReadonlyMap<number, readonly SeqRange[]> {
    const changed = this.#changed;
    this.#changed = new Set();
    const pages = [...changed].filter((page) => this.#pages.has(page));
    return new Map(pages.map((page) => [page, this.#rangesIn(page)]));
  }

  /** These are settled; some of them may have been before. */
  add(from: number, to: number): void {
    if (to <= this.#low || to <= from) return;
    if (from <= this.#low) this.#raise(to);
    else this.#set(from, to);
  }

  has(seq: number): boolean {
    if (seq < this.#low) return true;
    return ((this.#wordAt(seq) >>> (seq % WORD)) & 1) === 1;
  }

  /** Whether all of these are settled. */
  covers(from: number, to: number): boolean {
    if (to <= this.#low || to <= from) return true;
    if (this.#above === 0) return false;
    return this.#end(Math.max(from, this.#low), to, true) === to;
  }

  /** Those of the numbers that are not settled, in order. */
  unsettled(from: number, to: number): SeqRange[] {
    const start = Math.max(from, this.#low);
    if (start >= to) return [];
    return this.#above === 0 ? [[start, to]] : this.#find(start, to, false);
  }

  #raise(to: number): void {
    const from = this.#low;
    this.#low = to;
    if (this.#above > 0) {
      for (const [first, end] of this.#find(from, to, true)) this.#above -= end - first;
      // It ends at the first number that has no page, at the latest.
      this.#low = this.#end(to, Infinity, true);
      this.#above -= this.#low - to;
    }
    if (this.#pages.size > 0) this.#dropPages(from);
  }

  /** Lets go of the pages that have no number above the first gap. @param from no page before it is there */
  #dropPages(from: number): void {
    const first = Math.floor(from / PAGE);
    const end = this.#above === 0 ? Infinity : Math.floor(this.#low / PAGE);
    const isMany = end - first > this.#pages.size;
    for (const page of isMany ? [...this.#pages.keys()] : numbersFrom(first, end)) {
      if (page >= end) continue;
      this.#pages.delete(page);
      this.#changed.delete(page);
    }
  }

  #set(from: number, to: number): void {
    for (let seq = from; seq < to;) {
      const page = Math.floor(seq / PAGE);
      const index = Math.floor((seq % PAGE) / WORD);
      const bit = seq % WORD;
      const bits = Math.min(WORD - bit, to - seq);
      let words = this.#pages.get(page);
      if (!words) this.#pages.set(page, (words = new Uint32Array(WORDS)));
      const before = words[index] as number;
      const mask = ((ALL >>> (WORD - bits)) << bit) >>> 0;
      words[index] = before | mask;
      this.#above += ones(mask & ~before);
      this.#changed.add(page);
      seq += bits;
    }
  }

  #rangesIn(page: number): SeqRange[] {
    return this.#find(Math.max(this.#low, page * PAGE), (page + 1) * PAGE, true);
  }

  /** The ranges of the numbers in a range that are settled, or that are not. */
  #find(from: number, to: number, isSettled: boolean): SeqRange[] {
    const found: SeqRange[] = [];
    for (let at = this.#end(from, to, !isSettled); at < to;) {
      const end = this.#end(at, to, isSettled);
      found.push([at, end]);
      at = this.#end(end, to, !isSettled);
    }
    return found;
  }

  /** The first number, up to `to`, from which on it is not so that all are settled, or that none is. */
  #end(from: number, to: number, isSettled: boolean): number {
    for (let seq = from; seq < to;) {
      const page = Math.floor(seq / PAGE);
      if (!this.#pages.has(page)) {
        if (isSettled) return seq;
        seq = (page + 1) * PAGE;
        continue;
      }
      const word = this.#wordAt(seq);
      const others = ((isSettled ? ~word : word) >>> (seq % WORD)) >>> 0;
      if (others !== 0) return Math.min(to, seq + 31 - Math.clz32(others & -others));
      seq += WORD - (seq % WORD);
    }
    return to;
  }

  #wordAt(seq: number): number {
    return this.#pages.get(Math.floor(seq / PAGE))?.[Math.floor((seq % PAGE) / WORD)] ?? 0;
  }
}

function* numbersFrom(from: number, to: number): Generator<number> {
  for (let at = from; at < to; at++) yield at;
}

/** How many bits are set. */
function ones(bits: number): number {
  let count = 0;
  for (let left = bits; left !== 0; left &= left - 1) count++;
  return count;
}
