import { statfs } from "node:fs/promises";
import { type Inspection, openState, type RunSummary, sizeWords, stateDirOption } from "@cloudmarker/core";
import { describeOldFiles, oldLetterFiles } from "../letters/old-files.ts";
import { count, plain } from "../render/text.ts";
import { howEnded } from "./how-ended.ts";

/** What a state folder keeps, and the room that it has. */
export interface KeptInState {
  readonly folder: string;
  readonly freeBytes: number;
  /** What of it stays free. */
  readonly reserveBytes: number;
  /** Those that are not over. */
  readonly runs: readonly Pick<RunSummary, "run" | "started" | "status" | "left">[];
  /** Dead letters that have not been sent again. */
  readonly deadLetters: number;
  /** Files of dead letters of an earlier version. */
  readonly oldFiles: readonly string[];
  readonly text: string;
}

/** Looks into the state folder that a configuration names: it is there, and was tried. */
export async function keptInState({ stateDir: folder, defaultStateDir, spool }: Inspection): Promise<KeptInState> {
  const { bavail, bsize } = await statfs(folder);
  const freeBytes = bavail * bsize;
  const state = await openState(folder);
  try {
    const waiting = (await state.runs())
      .toReversed()
      .filter(({ status }) => status !== "delivered" && status !== "incomplete");
    const { letters } = await state.deadLetters.count({ state: "kept" });
    const oldFiles = await oldLetterFiles(folder);
    const option = stateDirOption(folder, defaultStateDir);
    const old = oldFiles.length > 0 ? [describeOldFiles(oldFiles, option)] : [];
    return {
      folder,
      freeBytes,
      reserveBytes: spool.reserveBytes,
      runs: waiting.map(({ run, started, status, left }) => ({ run, started, status, left })),
      deadLetters: letters,
      oldFiles,
      text: describe(folder, freeBytes, waiting, letters, old),
    };
  } finally {
    await state.close();
  }
}

function describe(
  folder: string,
  freeBytes: number,
  runs: readonly RunSummary[],
  letters: number,
  others: readonly string[],
): string {
  const room = `The state folder ${plain(folder)} has ${sizeWords(freeBytes)} free.`;
  const lines = [
    ...runs.map((run) => `  ${plain(run.run)}  ${plain(howEnded(run))}\n`),
    ...(letters > 0 ? [`  ${count(letters, "dead letter")} (cloudmarker dead-letters list)\n`] : []),
    ...others.map((other) => `  ${plain(other)}\n`),
  ];
  return lines.length === 0 ? `${room} Nothing is waiting in it.\n` : `${room}\nWaiting in it:\n${lines.join("")}`;
}
