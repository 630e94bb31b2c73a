import {
  commandFor,
  messageOf,
  openRunsIn,
  type RunOrigin,
  type RunSummary,
  shellWord,
  stateDirOption,
} from "@cloudmarker/core";
import type { Receipt } from "@cloudmarker/store-api";
import { beforeSending, hasNeverBegun } from "../never-began.ts";
import type { CommonOptions } from "../options.ts";
import { count } from "../render/text.ts";
import type { Session } from "../session.ts";
import { readAbout } from "./about-run.ts";
import type { Delivered } from "./deliver.ts";
import { describeLeft, leftIn } from "./how-ended.ts";
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
  /** Records that became dead letters now. */
  readonly deadLettered: number;
  /** Records that are lost: they could not be read any more, or not even their dead letter could be written. */
  readonly lost: number;
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
  const ours = await beforeSending("resumption", session, runsOf(stateDir, { left: isOurs })).catch(
    (error: unknown) => {
      reporter.warn(`Earlier runs are left as they are: ${messageOf(error)}`);
      return [];
    },
  );
  const option = stateDirOption(stateDir, defaultStateDir);
  const interrupted = ours.filter(({ status }) => status === "interrupted");
  for (const { run } of interrupted.slice(0, MOST_NAMED))
    reporter.note(`An earlier run was interrupted: ${commandFor("resume", run, option)}`);
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
      const after = await resumeRun({ run, folder: stateDir, option, options, deadlineMs: leftMs, session });
      const became = leftoverOf(run, after.receipt);
      results.push(became);
      const text = `Of the earlier run ${run.run}, ${describeLeft(run)}: ${describeLeftover(became, option)}`;
      if (isWhole(became)) reporter.note(text);
      else reporter.error(text);
      if (after.why) break;
    } catch (error) {
      reporter.warn(`The earlier run ${run.run} is left as it is: ${messageOf(error)}`);
      if (hasNeverBegun(error)) break;
    }
  }
  return results;
}

/** Nothing of it became a dead letter or was lost. */
export function isWhole({ deadLettered, lost }: Leftover): boolean {
  return deadLettered + lost === 0;
}

/** What became of what a run had left. @param receipt that of the whole run */
function leftoverOf(run: RunSummary, receipt: Receipt): Leftover {
  const since = (key: "deadLettered" | "lost"): number =>
    Math.max(0, sumOf(receipt, key) - (run.receipt ? sumOf(run.receipt, key) : 0));
  const [deadLettered, lost, left] = [since("deadLettered"), since("lost"), sumOf(receipt, "spooled")];
  const delivered = Math.max(0, leftIn(run) - left - deadLettered - lost);
  return { run: run.run, delivered, deadLettered, lost, left };
}

function sumOf({ stores }: Receipt, key: "deadLettered" | "lost" | "spooled"): number {
  return stores.reduce((sum, store) => sum + store[key], 0);
}

function describeLeftover({ run, delivered, deadLettered, lost, left }: Leftover, option: string): string {
  const list = `cloudmarker dead-letters list --run ${shellWord(run)}${option}`;
  const parts = [
    `${count(delivered, "record")} delivered now`,
    ...(left > 0 ? [`${count(left, "record")} still kept`] : []),
    ...(lost > 0 ? [`${count(lost, "record")} lost`] : []),
    ...(deadLettered > 0 ? [`${count(deadLettered, "dead letter")}: ${list}`] : []),
  ];
  // A command is copied with what follows it.
  return `${parts.join("; ")}${deadLettered > 0 ? "" : "."}`;
}
