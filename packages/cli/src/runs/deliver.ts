import { type Host, messageOf, systemClock } from "@cloudmarker/core";
import { type Receipt, isError } from "@cloudmarker/store-api";
import { Feed } from "../input/feed.ts";
import type { ReadSoFar } from "../input/positions.ts";
import { Interruptions } from "../interruption.ts";
import { neverBegan } from "../never-began.ts";
import type { ReadingOptions } from "../options.ts";
import { describeCall } from "../plugin-calls.ts";
import { Progress } from "../render/progress.ts";
import { duration, isLive } from "../render/text.ts";
import type { Session } from "../session.ts";
import type { Interruption } from "../world.ts";
import type { InputLeft } from "./read-on.ts";

/** What a process of a run has to do. */
export interface Work {
  /** In their order. */
  readonly left: readonly InputLeft[];
  /** How many inputs were read to their end before. */
  readonly ended: number;
  /** What an earlier process told of the inputs that are not read now. */
  readonly known?: readonly { readonly name: string; readonly soFar: ReadSoFar }[];
  /** The run has a journal: what is not delivered is kept. */
  readonly isKept: boolean;
  /** A later process can read on the inputs that are files. */
  readonly readsOn: boolean;
  /** The inputs cannot be read on now, and a later process may read them on. */
  readonly areAway?: boolean;
  /** For a person: about inputs that cannot be read on. */
  readonly notes: readonly string[];
}

/** One process of a run. */
export interface Delivery {
  readonly host: Host;
  /** Aborts the host. */
  readonly abort: AbortController;
  readonly reading: ReadingOptions;
  readonly deadlineMs: number | undefined;
  /** Names of the inputs of the run. */
  readonly inputs: readonly string[];
  /** An earlier process of the run left something: how long that takes can be estimated. */
  readonly isResumed: boolean;
  /** Opens the host, and says what is to be done. */
  begin(): Promise<Work>;
}

/** Time for what was read of pipes to be kept, in milliseconds. */
const FLUSH_MS = 5_000;

/** Interrupted before it was known. */
export const NOTHING: Work = { left: [], ended: 0, isKept: false, readsOn: false, notes: [] };

/** What became of it. */
export interface Delivered {
  readonly host: Host;
  readonly receipt: Receipt;
  readonly feed: Feed;
  readonly inputs: readonly string[];
  /** How long this process took, in milliseconds. */
  readonly tookMs: number;
  /** What ended the reading early. */
  readonly why: Interruption | undefined;
  readonly crash: Interruptions["crash"];
  /** The inputs were not read to their end, and a later process reads them on. */
  readonly goesOn: boolean;
  /** They could not be read on now. */
  readonly areAway: boolean;
}

/** Reads the inputs into the host, and ends the run or, after a signal, this process of it. */
export async function deliver(session: Session, delivery: Delivery): Promise<Delivered> {
  const { world, reporter } = session;
  const beganMs = systemClock.now();
  const { host, abort, reading, deadlineMs, inputs, isResumed } = delivery;
  const progress = new Progress(
    { stderr: world.stderr, reporter, clock: systemClock, isLive: isLive(world.stderr, world.env) },
    host.hooks,
  );
  const feed = new Feed(host, progress, reading);
  let work = NOTHING;
  let isOpen = false;
  const hurry = Promise.withResolvers<void>();
  const ending = Promise.withResolvers<boolean>();
  const isRead = (): boolean => feed.ended === inputs.length;
  const stopNow = async (): Promise<void> => {
    // The host is to know first whether the inputs are read on: it makes no dead letters of what comes again.
    const becomes = (await ending.promise) ? "is read again when the run is resumed" : "becomes dead letters";
    reporter.note(`Stopping now: what is not delivered ${work.isKept ? "is kept" : becomes}.`);
    abort.abort();
  };
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
      hurry.resolve();
      void stopNow();
    },
  });
  try {
    const beginning = delivery.begin();
    // If the host cannot be opened, the next call tells it.
    beginning.catch(() => undefined);
    await interruptions.until(host.open().then(() => (isOpen = true)));
    if (!isOpen && interruptions.why) {
      // It may open all the same before the process has ended: it is to leave nothing then.
      abort.abort();
      throw neverBegan(interruptions, isResumed ? "resumption" : "run", world);
    }
    work = (await interruptions.until(beginning)) ?? NOTHING;
    feed.ended = work.ended;
    feed.notes.push(...work.notes);
    // oxlint-disable-next-line no-await-in-loop -- in their order
    for (const { name, soFar } of work.known ?? []) await feed.know(name, soFar);
    const unread = [...work.left];
    const estimate = (): void => progress.estimate(() => host.stats());
    if (isResumed) estimate();
    for (let next = unread[0]; next && !interruptions.why; next = unread[0]) {
      // oxlint-disable-next-line no-await-in-loop -- one input after the other
      await interruptions.until(feed.send(next.source, next.input, next.known));
      if (!interruptions.why) unread.shift();
    }
    if (!isResumed) estimate();
    const { areAway = false } = work;
    const isCut = interruptions.why !== undefined && !isRead();
    const canGoOn = isCut && work.readsOn && unread.every(({ source }) => source.file);
    const read = work.left.slice(0, work.left.length - unread.length);
    const goesOn = areAway || (canGoOn && (await arePipesKept(host, read, hurry.promise, deadlineMs)));
    const done = host.done({
      complete: isRead(),
      goesOn,
      ...(deadlineMs !== undefined && { deadlineMs }),
    });
    ending.resolve(goesOn);
    const receipt = await done;
    const { why, crash } = interruptions;
    return { host, receipt, feed, inputs, tookMs: systemClock.now() - beganMs, why, crash, goesOn, areAway };
  } finally {
    await feed.close();
    progress.end();
    interruptions.end();
  }
}

/**
 * Whether nothing of the pipes that were read to their end is in memory alone: unlike files, they do not come again.
 * @param hurried what is not known by then counts as not kept
 */
async function arePipesKept(
  host: Host,
  read: readonly InputLeft[],
  hurried: Promise<void>,
  deadlineMs: number = FLUSH_MS,
): Promise<boolean> {
  if (read.every(({ source }) => source.file)) return true;
  const late = Promise.withResolvers<boolean>();
  const timer = systemClock.setTimeout(() => late.resolve(false), Math.min(deadlineMs / 2, FLUSH_MS));
  const flushed = host.flush().then(
    () => true,
    () => false,
  );
  void hurried.then(() => late.resolve(false));
  const isKept = await Promise.race([flushed, late.promise]);
  systemClock.clearTimeout(timer);
  return isKept;
}
