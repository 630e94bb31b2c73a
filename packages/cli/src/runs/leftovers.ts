import { messageOf, openRunsIn, type RunOrigin } from "@cloudmarker/core";
import { beforeSending, hasNeverBegun } from "../never-began.ts";
import type { CommonOptions } from "../options.ts";
import { count } from "../render/text.ts";
import type { Session } from "../session.ts";
import { readAbout } from "./about-run.ts";
import type { Delivered } from "./deliver.ts";
import { describeLeft, leftIn } from "./how-ended.ts";
import { resumeCommand, stateDirOption } from "./resume-command.ts";
import { resumeRun } from "./resume-run.ts";
import { runsOf } from "./state-folder.ts";

/** The deadline of a store, if nobody sets one. */
const DEADLINE_MS = 60_000;

/** So many runs that were interrupted are named, the newest first. */
const MOST_NAMED = 3;

/** What became of an earlier run. */
export interface Leftover {
  readonly run: string;
  /** Records that were delivered now. */
  readonly delivered: number;
  /** Records that are still kept. */
  readonly left: number;
}

/**
 * After a run has delivered all of its own: delivers what earlier runs of the same audit and the same configuration
 * have left, each as `resume` does. A run that was interrupted is only named, since its inputs would be read on.
 */
export async function deliverLeftovers(
  { host, receipt }: Delivered,
  deadlineMs: number = DEADLINE_MS,
  options: CommonOptions,
  session: Session,
): Promise<Leftover[]> {
  const { config, stateDir, defaultStateDir } = await host.inspect();
  const others = (await openRunsIn(stateDir)).filter((run) => run !== receipt.run);
  if (others.length === 0) return [];
  const { reporter, world } = session;
  const audits = new Set(receipt.stores.map(({ audit }) => audit));
  const mine = JSON.stringify([config.files, session.stores, config.files.length === 0 && world.cwd]);
  const isOurs = (one: RunOrigin): boolean => {
    if (one.run === receipt.run) return false;
    const about = readAbout(one);
    const { files = [], store, cwd } = about ?? {};
    return (
      about !== undefined &&
      one.audits.some((audit) => audits.has(audit)) &&
      JSON.stringify([files, store ?? [], files.length === 0 && cwd]) === mine
    );
  };
  const all = await beforeSending("resumption", session, runsOf(stateDir)).catch((error: unknown) => {
    reporter.warn(`Earlier runs are left as they are: ${messageOf(error)}`);
    return [];
  });
  const ours = all.filter((one) => one.run !== receipt.run && isOurs(one));
  const option = stateDirOption(stateDir, defaultStateDir);
  const interrupted = ours.filter(({ status }) => status === "interrupted");
  for (const { run } of interrupted.slice(0, MOST_NAMED))
    reporter.note(`An earlier run was interrupted: ${resumeCommand(run, option)}`);
  const more = interrupted.length - MOST_NAMED;
  if (more > 0) reporter.note(`So were ${count(more, "more run")}: cloudmarker runs${option}`);
  const spooled = ours.filter(({ status }) => status === "spooled").toReversed();
  if (spooled.length === 0) return [];
  const results: Leftover[] = [];
  const endMs = Date.now() + deadlineMs;
  for (const run of spooled) {
    const leftMs = endMs - Date.now();
    if (leftMs <= 0) break;
    try {
      // oxlint-disable-next-line no-await-in-loop -- the oldest first
      const after = await resumeRun({ run, folder: stateDir, options, deadlineMs: leftMs, session });
      const left = after.receipt.stores.reduce((sum, store) => sum + store.spooled, 0);
      const delivered = leftIn(run) - left;
      results.push({ run: run.run, delivered, left });
      const rest = left > 0 ? `; ${count(left, "record")} are still kept` : "";
      reporter.note(
        `Of the earlier run ${run.run}, ${describeLeft(run)}: ${count(delivered, "record")} delivered now${rest}.`,
      );
      if (after.why) break;
    } catch (error) {
      reporter.warn(`The earlier run ${run.run} is left as it is: ${messageOf(error)}`);
      if (hasNeverBegun(error)) break;
    }
  }
  return results;
}
