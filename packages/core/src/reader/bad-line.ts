/** A line of an input that does not contain a valid record. */
export interface BadLine {
  /** Name of the input. */
  readonly input: string;
  /** From 1. */
  readonly line: number;
  /** Byte offset of its beginning in the text of the input. */
  readonly byte: number;
  /** Its length in bytes, without the line break. */
  readonly bytes: number;
  /** What is wrong, and where in the line. */
  readonly reason: string;
  /** The line itself. If it is longer than a record may be, only its beginning. */
  readonly content: Uint8Array;
}

/** Takes bad lines. Reading goes on after its promise has settled. */
export type TakeBadLines = (lines: readonly BadLine[]) => void | Promise<void>;

/** The most bytes, and the most bad lines, that are collected before they are passed on. */
const MOST_BYTES = 1024 * 1024;
const MOST_LINES = 1000;

/** The most bytes that are kept of a line that is too long for a record. */
const KEEP_OF_LONG = 64 * 1024;

/** Collects bad lines and passes them on together, which is faster than one by one. */
export class BadLines {
  readonly #take: TakeBadLines;
  #lines: BadLine[] = [];
  #bytes = 0;

  constructor(take: TakeBadLines) {
    this.#take = take;
  }

  /** Whether the collected lines should be passed on now. */
  get full(): boolean {
    return this.#bytes >= MOST_BYTES || this.#lines.length >= MOST_LINES;
  }

  add(line: Omit<BadLine, "bytes">): void {
    this.addLong(line, line.content.length);
  }

  /** Adds a line of which only the beginning is kept. */
  addLong(line: Omit<BadLine, "bytes">, bytes: number): void {
    // A copy, since the memory of the input is used again.
    const content = Buffer.from(line.content);
    this.#lines.push({ ...line, content, bytes });
    this.#bytes += content.length;
  }

  async flush(): Promise<void> {
    if (this.#lines.length === 0) return;
    const lines = this.#lines;
    this.#lines = [];
    this.#bytes = 0;
    await this.#take(lines);
  }
}

/** The beginning of a line that is too long to be kept. */
export function beginningOf(line: Uint8Array): Uint8Array {
  return line.subarray(0, KEEP_OF_LONG);
}
