import {
  describeFiles,
  EXIT,
  type ExitCode,
  type LetterFilter,
  messageOf,
  suggest,
  systemClock,
} from "@cloudmarker/core";
import type { Receipt } from "@cloudmarker/store-api";
import { usageError } from "../errors.ts";
import { worst } from "../exit-codes.ts";
import { Interruptions } from "../interruption.ts";
import { neverBegan } from "../never-began.ts";
import { Progress } from "../render/progress.ts";
import { renderReceipt } from "../render/receipt.ts";
import { count, isLive, plain } from "../render/text.ts";
import { isKept } from "../runs/report.ts";
import type { Session } from "../session.ts";

/** What is sent again, with one configuration. */
export interface Replay {
  readonly letters: LetterFilter;
  /** Key of the store that gets them, in place of their own. */
  readonly to: string | undefined;
  /** Keys of their own stores. */
  readonly own: readonly string[];
  readonly cwd: string | undefined;
  /** Runs of which nothing is known: which configuration gets their letters is told before they are sent. */
  readonly unknown: readonly string[];
  readonly deadlineMs: number | undefined;
  /** The option that names the state folder, as {@link Headline.stateDir}. */
  readonly stateDir: string;
}

/** What became of it. */
export interface Replayed {
  readonly receipt: Receipt;
  /** Those of the configuration. */
  readonly files: readonly string[];
  readonly exit: ExitCode;
  /** For a person. */
  readonly text: string;
  /** A signal or a crash ended it. */
  readonly isInterrupted: boolean;
}

/**
 * Sends dead letters again. Those that do not arrive stay.
 * @throws UsageError if the configuration has no store `to`
 */
export async function replay(
  session: Session,
  { letters, to, own, cwd, unknown, deadlineMs, stateDir }: Replay,
): Promise<Replayed> {
  const { world, reporter, colors } = session;
  const beganMs = systemClock.now();
  const abort = new AbortController();
  const host = session.host({
    ...(cwd !== undefined && { cwd }),
    signal: abort.signal,
    replay: { letters, ...(to !== undefined && { to }) },
  });
  const progress = new Progress(
    { stderr: world.stderr, reporter, clock: systemClock, isLive: isLive(world.stderr, world.env) },
    host.hooks,
  );
  const interruptions = new Interruptions(world, {
    finish(why) {
      if ("signal" in why)
        reporter.note(`${why.signal}: nothing more is sent; what did not arrive stays a dead letter.`);
      abort.abort();
    },
    crashed({ error }) {
      reporter.error(`an uncaught exception, so that nothing more is sent: ${messageOf(error)}`);
    },
    stop() {
      abort.abort();
    },
  });
  try {
    let isOpen = false;
    const open = async (): Promise<void> => {
      const { config, stores } = await host.inspect();
      const known = Object.keys(config.value.plugins);
      if (to !== undefined && !known.includes(to))
        throw usageError("toUnknown", { to, known, meant: suggest(to, known) });
      const keys = stores.map(({ key }) => key);
      if (unknown.length > 0) reporter.note(`Nothing is known of ${nameRuns(unknown)}. ${describeFiles(config, keys)}`);
      await host.open();
      isOpen = true;
    };
    await interruptions.until(open());
    if (!isOpen && interruptions.why) throw neverBegan(interruptions, "replay", world);
    progress.estimate(() => host.stats());
    const receipt = await host.done(deadlineMs === undefined ? {} : { deadlineMs });
    const exit = worst([
      ...(receipt.ok ? [] : [isKept(receipt) ? EXIT.LATER : EXIT.INCOMPLETE]),
      ...(interruptions.crash === undefined ? [] : [EXIT.SOFTWARE]),
    ]);
    const { config } = await host.inspect();
    const used = describeFiles(
      config,
      receipt.stores.map(({ store }) => store),
    );
    const rendered = renderReceipt(receipt, colors, {
      replay: { hadArrived: letters.state === "replayed", ...(to !== undefined && { own }) },
      tookMs: systemClock.now() - beganMs,
      kept: isKept(receipt),
      stateDir,
    });
    const text = `${rendered}${colors.dim(plain(used))}\n`;
    return { receipt, files: config.files, exit, text, isInterrupted: interruptions.why !== undefined };
  } finally {
    progress.end();
    interruptions.end();
  }
}

function nameRuns(runs: readonly string[]): string {
  return runs.length === 1 ? `the run ${runs[0]}` : count(runs.length, "run");
}
