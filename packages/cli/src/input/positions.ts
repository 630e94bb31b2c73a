import type { ErrorCode, InputPosition } from "@cloudmarker/core";
import type { Chunks } from "./chunks.ts";
import { Beginning, type KnownBeginning } from "./known-file.ts";
import type { SkippedSoFar } from "./skipped-lines.ts";

/** How far an input was read, as the journal of the run keeps it. */
export interface ReadSoFar {
  /** Records that came of it. */
  readonly records: number;
  /** Bytes that were read of it. */
  readonly byte: number;
  /** Absent where it was read to its end: it is not read again. */
  readonly beginning?: KnownBeginning;
  /** It was read to its end. */
  readonly ended: boolean;
  /** Lines of it that were skipped; absent if there are none. */
  readonly skipped?: SkippedSoFar;
  /** Why it could not be read to its end. */
  readonly problem?: { readonly code: ErrorCode; readonly message: string; readonly details?: string };
}

/** Where an input of a run stood; undefined if none of it was read. */
export function soFarOf(inputs: readonly InputPosition[], input: number): ReadSoFar | undefined {
  // The command wrote it.
  return inputs.find((one) => one.input === input)?.at as unknown as ReadSoFar | undefined;
}

/** Chunks of an input, and how many bytes they had. */
export class CountedChunks implements Chunks {
  byte = 0;
  readonly beginning: Beginning = new Beginning();
  readonly #chunks: Chunks;
  readonly #isKept: boolean;

  /** @param isKept whether its beginning is needed: the run has a journal */
  constructor(chunks: Chunks, isKept: boolean) {
    this.#chunks = chunks;
    this.#isKept = isKept;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of this.#chunks) {
      this.byte += chunk.length;
      if (this.#isKept) this.beginning.take(chunk);
      yield chunk;
    }
  }

  stop(): void {
    this.#chunks.stop();
  }
}
