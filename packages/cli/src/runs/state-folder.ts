import { resolve } from "node:path";
import { openState, type RunsFilter, type RunSummary } from "@cloudmarker/core";
import type { CommonOptions } from "../options.ts";
import type { Session } from "../session.ts";

/** The state folder that a command is about. */
export async function stateFolder({ stateDir }: Pick<CommonOptions, "stateDir">, session: Session): Promise<string> {
  if (stateDir !== undefined) return resolve(session.world.cwd, stateDir);
  return (await session.host().inspect()).stateDir;
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
