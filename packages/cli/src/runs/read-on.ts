import { type InputPosition, shellWord } from "@cloudmarker/core";
import { fileChunks } from "../input/chunks.ts";
import { whyNotTheSame } from "../input/known-file.ts";
import { type ReadSoFar, soFarOf } from "../input/positions.ts";
import type { Source } from "../input/sources.ts";
import type { KnownInput } from "./about-run.ts";

/** An input that is read on, or from its beginning. */
export interface InputLeft {
  /** Its number in the run. */
  readonly input: number;
  readonly source: Source;
  readonly known: ReadSoFar | undefined;
}

/** What is left of the inputs of a run. */
export interface InputsLeft {
  /** In their order; empty if they cannot be read on. */
  readonly left: readonly InputLeft[];
  /** How many were read to their end. */
  readonly ended: number;
  /** Why they cannot be read on, a sentence or two for each; empty if they can. */
  readonly problems: readonly string[];
  /** They cannot be read on now, and a later process may. */
  readonly areAway: boolean;
}

const NO_FILE = { why: "is no file with a known name, so that it cannot be read again", isAway: false };

/** Looks which inputs of a run can be read on: all that were not read to their end, or none. */
export async function inputsLeft(
  inputs: readonly KnownInput[],
  positions: readonly InputPosition[],
): Promise<InputsLeft> {
  const problems: string[] = [];
  const left: InputLeft[] = [];
  let areAway = true;
  for (const [input, { name, worker, file }] of inputs.entries()) {
    const known = soFarOf(positions, input);
    if (known?.ended) continue;
    // oxlint-disable-next-line no-await-in-loop -- few, and in the order of the messages
    const problem = file ? await whyNotTheSame(file, known?.beginning) : NO_FILE;
    if (problem) {
      const { why, isAway } = problem;
      areAway &&= isAway;
      problems.push(`${name} is not read on: it ${why}.${isAway || !file ? "" : ownRun(file.path)}`);
    } else if (file) {
      const { path, size, from } = file;
      left.push({ input, source: { name, worker, size, file, open: () => fileChunks(path, size, from) }, known });
    }
  }
  const ended = inputs.length - left.length - problems.length;
  return { left: problems.length > 0 ? [] : left, ended, problems, areAway: problems.length > 0 && areAway };
}

/** What to do with a file that is not the one that was read. */
function ownRun(path: string): string {
  return ` Write it as a run of its own: cloudmarker write ${shellWord(path)}`;
}
