import {
  type BadLine,
  type CloudmarkerError,
  type Host,
  isCloudmarkerError,
  type JsonText,
  shellWord,
  systemClock,
} from "@cloudmarker/core";
import type { ReadingOptions } from "../options.ts";
import { hasOrigin, originFor, originOf } from "../origin.ts";
import type { Progress } from "../render/progress.ts";
import type { Chunks } from "./chunks.ts";
import { toldBefore, unreadableInput } from "../errors.ts";
import { whyNoRecords } from "./dead-letter-line.ts";
import { asInputError } from "./input-error.ts";
import { readSource } from "./read-source.ts";
import { SkippedLines } from "./skipped-lines.ts";
import { CountedChunks, type ReadSoFar } from "./positions.ts";
import type { Source } from "./sources.ts";

/** Bytes of an input after which the host is told again how far it was read. */
const POSITION_BYTES = 256 * 1024;

/** Time for an input to close, in milliseconds. */
const CLOSE_MS = 1_000;

/** An input that could not be read to its end. */
export interface InputProblem {
  readonly input: string;
  readonly error: unknown;
}

/** Passes the records of the inputs to the host. */
export class Feed {
  readonly problems: InputProblem[] = [];
  /** Number of inputs that were read to their end. */
  ended = 0;
  /** Advice if one object contained what look like the records. */
  readonly hints: string[] = [];
  /** Notes on where `--select` led to no records, as in a report that found nothing, or passed objects over. */
  readonly notes: string[] = [];
  readonly skipped: SkippedLines;
  /** The presets of which a hint was given. */
  readonly #advised = new Set<string>();
  readonly #host: Host;
  readonly #progress: Progress;
  readonly #options: ReadingOptions;
  #chunks: Chunks | undefined;
  #stopped = false;
  #sending: Promise<void> = Promise.resolve();

  constructor(host: Host, progress: Progress, options: ReadingOptions) {
    this.#host = host;
    this.skipped = new SkippedLines(host);
    this.#progress = progress;
    this.#options = options;
  }

  /**
   * Sends one input. Keeps its error, and goes on with the next input.
   * @param input its number in the run
   * @param known what an earlier process of the run read of it
   */
  send(source: Source, input: number, known?: ReadSoFar): Promise<void> {
    this.#sending = this.#send(source, input, known);
    return this.#sending;
  }

  /** Takes over what an earlier process of the run told of an input that is not read now. */
  async know(input: string, { skipped, problem }: ReadSoFar): Promise<void> {
    if (skipped) await this.skipped.add(skipped);
    if (problem) this.problems.push({ input, error: toldBefore(problem) });
  }

  async #send(source: Source, input: number, known: ReadSoFar | undefined): Promise<void> {
    const origin = originFor(originOf(this.#options), source);
    this.#progress.reading(source.name);
    // What is not kept is read again from its beginning.
    const isKept = this.#host.keeps === "records";
    const chunks = new CountedChunks(source.open(), isKept);
    this.#chunks = chunks;
    let records = 0;
    let toldByte = 0;
    const batches = readSource(source, chunks, this.#options, {
      hint: (text, about) => this.#hint(text, about),
      isNamed: () => hasOrigin(this.#host, this.#options),
      note: (text) => void this.notes.push(text),
      skip: (lines) => this.#skip(lines),
    });
    const before = this.skipped.soFar;
    const tell = (ended: boolean, error?: unknown): void => {
      if (!isKept) return;
      const skipped = this.skipped.since(before);
      const soFar: ReadSoFar = {
        records,
        byte: chunks.byte,
        ...(!ended && { beginning: chunks.beginning.known }),
        ended,
        ...(skipped && { skipped }),
        ...(isCloudmarkerError(error) && { problem: problemOf(error) }),
      };
      this.#host.position(input, { ...soFar });
      toldByte = soFar.byte;
    };
    const failed = (error: unknown): void => {
      this.#problem(source.name, error);
      tell(false, error);
    };
    try {
      while (!this.#stopped) {
        let next: IteratorResult<JsonText[]>;
        try {
          next = await batches.next();
        } catch (error) {
          if (!this.#stopped) failed(asInputError(source.name, error));
          return;
        }
        if (this.#stopped) return;
        if (next.done) {
          // A stopped input ends early.
          this.ended += 1;
          tell(true);
          return;
        }
        const why = records === 0 ? whyNoRecords(next.value[0]?.text ?? "", source.name) : undefined;
        if (why !== undefined) {
          failed(unreadableInput(source.name, why, undefined));
          return;
        }
        const leaveOut = Math.min(next.value.length, Math.max(0, (known?.records ?? 0) - records));
        records += next.value.length;
        if (leaveOut < next.value.length) {
          await this.#host.write(this.#untilStopped(leaveOut > 0 ? next.value.slice(leaveOut) : next.value), {
            origin,
          });
          // Some of them may not have been passed on.
          if (this.#stopped) return;
          // Who goes on reads what came after the last position again, and the journal knows these records.
          if (chunks.byte - toldByte >= POSITION_BYTES) tell(false);
        }
        this.#progress.add(next.value.length - leaveOut);
      }
    } finally {
      // Also if the run was stopped or the host accepts nothing more: then only this closes the input.
      await batches.return();
    }
  }

  /** Reads nothing more, and passes nothing more of what was read to the host. */
  stop(): void {
    this.#stopped = true;
    this.#chunks?.stop();
  }

  /**
   * Stops, and resolves when the input is closed. An input that the system does not release stays open until the
   * process ends.
   */
  async close(): Promise<void> {
    this.stop();
    const late = Promise.withResolvers<void>();
    const timer = systemClock.setTimeout(late.resolve, CLOSE_MS);
    await Promise.race([this.#sending.catch(() => undefined), late.promise]);
    systemClock.clearTimeout(timer);
  }

  /** A write that waits for room reads the rest of its records later; it must not do so once the run is ending. */
  *#untilStopped(batch: readonly JsonText[]): Generator<JsonText> {
    for (const record of batch) {
      if (this.#stopped) return;
      yield record;
    }
  }

  /** Once the run is ending, a line that was cut off would look like a bad one. */
  async #skip(lines: readonly BadLine[]): Promise<void> {
    if (!this.#stopped) await this.skipped.take(lines);
  }

  #problem(input: string, error: unknown): void {
    this.problems.push({ input, error });
    const mayBeLine = typeof error === "object" && error !== null && "mayBeLine" in error && error.mayBeLine === true;
    if (/\.ya?ml$/iu.test(input)) {
      this.hints.push(`records are JSON; ${input} as the configuration: cloudmarker write -c ${shellWord(input)}`);
    } else if (mayBeLine && this.#options.onBadLine !== "skip") {
      this.hints.push(`if ${input} is NDJSON, --on-bad-line skip keeps such a line as a dead letter and reads on.`);
    }
  }

  #hint(text: string, about: string | undefined): void {
    if (about !== undefined && this.#advised.has(about)) return;
    if (about !== undefined) this.#advised.add(about);
    this.hints.push(text);
  }
}

function problemOf({ code, message, details }: CloudmarkerError): NonNullable<ReadSoFar["problem"]> {
  return { code, message, ...(details !== undefined && { details }) };
}
