import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { openState, type RunsFilter, type RunSummary, stateDirOption } from "@cloudmarker/core";
import { usageError } from "../errors.ts";
import type { CommonOptions } from "../options.ts";
import type { Session } from "../session.ts";

/** A state folder, and how a command line names it. */
export interface StatePlace {
  readonly folder: string;
  /** With a blank before it; empty if it is the default one. */
  readonly option: string;
}

/**
 * The state folder that a command is about.
 * @param isMade whether the command makes one that is not there
 * @throws UsageError if the one that is named is not there
 */
export async function statePlace(
  { stateDir: given }: Pick<CommonOptions, "stateDir">,
  session: Session,
  isMade: boolean = false,
): Promise<StatePlace> {
  if (given !== undefined) {
    const folder = resolve(session.world.cwd, given);
    if (!isMade && !existsSync(folder)) throw usageError("noStateDir", { folder });
    return { folder, option: stateDirOption(folder, "") };
  }
  const { stateDir: folder, defaultStateDir } = await session.host().inspect();
  return { folder, option: stateDirOption(folder, defaultStateDir) };
}

/** The runs of a state folder, the newest first. */
export async function runsOf(folder: string, filter: RunsFilter = {}): Promise<readonly RunSummary[]> {
  const state = await openState(folder);
  try {
    return await state.runs(filter);
  } finally {
    await state.close();
  }
}
