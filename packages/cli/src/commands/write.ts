import {
  type BadLine,
  EXIT,
  type ExitCode,
  type Host,
  type JsonText,
  type OriginOptions,
  type PluginCall,
  messageOf,
  parseDuration,
  readRecords,
  systemClock,
} from "@cloudmarker/core";
import { type Receipt, isError } from "@cloudmarker/store-api";
import { CommandError, UsageError, exitOf, worst } from "../exit-codes.ts";
import type { Chunks } from "../input/chunks.ts";
import { asInputError } from "../input/input-error.ts";
import { SkippedLines } from "../input/skipped-lines.ts";
import { findSources, type Source } from "../input/sources.ts";
import { Interruptions } from "../interruption.ts";
import type { WriteOptions } from "../options.ts";
import { describeCall } from "../plugin-calls.ts";
import { errorToJson, renderError } from "../render/error.ts";
import { Progress } from "../render/progress.ts";
import { renderReceipt } from "../render/receipt.ts";
import { renderNothing } from "../render/nothing.ts";
import { count, duration } from "../render/text.ts";
import type { Session } from "../session.ts";
import { print } from "../world.ts";

/** Time that an input is given to close, in milliseconds. */
const CLOSE_MS = 1_000;

/** An input that could not be read to its end. */
interface InputProblem {
  readonly input: string;
  readonly error: unknown;
}

/** `cloudmarker write`: sends the records of all inputs to the stores and prints the receipt. */
export async function write(files: readonly string[], options: WriteOptions, session: Session): Promise<ExitCode> {
  const { world, reporter } = session;
  const deadlineMs = deadlineOf(options);
  const sources = await findSources(files, world);
  const abort = new AbortController();
  const workers = sources.map((source) => options.worker ?? source.worker);
  const host = session.host({
    signal: abort.signal,
    workers,
    ...(options.runId !== undefined && { run: options.runId }),
  });
  const progress = new Progress({ stderr: world.stderr, reporter, clock: systemClock }, host.hooks);
  const feed = new Feed(host, progress, options);
  const isRead = (): boolean => feed.ended === sources.length;
  const interruptions = new Interruptions(world, {
    finish(why) {
      feed.stop();
      if ("crash" in why) return;
      const within = deadlineMs === undefined ? "the deadline" : duration(deadlineMs);
      const input = isRead() ? "the input was read to its end" : "no more input is read";
      reporter.note(`${why.signal}: ${input}; finishing what was accepted, within ${within}. Again: stop now.`);
    },
    crashed({ error, during }) {
      reporter.error(`an exception that nobody caught, so the run ends early: ${messageOf(error)}`);
      if (during) reporter.note(`It came from code that began in ${describeCall(during)}.`);
      if (isError(error)) reporter.debug(error.stack ?? "");
    },
    stop() {
      reporter.note("Stopping now: what is not delivered becomes dead letters.");
      abort.abort();
    },
  });
  let isOpen = false;
  try {
    await interruptions.until(host.open().then(() => (isOpen = true)));
    if (!isOpen && interruptions.why) throw neverOpened(interruptions, world.calls.underWay);
    for (const source of sources) {
      if (interruptions.why) break;
      await interruptions.until(feed.send(source));
    }
    const receipt = await host.done({ complete: isRead(), ...(deadlineMs !== undefined && { deadlineMs }) });
    progress.end();
    return await report(session, options, receipt, sources.length, feed, interruptions);
  } finally {
    await feed.close();
    progress.end();
    interruptions.end();
  }
}

/** The configuration was being read or plugins were being loaded: nobody was promised anything. */
function neverOpened({ why, crash }: Interruptions, underWay: readonly PluginCall[]): CommandError {
  const by = why && "signal" in why ? why.signal : "an exception";
  const details = ["Nothing was read and nothing was sent."];
  if (underWay.length > 0) details.unshift(`Under way: ${underWay.map(describeCall).join(", ")}.`);
  const exit = crash ? EXIT.SOFTWARE : EXIT.INCOMPLETE;
  return new CommandError("INTERRUPTED", exit, `the run was interrupted (${by}) before it began.`, details.join("\n"));
}

function deadlineOf({ deadline }: WriteOptions): number | undefined {
  if (deadline === undefined) return undefined;
  const ms = parseDuration(deadline);
  if (ms === undefined) throw new UsageError(`--deadline ${deadline} is no duration.`, "Such as 500ms, 90s, 5m or 1h.");
  return ms;
}

/** Carries the records of the inputs to the host. */
class Feed {
  readonly problems: InputProblem[] = [];
  /** Inputs that were read to their end. */
  ended = 0;
  /** What to try where one object swallowed what look like the records. */
  readonly hints: string[] = [];
  /** Where `--select` led to no records, as it does in a report that found nothing. */
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
    const { worker = source.worker, select } = this.#options;
    const origin: OriginOptions = { worker, override: this.#options.worker !== undefined };
    this.#progress.reading(source.name);
    this.#chunks = source.open();
    const batches = readRecords(this.#chunks, {
      name: source.name,
      ...(source.size !== undefined && { size: source.size }),
      ...(select !== undefined && { select }),
      onHint: (hints) => this.#hint(source.name, hints),
      onNothing: (nothing) => this.notes.push(`${source.name}: ${renderNothing(nothing)}`),
      ...(this.#options.onBadLine === "skip" && { onBadLines: (lines: readonly BadLine[]) => this.#skip(lines) }),
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

async function report(
  session: Session,
  options: WriteOptions,
  receipt: Receipt,
  inputs: number,
  feed: Feed,
  { why, crash }: Interruptions,
): Promise<ExitCode> {
  const { reporter, world } = session;
  const exit = worst([
    ...(receipt.ok ? [] : [EXIT.INCOMPLETE]),
    ...(crash === undefined ? [] : [EXIT.SOFTWARE]),
    ...(feed.skipped.lines > 0 ? [EXIT.DATA] : []),
    ...feed.problems.map(({ error }) => exitOf(error)),
  ]);
  const problems = feed.problems.map(({ input, error }) => ({ input, ...errorToJson(error, exitOf(error)) }));
  const interrupted = why && ("signal" in why ? why.signal : "crash");
  const named = inputs > 1 ? "an input" : "the input";
  await session.result(
    {
      ...receipt,
      input: { problems, hints: feed.hints, notes: feed.notes, skipped: feed.skipped.result(), interrupted },
      exit,
    },
    () => (options.quiet && exit === EXIT.OK ? "" : renderReceipt(receipt, session.colors, named, feed.skipped.lines)),
  );
  if (interrupted && !receipt.complete)
    reporter.error(`the run was interrupted (${interrupted}): the input was not read to its end`);
  if (feed.skipped.lines > 0) {
    const [first, ...samples] = feed.skipped.describe();
    reporter.error([first, ...samples.map((sample) => `  ${sample}`)].join("\n"));
  }
  for (const { error } of feed.problems)
    await print(world.stderr, renderError(error, reporter.colors, options.debug === true));
  for (const note of feed.notes) reporter.note(note);
  for (const hint of feed.hints) reporter.note(`hint: ${hint}`);
  return exit;
}
