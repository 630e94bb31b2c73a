import {
  describeFiles,
  EXIT,
  type ExitCode,
  type Host,
  type PluginCall,
  messageOf,
  parseDuration,
  systemClock,
} from "@cloudmarker/core";
import { type Receipt, isError } from "@cloudmarker/store-api";
import { interruptedError, usageError } from "../errors.ts";
import { type CommandError, exitOf, worst } from "../exit-codes.ts";
import { Feed } from "../input/feed.ts";
import { findSources } from "../input/sources.ts";
import { Interruptions } from "../interruption.ts";
import type { WriteOptions } from "../options.ts";
import { describeCall } from "../plugin-calls.ts";
import { errorToJson, renderError } from "../render/error.ts";
import { Progress } from "../render/progress.ts";
import { renderReceipt } from "../render/receipt.ts";
import { duration, plain } from "../render/text.ts";
import type { Session } from "../session.ts";
import { print } from "../world.ts";

/** `cloudmarker write`: sends the records of all inputs to the stores and prints the receipt. */
export async function write(files: readonly string[], options: WriteOptions, session: Session): Promise<ExitCode> {
  const { world, reporter } = session;
  const deadlineMs = deadlineOf(options);
  const sources = await findSources(files, world, options.config);
  const abort = new AbortController();
  const host = session.host({
    signal: abort.signal,
    workers: sources.map((source) => source.worker),
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
      reporter.error(`an uncaught exception, so the run ends early: ${messageOf(error)}`);
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
    return await report(session, options, host, receipt, sources.length, feed, interruptions);
  } finally {
    await feed.close();
    progress.end();
    interruptions.end();
  }
}

function neverOpened({ why, crash }: Interruptions, underWay: readonly PluginCall[]): CommandError {
  const by = why && "signal" in why ? why.signal : "an exception";
  return interruptedError({ by, isCrash: crash !== undefined, underWay: underWay.map(describeCall) });
}

function deadlineOf({ deadline }: WriteOptions): number | undefined {
  if (deadline === undefined) return undefined;
  const ms = parseDuration(deadline);
  if (ms === undefined) throw usageError("deadline", { deadline });
  return ms;
}

async function report(
  session: Session,
  options: WriteOptions,
  host: Host,
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
  const { config } = await host.inspect();
  const problems = feed.problems.map(({ input, error }) => ({ input, ...errorToJson(error, exitOf(error)) }));
  const interrupted = why && ("signal" in why ? why.signal : "crash");
  const named = inputs > 1 ? "an input" : "the input";
  await session.result(
    {
      ...receipt,
      files: config.files,
      input: { problems, hints: feed.hints, notes: feed.notes, skipped: feed.skipped.result(), interrupted },
      exit,
    },
    () => {
      if (options.quiet && exit === EXIT.OK) return "";
      const keys = receipt.stores.map(({ store }) => store);
      const used = plain(describeFiles(config, keys));
      return `${renderReceipt(receipt, session.colors, named, feed.skipped.lines)}${session.colors.dim(used)}\n`;
    },
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
