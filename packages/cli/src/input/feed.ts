import { type BadLine, type Host, type JsonText, systemClock } from "@cloudmarker/core";
import type { WriteOptions } from "../options.ts";
import { originFor, originOf } from "../origin.ts";
import type { Progress } from "../render/progress.ts";
import { count } from "../render/text.ts";
import type { Chunks } from "./chunks.ts";
import { asInputError } from "./input-error.ts";
import { readSource } from "./read-source.ts";
import { SkippedLines } from "./skipped-lines.ts";
import type { Source } from "./sources.ts";

/** Time that an input is given to close, in milliseconds. */
const CLOSE_MS = 1_000;

/** An input that could not be read to its end. */
export interface InputProblem {
  readonly input: string;
  readonly error: unknown;
}

/** Carries the records of the inputs to the host. */
export class Feed {
  readonly problems: InputProblem[] = [];
  /** Inputs that were read to their end. */
  ended = 0;
  /** What to try where one object swallowed what look like the records. */
  readonly hints: string[] = [];
  /** Where `--select` led to no records, as it does in a report that found nothing, or passed objects over. */
  readonly notes: string[] = [];
  readonly skipped: SkippedLines;
  readonly #host: Host;
  readonly #progress: Progress;
  readonly #options: WriteOptions;
  #chunks: Chunks | undefined;
  #stopped = false;
  #sending: Promise<void> = Promise.resolve();

  constructor(host: Host, progress: Progress, options: WriteOptions) {
    this.#host = host;
    this.skipped = new SkippedLines(host);
    this.#progress = progress;
    this.#options = options;
  }

  /** Sends one input; what is wrong with it is kept, and the next one goes on. */
  send(source: Source): Promise<void> {
    this.#sending = this.#send(source);
    return this.#sending;
  }

  async #send(source: Source): Promise<void> {
    const origin = originFor(originOf(this.#options), source);
    this.#progress.reading(source.name);
    this.#chunks = source.open();
    const batches = readSource(source, this.#chunks, this.#options, {
      onHint: (hints) => this.#hint(source.name, hints),
      note: (text) => void this.notes.push(text),
      skip: (lines) => this.#skip(lines),
    });
    try {
      while (!this.#stopped) {
        let next: IteratorResult<JsonText[]>;
        try {
          next = await batches.next();
        } catch (error) {
          if (!this.#stopped) this.#problem(source.name, asInputError(source.name, error));
          return;
        }
        if (next.done) {
          // One that was stopped ends early.
          if (!this.#stopped) this.ended += 1;
          return;
        }
        await this.#host.write(this.#untilStopped(next.value), { origin });
        this.#progress.add(next.value.length);
      }
    } finally {
      // Also where the run was stopped or the host takes nothing more: else nobody closes the input.
      await batches.return();
    }
  }

  /** Nothing more is read, and nothing more of what was read is accepted. */
  stop(): void {
    this.#stopped = true;
    this.#chunks?.stop();
  }

  /** Stops, and resolves when the input is closed; one that the system does not let go of is left to the end of the process. */
  async close(): Promise<void> {
    this.stop();
    const late = Promise.withResolvers<void>();
    const timer = systemClock.setTimeout(late.resolve, CLOSE_MS);
    await Promise.race([this.#sending.catch(() => undefined), late.promise]);
    systemClock.clearTimeout(timer);
  }

  /** A write that waits for room takes the rest of its records later: not once the run is ending. */
  *#untilStopped(batch: readonly JsonText[]): Generator<JsonText> {
    for (const record of batch) {
      if (this.#stopped) return;
      yield record;
    }
  }

  /** Once the run is ending, the line that it broke off in would look like a bad one. */
  async #skip(lines: readonly BadLine[]): Promise<void> {
    if (!this.#stopped) await this.skipped.take(lines);
  }

  #problem(input: string, error: unknown): void {
    this.problems.push({ input, error });
    const mayBeLine = typeof error === "object" && error !== null && "mayBeLine" in error && error.mayBeLine === true;
    if (mayBeLine && this.#options.onBadLine !== "skip") {
      this.hints.push(`if ${input} is NDJSON, --on-bad-line skip keeps such a line as a dead letter and reads on.`);
    }
  }

  #hint(name: string, hints: readonly { path: string; count: number }[]): void {
    const places = hints.map(({ path, count: found }) => `--select ${path} (${count(found, "object")})`);
    if (places.length > 0) {
      this.hints.push(`${name} was taken as one record. If its parts are the records, use ${places.join(" or ")}.`);
    }
  }
}
