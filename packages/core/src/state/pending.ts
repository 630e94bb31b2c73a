import { unpackBlock } from "./block.ts";
import { type Forked, NO_TEXT } from "./fork.ts";
import { Packer } from "./packer.ts";
import type { SeqRange } from "./stored.ts";

/** Entries in a row that are not on disk. */
export interface Chunk {
  /** Sequence number of its first entry. */
  readonly first: number;
  readonly count: number;
  /** The entries, or the block that they are written as. */
  readonly content: readonly Forked[] | Uint8Array<SharedArrayBuffer>;
  /** What they take in memory. */
  readonly bytes: number;
  /** In which period they were accepted. */
  readonly period: number;
  /** Some of its numbers have no text any more. */
  readonly isHoled?: boolean;
}

/** What is kept, and its number. */
interface Numbered {
  readonly seq: number;
  readonly entry: Forked;
}

/** Which chunks {@link Pending.take} gives. */
export interface Wanted {
  /** Only what was accepted in this period or before. */
  readonly period: number;
  /** Only what has a smaller number. */
  readonly before: number;
}

/** A chunk is closed when it has so many entries or bytes. */
const MOST_ENTRIES = 256;
const MOST_BYTES = 1024 * 1024;

/** The same for one that is packed: its entries are not kept. */
const MOST_PACKED = 1024;

/** Bytes that an entry takes beside its text, about: many small ones are not to slip through a bound. */
export const ENTRY_BYTES = 200;

/** The entries that are accepted and neither on disk nor settled everywhere, in the order of their numbers. */
export class Pending {
  /** What they take in memory. */
  bytes = 0;
  /** New entries belong to this period. */
  period = 0;
  /** Number of the next entry. */
  #next: number;
  #chunks: Chunk[] = [];
  #open: Forked[] = [];
  #openBytes = 0;
  #openPeriod = 0;
  #packer: Packer | undefined;

  /** @param next number of the first entry */
  constructor(next: number) {
    this.#next = next;
  }

  get next(): number {
    return this.#next;
  }

  /** Everything before this number is on disk or settled everywhere. */
  get first(): number {
    return this.#chunks[0]?.first ?? this.#next - this.#open.length;
  }

  /** The same for what follows a number. */
  firstFrom(seq: number): number {
    return this.#chunks.find(({ first }) => first >= seq)?.first ?? this.#next - this.#open.length;
  }

  /**
   * Whether chunks are packed as they are closed: all of them will be written, and what lives no longer than a chunk
   * costs the garbage collector nothing.
   */
  set packs(packs: boolean) {
    this.#packer = packs ? (this.#packer ?? new Packer()) : undefined;
  }

  /** Takes an entry. @returns its number */
  push(entry: Forked): number {
    const bytes = entry.headBytes + ENTRY_BYTES;
    if (this.#open.length === 0) this.#openPeriod = this.period;
    this.bytes += bytes;
    this.#openBytes += bytes;
    const length = this.#open.push(entry);
    const seq = this.#next++;
    if (length >= (this.#packer ? MOST_PACKED : MOST_ENTRIES) || this.#openBytes >= MOST_BYTES) this.close();
    return seq;
  }

  /** Passes over a number: its entry is on disk or settled already. */
  skip(): void {
    this.close();
    this.#next++;
  }

  /** What comes now begins a new chunk. */
  close(): void {
    if (this.#open.length === 0) return;
    const { length } = this.#open;
    const content = this.#packer?.pack(this.#open) ?? this.#open;
    const [bytes, period] = [this.#openBytes, this.#openPeriod];
    this.#chunks.push({ first: this.#next - length, count: length, content, bytes, period });
    this.#open = [];
    this.#openBytes = 0;
  }

  /** Whether {@link take} would find something. */
  has({ period, before }: Wanted): boolean {
    const [first] = this.#chunks;
    return first !== undefined && first.period <= period && first.first < before;
  }

  /**
   * The oldest closed chunks, up to about `mostBytes`, at least one if `room` allows it. They stay until {@link drop}.
   * Of a chunk only what `unsettledIn` leaves is kept; of one that is packed everything, if it leaves something.
   * @param room bytes that they may have at most
   * @param mostParts of a chunk of which more parts are left, these stay one, without the texts between them
   */
  take(
    wanted: Wanted,
    mostBytes: number,
    room: number,
    unsettledIn: (from: number, to: number) => readonly SeqRange[],
    mostParts: number = Infinity,
  ): Chunk[] {
    const taken: Chunk[] = [];
    let bytes = 0;
    let count = 0;
    for (const chunk of this.#chunks) {
      if (chunk.period > wanted.period || chunk.first >= wanted.before || bytes >= mostBytes) break;
      const parts = partsOf(chunk, unsettledIn(chunk.first, endOf(chunk)), mostParts);
      const sum = parts.reduce((total, part) => total + part.bytes, 0);
      if (sum > 0 && bytes + sum > room) break;
      this.bytes += sum - chunk.bytes;
      bytes += sum;
      count++;
      taken.push(...parts);
    }
    this.#chunks = [...taken, ...this.#chunks.slice(count)];
    return taken;
  }

  /** Lets go of the chunks that end before this number: they are on disk. */
  drop(before: number): void {
    let count = 0;
    for (const chunk of this.#chunks) {
      if (endOf(chunk) > before) break;
      this.bytes -= chunk.bytes;
      if (isPacked(chunk.content)) this.#packer?.free(chunk.content);
      count++;
    }
    if (count > 0) this.#chunks = this.#chunks.slice(count);
    if (before >= this.#next && this.#open.length > 0) this.#letGoOfOpen();
  }

  /**
   * Lets go of the chunks that are settled everywhere, of those that have something of these numbers: the sooner that
   * entries are garbage, the less work they are.
   */
  release(from: number, to: number, isSettled: (from: number, to: number) => boolean): void {
    const isGone = (chunk: Chunk): boolean =>
      chunk.first < to && endOf(chunk) > from && isSettled(chunk.first, endOf(chunk));
    if (this.#chunks.some(isGone)) {
      this.#chunks = this.#chunks.filter((chunk) => {
        if (!isGone(chunk)) return true;
        this.bytes -= chunk.bytes;
        return false;
      });
    }
    const { length } = this.#open;
    const openFrom = this.#next - length;
    if (length > 0 && to > openFrom && isSettled(openFrom, this.#next)) this.#letGoOfOpen();
  }

  #letGoOfOpen(): void {
    this.bytes -= this.#openBytes;
    this.#open = [];
    this.#openBytes = 0;
  }

  /** The entries from a number on. */
  *from(seq: number): Generator<Numbered> {
    const { length } = this.#open;
    const open = { first: this.#next - length, count: length, content: this.#open };
    for (const { first, count, content } of [...this.#chunks, open]) {
      if (first + count <= seq) continue;
      const entries = isPacked(content) ? unpackBlock(content) : content;
      for (let at = Math.max(0, seq - first); at < entries.length; at++) {
        yield { seq: first + at, entry: entries[at] as Forked };
      }
    }
  }
}

/** The number behind the last entry. */
export function endOf({ first, count }: Pick<Chunk, "first" | "count">): number {
  return first + count;
}

export function isPacked(content: Chunk["content"]): content is Uint8Array<SharedArrayBuffer> {
  return ArrayBuffer.isView(content);
}

function partsOf(chunk: Chunk, ranges: readonly SeqRange[], mostParts: number): Chunk[] {
  const { content, count } = chunk;
  if (isPacked(content)) return ranges.length > 0 ? [chunk] : [];
  const entriesIn = ([from, to]: SeqRange): readonly Forked[] => content.slice(from - chunk.first, to - chunk.first);
  if (ranges.length > mostParts) return [holedOf(chunk, ranges, entriesIn)];
  return ranges.map((range) => {
    const [first, to] = range;
    if (to - first === count) return chunk;
    const entries = entriesIn(range);
    return { ...chunk, first, count: entries.length, content: entries, bytes: bytesOf(entries) };
  });
}

/** One chunk, without the texts between the ranges. */
function holedOf(chunk: Chunk, ranges: readonly SeqRange[], entriesIn: (range: SeqRange) => readonly Forked[]): Chunk {
  const first = ranges[0]?.[0] ?? chunk.first;
  const entries: Forked[] = [];
  let bytes = 0;
  for (const range of ranges) {
    const [from] = range;
    while (first + entries.length < from) entries.push(NO_TEXT);
    const kept = entriesIn(range);
    entries.push(...kept);
    bytes += bytesOf(kept);
  }
  return { ...chunk, first, count: entries.length, content: entries, bytes, isHoled: true };
}

function bytesOf(entries: readonly Forked[]): number {
  return entries.reduce((sum, { headBytes }) => sum + headBytes + ENTRY_BYTES, 0);
}
