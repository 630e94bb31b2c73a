import { commandFor, type RunSummary } from "@cloudmarker/core";
import { runError, unreadableRun } from "../errors.ts";
import { soFarOf } from "../input/positions.ts";
import type { Session } from "../session.ts";
import { readAbout } from "./about-run.ts";
import { deliver, type Delivered } from "./deliver.ts";
import { type InputsLeft, inputsLeft } from "./read-on.ts";
import { type RunSessionOptions, sessionOfRun } from "./run-session.ts";

/** How a run is resumed. */
export interface Resumption {
  readonly run: RunSummary;
  /** The state folder that has it. */
  readonly folder: string;
  /** Names that folder on a command line, with a blank before it; empty if it is the default one. */
  readonly option: string;
  readonly options: RunSessionOptions;
  readonly deadlineMs: number | undefined;
  readonly session: Session;
}

/** @param forget the command that gives the run up */
function putBack(forget: string): string {
  return `The run stays open: put back what is missing, and resume it again. Or give it up: ${forget}`;
}

/** Goes on with a run of this command, with the configuration that it remembers. @throws CommandError */
export async function resumeRun({ run, folder, option, options, deadlineMs, session }: Resumption): Promise<Delivered> {
  const about = readAbout(run);
  const forget = commandFor("runs forget", run.run, option);
  if (run.status === "running") throw runError("RUN_IN_USE", { run: run.run });
  if (!about && run.status === "unreadable") throw unreadableRun(run, forget);
  if (!about) throw runError("RUN_FOREIGN", { run: run.run });
  const own = sessionOfRun(run.run, about, folder, options, session.world);
  const { cwd } = about;
  const abort = new AbortController();
  let asked: InputsLeft | undefined;
  const host = own.host({
    cwd,
    signal: abort.signal,
    workers: about.inputs.map((input) => input.worker),
    resume: {
      run: run.run,
      async readsOn(positions) {
        asked = await inputsLeft(about.inputs, positions);
        return asked.areAway ? "later" : asked.problems.length === 0;
      },
    },
  });
  return deliver(own, {
    host,
    abort,
    reading: about,
    deadlineMs,
    inputs: about.inputs.map(({ name }) => name),
    isResumed: true,
    async begin() {
      await host.open();
      const { left = [], ended = 0, problems = [], areAway = false } = asked ?? {};
      const readsOn = asked !== undefined && problems.length === 0;
      const { keeps } = host;
      return {
        left,
        ended: readsOn ? ended : 0,
        known: about.inputs.flatMap(({ name }, input) => {
          const soFar = soFarOf(run.inputs, input);
          return soFar && !left.some((one) => one.input === input) ? [{ name, soFar }] : [];
        }),
        isKept: keeps === "records",
        readsOn: readsOn && keeps !== "nothing",
        areAway,
        notes: areAway ? [...problems, putBack(forget)] : problems,
      };
    },
  });
}
