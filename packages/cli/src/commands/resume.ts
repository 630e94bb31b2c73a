import { EXIT, type ExitCode, type RunSummary } from "@cloudmarker/core";
import { runError, usageError } from "../errors.ts";
import { exitOf, worst } from "../exit-codes.ts";
import type { ResumeOptions } from "../options.ts";
import { errorToJson, renderError } from "../render/error.ts";
import { readAbout } from "../runs/about-run.ts";
import { howEnded } from "../runs/how-ended.ts";
import { renderEnded, reportInputs, reportRun } from "../runs/report.ts";
import { resumeRun } from "../runs/resume-run.ts";
import { runsOf, statePlace } from "../runs/state-folder.ts";
import type { Session } from "../session.ts";
import { print } from "../world.ts";
import { deadlineOf } from "./write.ts";

/** `cloudmarker resume`: goes on with runs that were interrupted or left something, and prints their receipts. */
export async function resume(ids: readonly string[], options: ResumeOptions, session: Session): Promise<ExitCode> {
  const { reporter, world } = session;
  const deadlineMs = deadlineOf(options);
  const { folder, option } = await statePlace(options, session);
  const runs = ids.length > 0 ? await named(ids, folder) : chosen(await runsOf(folder), options.all === true);
  const documents: object[] = [];
  const exits: ExitCode[] = [];
  for (const run of runs) {
    try {
      if (isOver(run)) {
        const exit = run.status === "delivered" ? EXIT.OK : EXIT.INCOMPLETE;
        documents.push({ ...run.receipt, exit });
        exits.push(exit);
        if (!options.json && run.receipt)
          await print(world.stdout, renderEnded(run, run.receipt, option, session.colors));
        continue;
      }
      if (run.status !== "running") reporter.note(`Run ${run.run}, ${howEnded(run)}.`);
      // oxlint-disable-next-line no-await-in-loop -- one run after the other
      const delivered = await resumeRun({ run, folder, options, deadlineMs, session });
      // oxlint-disable-next-line no-await-in-loop -- as above
      const { exit, document, text } = await reportRun(delivered, session);
      documents.push(document);
      exits.push(exit);
      // oxlint-disable-next-line no-await-in-loop -- as above
      if (!options.json && !(options.quiet && exit === EXIT.OK)) await print(world.stdout, text);
      // oxlint-disable-next-line no-await-in-loop -- as above
      await reportInputs(delivered, session, options.debug === true);
      if (delivered.why) break;
    } catch (error) {
      if (runs.length === 1) throw error;
      const exit = exitOf(error);
      documents.push({ run: run.run, ...errorToJson(error, exit) });
      exits.push(exit);
      // oxlint-disable-next-line no-await-in-loop -- as above
      await print(world.stderr, renderError(error, reporter.colors, options.debug === true));
    }
  }
  const exit = worst(exits);
  if (options.json) await session.result({ runs: documents, exit }, () => "");
  else if (runs.length === 0) reporter.note(`Nothing is left to deliver in ${folder}.`);
  return exit;
}

function isOver({ status }: RunSummary): boolean {
  return status === "delivered" || status === "incomplete";
}

/** @throws CommandError RUN_UNKNOWN */
async function named(ids: readonly string[], folder: string): Promise<RunSummary[]> {
  const all = await runsOf(folder);
  return [...new Set(ids)].map((id) => {
    const found = all.find(({ run }) => run === id);
    if (found) return found;
    throw runError("RUN_UNKNOWN", { run: id, folder });
  });
}

/** The runs that left something; one at most unless all are wanted. @throws UsageError */
function chosen(all: readonly RunSummary[], isAll: boolean): RunSummary[] {
  const left = all.filter((run) => !isOver(run) && run.status !== "running" && readAbout(run)).toReversed();
  if (left.length < 2 || isAll) return left;
  throw usageError("runsLeft", { runs: left.map((run) => `${run.run}  ${howEnded(run)}`) });
}
