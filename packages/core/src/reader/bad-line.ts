/** A line of an input that is not a record. */
export interface BadLine {
  /** Name of the input. */
  readonly input: string;
  /** From 1. */
  readonly line: number;
  /** Where it begins in the text of the input, in bytes. */
  readonly byte: number;
  /** Its length in bytes, without the line break. */
  readonly bytes: number;
  /** Where in the line, and what is wrong there. */
  readonly reason: string;
  /** The line itself; of one that is longer than a record may be, only the beginning. */
  readonly content: Uint8Array;
}

/** Takes bad lines; reading goes on when its promise is settled. */
export type TakeBadLines = (lines: readonly BadLine[]) => void | Promise<void>;

/** At most so many bytes, and so many, bad lines are collected before they are passed on. */
const MOST_BYTES = 1024 * 1024;
const MOST_LINES = 1000;

/** Bytes that are kept of a line that is longer than a record may be. */
const KEEP_OF_LONG = 64 * 1024;

/** Collects bad lines and passes them on together, which costs less than one by one. */
export class BadLines {
  readonly #take: TakeBadLines;
  #lines: BadLine[] = [];
  #bytes = 0;

  constructor(take: TakeBadLines) {
    this.#take = take;
  }

  /** Whether it is time to hand them over. */
  get full(): boolean {
    return this.#bytes >= MOST_BYTES || this.#lines.length >= MOST_LINES;
  }

  add(line: Omit<BadLine, "bytes">): void {
    this.addLong(line, line.content.length);
  }

  /** One of which only the beginning is kept. */
  addLong(line: Omit<BadLine, "bytes">, bytes: number): void {
    // A copy: the memory of the input is used again.
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
