import { commandFor, describeFiles, EXIT, type ExitCode, type RunSummary, stateDirOption } from "@cloudmarker/core";
import type { Receipt, StoreReceipt } from "@cloudmarker/store-api";
import { type Blamed, blameFor } from "../blame.ts";
import { exitOf, worst } from "../exit-codes.ts";
import { errorToJson, renderError } from "../render/error.ts";
import { printText } from "../render/print-text.ts";
import { type Headline, renderReceipt } from "../render/receipt.ts";
import { plain } from "../render/text.ts";
import type { Session } from "../session.ts";
import { readAbout } from "./about-run.ts";
import type { Delivered } from "./deliver.ts";

/** What a run has to say. */
export interface RunReport {
  readonly exit: ExitCode;
  /** The receipt, and what the command knows beside it. */
  readonly document: object;
  readonly text: string;
}

/** Everything that came in is delivered or kept. */
export function isKept({ rejected, stores }: Receipt): boolean {
  return (
    rejected === 0 &&
    stores.every(
      (store) =>
        // A receipt of an earlier version does not say what taps of the store refused.
        !(store.rejected > 0) &&
        store.accepted === store.written + store.duplicate + store.spooled &&
        (store.spooled > 0 || !store.problem),
    )
  );
}

/** The receipt of a run of before, under the headline that it had. @param option that names the state folder */
export function renderEnded(run: RunSummary, receipt: Receipt, option: string, colors: Session["colors"]): string {
  const about = readAbout(run);
  const isLeft = about !== undefined && run.left.length > 0;
  return renderReceipt(receipt, colors, {
    ...inputsNamed(about?.inputs.map(({ name }) => name) ?? []),
    next: isLeft ? commandFor("resume", run.run, option) : undefined,
    kept: isKept(receipt),
    stateDir: option,
  });
}

function inputsNamed(names: readonly string[]): Pick<Headline, "input" | "from"> {
  const [name = "the input", ...more] = names;
  return more.length > 0 ? { input: "an input", from: "the inputs" } : { input: "the input", from: name };
}

/** What is to be said of a run that was delivered as far as it could be. */
export async function reportRun(delivered: Delivered, { colors }: Session): Promise<RunReport> {
  const { host, receipt, feed, inputs, why, crash, goesOn, areAway } = delivered;
  const kept = isKept(receipt);
  const isWhole = receipt.complete || goesOn;
  const exit = worst([
    ...(receipt.ok ? [] : [kept && isWhole ? EXIT.LATER : EXIT.INCOMPLETE]),
    ...(crash === undefined ? [] : [EXIT.SOFTWARE]),
    ...(feed.skipped.lines > 0 ? [EXIT.DATA] : []),
    ...feed.problems.map(({ error }) => exitOf(error)),
  ]);
  const { config, stores, stateDir, defaultStateDir } = await host.inspect();
  const problems = feed.problems.map(({ input, error }) => ({ input, ...errorToJson(error, exitOf(error)) }));
  const interrupted = why && ("signal" in why ? why.signal : "crash");
  const isLeft = goesOn || receipt.stores.some(({ spooled }) => spooled > 0);
  const option = stateDirOption(stateDir, defaultStateDir);
  const next = isLeft ? commandFor("resume", receipt.run, option) : undefined;
  const keys = receipt.stores.map(({ store }) => store);
  const used = plain(describeFiles(config, keys));
  const blamed = (store: StoreReceipt): Blamed | undefined =>
    store.problem && blameFor({ config, stores }, store, store.problem.code);
  const headline = {
    ...inputsNamed(inputs),
    tookMs: delivered.tookMs,
    skipped: feed.skipped.lines,
    next,
    kept,
    goesOn,
    areAway,
    stateDir: option,
    blamed,
  } as const;
  return {
    exit,
    document: {
      ...receipt,
      stores: receipt.stores.map((store) => {
        const { problem } = store;
        return { ...store, ...(problem && { problem: { ...problem, ...blamed(store) } }) };
      }),
      files: config.files,
      input: { problems, hints: feed.hints, notes: feed.notes, skipped: feed.skipped.result(), interrupted },
      ...(next !== undefined && { next }),
      exit,
    },
    text: `${renderReceipt(receipt, colors, headline)}${colors.dim(used)}\n`,
  };
}

/** Says on standard error what went wrong with the inputs of a run. */
export async function reportInputs({ receipt, feed, why }: Delivered, session: Session, debug: boolean): Promise<void> {
  const { reporter, world } = session;
  const interrupted = why && ("signal" in why ? why.signal : "crash");
  if (interrupted && !receipt.complete)
    reporter.error(`the run was interrupted (${interrupted}): the input was not read to its end`);
  if (feed.skipped.lines > 0) {
    const [first, ...samples] = feed.skipped.describe();
    reporter.error([first, ...samples.map((sample) => `  ${sample}`)].join("\n"));
  }
  for (const { error } of feed.problems) {
    // oxlint-disable-next-line no-await-in-loop -- in their order
    await printText(world.stderr, renderError(error, reporter.colors, debug));
  }
  for (const note of feed.notes) reporter.note(note);
  for (const hint of feed.hints) reporter.note(`hint: ${hint}`);
}
