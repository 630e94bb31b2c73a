import { EXIT, type ExitCode, openRunsIn, type RunSummary } from "@cloudmarker/core";
import { runError, usageError } from "../errors.ts";
import { exitOf, worst } from "../exit-codes.ts";
import { beforeSending, hasNeverBegun } from "../never-began.ts";
import type { ResumeOptions } from "../options.ts";
import { errorToJson, renderError } from "../render/error.ts";
import { printText } from "../render/print-text.ts";
import { count } from "../render/text.ts";
import { readAbout } from "../runs/about-run.ts";
import { howEnded } from "../runs/how-ended.ts";
import { renderEnded, reportInputs, reportRun } from "../runs/report.ts";
import { resumeRun } from "../runs/resume-run.ts";
import { runsOf, statePlace } from "../runs/state-folder.ts";
import { assertParams } from "../select-stores.ts";
import type { Session } from "../session.ts";
import { deadlineOf } from "./write.ts";

/** `cloudmarker resume`: goes on with runs that were interrupted or left something, and prints their receipts. */
export async function resume(ids: readonly string[], options: ResumeOptions, session: Session): Promise<ExitCode> {
  const { reporter, world } = session;
  const deadlineMs = deadlineOf(options);
  assertParams(options.param);
  const isAll = options.all === true;
  const looking = statePlace(options, session).then(async (place) => {
    const known = await runsOf(place.folder);
    // Of another run there is a receipt at most, which may be damaged: it is told of where it is named.
    const open = new Set(ids.length > 0 ? ids : await openRunsIn(place.folder));
    return { ...place, all: known.filter(({ run }) => open.has(run)) };
  });
  const { folder, option, all } = await beforeSending("resumption", session, looking);
  const runs = ids.length > 0 ? named(ids, all, folder) : chosen(all, isAll);
  const others = ids.length > 0 ? [] : all.filter((run) => !isOver(run) && !runs.includes(run));
  const documents: object[] = [];
  const exits: ExitCode[] = [];
  for (const run of runs) {
    try {
      if (isOver(run)) {
        const exit = run.status === "delivered" ? EXIT.OK : EXIT.INCOMPLETE;
        documents.push({ ...run.receipt, exit });
        exits.push(exit);
        if (!options.json && run.receipt)
          await printText(world.stdout, renderEnded(run, run.receipt, option, session.colors));
        continue;
      }
      // Of these, the error says it.
      const isTold = run.status === "running" || run.status === "unreadable";
      if (!isTold) reporter.note(`Run ${run.run}, ${howEnded(run)}.`);
      // oxlint-disable-next-line no-await-in-loop -- one run after the other
      const delivered = await resumeRun({ run, folder, option, options, deadlineMs, session });
      // oxlint-disable-next-line no-await-in-loop -- as above
      const { exit, document, text } = await reportRun(delivered, session);
      documents.push(document);
      exits.push(exit);
      // oxlint-disable-next-line no-await-in-loop -- as above
      if (!options.json && !(options.quiet && exit === EXIT.OK)) await printText(world.stdout, text);
      // oxlint-disable-next-line no-await-in-loop -- as above
      await reportInputs(delivered, session, options.debug === true);
      if (delivered.why) break;
    } catch (error) {
      if (runs.length === 1) throw error;
      const exit = exitOf(error);
      documents.push({ run: run.run, ...errorToJson(error, exit) });
      exits.push(exit);
      // oxlint-disable-next-line no-await-in-loop -- as above
      await printText(world.stderr, renderError(error, reporter.colors, options.debug === true));
      if (hasNeverBegun(error)) break;
    }
  }
  if (others.some(({ status }) => status === "running") && (isAll || runs.length === 0)) exits.push(EXIT.LATER);
  const exit = worst(exits);
  if (options.json) {
    const left = others.map((run) => ({ run: run.run, status: run.status, how: howEnded(run) }));
    await session.result({ runs: documents, ...(left.length > 0 && { others: left }), exit }, () => "");
  } else if (runs.length === 0 && others.length === 0) reporter.note(`Nothing is left to deliver in ${folder}.`);
  for (const note of aboutOthers(others, option)) reporter.note(note);
  return exit;
}

function isOver({ status }: RunSummary): boolean {
  return status === "delivered" || status === "incomplete";
}

/** Says of the runs that left something, or are not over, why they are not resumed here. */
function aboutOthers(others: readonly RunSummary[], option: string): string[] {
  const foreign = others.filter(({ status }) => status !== "running");
  const [one] = foreign;
  const notes: string[] = [];
  if (one && foreign.length === 1) {
    notes.push(`The run ${one.run}, ${howEnded(one)}, is left to the program that made it.`);
  } else if (one) {
    notes.push(
      `${count(foreign.length, "run")} that left something are left to the programs that made them: cloudmarker runs${option}`,
    );
  }
  const open = others.length - foreign.length;
  if (open > 0) notes.push(`${count(open, "run")} ${open === 1 ? "is" : "are"} under way in another process.`);
  return notes;
}

/** @throws CommandError RUN_UNKNOWN */
function named(ids: readonly string[], all: readonly RunSummary[], folder: string): RunSummary[] {
  return [...new Set(ids)].map((id) => {
    const found = all.find(({ run }) => run === id);
    if (found) return found;
    throw runError("RUN_UNKNOWN", { run: id, folder });
  });
}

function isOurs(run: RunSummary): boolean {
  return run.status === "unreadable" || readAbout(run) !== undefined;
}

/**
 * The runs that left something, and those that cannot be read, so that this is told; one at most unless all are wanted.
 * @throws UsageError
 */
function chosen(all: readonly RunSummary[], isAll: boolean): RunSummary[] {
  const left = all.filter((run) => !isOver(run) && run.status !== "running" && isOurs(run)).toReversed();
  if (left.length < 2 || isAll) return left;
  throw usageError("runsLeft", { runs: left.map((run) => `${run.run}  ${howEnded(run)}`) });
}
