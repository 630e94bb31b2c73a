import type { SeqRange } from "./stored.ts";

/** How many numbers there are. */
export function countIn(ranges: readonly SeqRange[]): number {
  return ranges.reduce((sum, [from, to]) => sum + to - from, 0);
}

/**
 * Which of the numbers from 0 on are settled. In order they cost an addition, else a binary search in the ranges above
 * the first gap, of which there are no more than a store's queue holds records.
 */
export class Settled {
  #low: number;
  /** Ranges above {@link Settled.low}, in order; no two of them touch. */
  readonly #froms: number[] = [];
  readonly #tos: number[] = [];
  /** Numbers in them. */
  #above = 0;

  /** @param low and `ranges` as another {@link Settled} told them */
  constructor(low = 0, ranges: readonly SeqRange[] = []) {
    this.#low = low;
    for (const [from, to] of ranges) this.add(from, to);
  }

  /** First number that is not settled. */
  get low(): number {
    return this.#low;
  }

  /** How many are settled. */
  get count(): number {
    return this.#low + this.#above;
  }

  /** What is settled above {@link Settled.low}. */
  ranges(): SeqRange[] {
    return this.#froms.map((from, index) => [from, this.#to(index)]);
  }

  /** These are settled; some of them may have been before. */
  add(from: number, to: number): void {
    if (to <= this.#low || to <= from) return;
    if (from <= this.#low) this.#raise(to);
    else this.#insert(from, to);
  }

  has(seq: number): boolean {
    return this.covers(seq, seq + 1);
  }

  /** Whether all of these are settled. */
  covers(from: number, to: number): boolean {
    if (to <= this.#low || to <= from) return true;
    const at = this.#firstEndingFrom(to);
    return at < this.#froms.length && this.#from(at) <= Math.max(from, this.#low);
  }

  /** Those of the numbers that are not settled, in order. */
  unsettled(from: number, to: number): SeqRange[] {
    const open: SeqRange[] = [];
    let start = Math.max(from, this.#low);
    for (let at = this.#firstEndingFrom(start); start < to; at++) {
      const end = at < this.#froms.length ? Math.min(this.#from(at), to) : to;
      if (end > start) open.push([start, end]);
      start = at < this.#froms.length ? Math.max(start, this.#to(at)) : to;
    }
    return open;
  }

  #raise(to: number): void {
    let end = 0;
    let low = to;
    while (end < this.#froms.length && this.#from(end) <= low) low = Math.max(low, this.#to(end++));
    this.#low = low;
    if (end > 0) this.#remove(0, end);
  }

  #insert(from: number, to: number): void {
    const at = this.#firstEndingFrom(from);
    let end = at;
    while (end < this.#froms.length && this.#from(end) <= to) end++;
    const first = end > at ? Math.min(from, this.#from(at)) : from;
    const last = end > at ? Math.max(to, this.#to(end - 1)) : to;
    if (end > at) this.#remove(at, end);
    this.#above += last - first;
    if (at === this.#froms.length) {
      this.#froms.push(first);
      this.#tos.push(last);
    } else {
      this.#froms.splice(at, 0, first);
      this.#tos.splice(at, 0, last);
    }
  }

  #remove(at: number, end: number): void {
    for (let index = at; index < end; index++) this.#above -= this.#to(index) - this.#from(index);
    this.#froms.splice(at, end - at);
    this.#tos.splice(at, end - at);
  }

  /** Index of the first range that ends at `seq` or behind it. */
  #firstEndingFrom(seq: number): number {
    let low = 0;
    let high = this.#tos.length;
    // Mostly it is the last, or there is none.
    if (high > 0 && this.#to(high - 1) < seq) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#to(middle) < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #from(index: number): number {
    return this.#froms[index] as number;
  }

  #to(index: number): number {
    return this.#tos[index] as number;
  }
}
