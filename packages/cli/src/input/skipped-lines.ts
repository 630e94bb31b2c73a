import { type BadLine, type Host, messageOf } from "@cloudmarker/core";
import { count, grouped } from "../render/text.ts";

/** Most samples in the result. */
const MOST_SAMPLES = 10;

/** A bad line as it appears in the result. */
export interface SkippedLine {
  readonly input: string;
  /** From 1. */
  readonly line: number;
  readonly reason: string;
}

/** The lines that were skipped up to a place. */
export interface SkippedSoFar {
  readonly lines: number;
  /** How many of them are in the file. */
  readonly kept: number;
  /** The first of them. */
  readonly samples: readonly SkippedLine[];
}

/** Counts the lines that `--on-bad-line skip` passed over, and has the host keep them. */
export class SkippedLines {
  readonly #host: Pick<Host, "keepBadLines">;
  readonly #samples: SkippedLine[] = [];
  #lines = 0;
  #kept = 0;
  #file: string | undefined;
  #problem: string | undefined;

  constructor(host: Pick<Host, "keepBadLines">) {
    this.#host = host;
  }

  get lines(): number {
    return this.#lines;
  }

  get soFar(): SkippedSoFar {
    return { lines: this.#lines, kept: this.#kept, samples: [...this.#samples] };
  }

  /** Those that were skipped after a place; undefined if none was. */
  since({ lines, kept, samples }: SkippedSoFar): SkippedSoFar | undefined {
    if (this.#lines === lines) return undefined;
    return { lines: this.#lines - lines, kept: this.#kept - kept, samples: this.#samples.slice(samples.length) };
  }

  /** Counts what an earlier process of the run skipped and kept. */
  async add({ lines, kept, samples }: SkippedSoFar): Promise<void> {
    this.#lines += lines;
    this.#kept += kept;
    this.#samples.push(...samples.slice(0, MOST_SAMPLES - this.#samples.length));
    if (kept < lines) this.#problem ??= "an earlier process of the run said why";
    if (kept > 0) this.#file = await this.#host.keepBadLines([]);
  }

  /** Counts lines and passes them to the host. The result says which could not be kept. */
  async take(lines: readonly BadLine[]): Promise<void> {
    this.#lines += lines.length;
    for (const { input, line, reason } of lines.slice(0, MOST_SAMPLES - this.#samples.length)) {
      this.#samples.push({ input, line, reason });
    }
    try {
      this.#file = await this.#host.keepBadLines(lines);
      this.#kept += lines.length;
    } catch (error) {
      this.#problem ??= messageOf(error);
    }
  }

  /**
   * For the result: how many lines there were, how many are in which file, why others are not, and the first of them.
   */
  result(): object {
    return {
      lines: this.#lines,
      kept: this.#kept,
      ...(this.#file !== undefined && { file: this.#file }),
      ...(this.#problem !== undefined && { problem: this.#problem }),
      samples: this.#samples,
    };
  }

  /** The same for a person: what happened, then the first of the lines. */
  describe(): readonly [string, ...string[]] {
    const all =
      this.#lines === 1
        ? "1 line of the input is not a record and was"
        : `${count(this.#lines, "line")} of the input are not records and were`;
    const where = this.#file === undefined ? "" : `; kept in ${this.#file}`;
    const lost = this.#lines - this.#kept;
    const why = lost === 0 ? "" : `; ${count(lost, "line")} could not be kept: ${this.#problem}`;
    const samples = this.#samples.map(({ input, line, reason }) => `${input}:${line}: ${reason}`);
    const more = this.#lines - samples.length;
    return [`${all} skipped${where}${why}`, ...samples, ...(more > 0 ? [`… and ${grouped(more)} more`] : [])];
  }
}
