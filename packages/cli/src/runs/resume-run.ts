import type { RunSummary } from "@cloudmarker/core";
import { runError, usageError } from "../errors.ts";
import type { CommonOptions, ResumeOptions } from "../options.ts";
import { readParams } from "../select-stores.ts";
import { createSession, type Session } from "../session.ts";
import { type AboutRun, readAbout } from "./about-run.ts";
import { deliver, type Delivered } from "./deliver.ts";
import { type InputsLeft, inputsLeft } from "./read-on.ts";

/** How a run is resumed. */
export interface Resumption {
  readonly run: RunSummary;
  /** The state folder that has it. */
  readonly folder: string;
  readonly options: Pick<ResumeOptions, "config" | "param"> & CommonOptions;
  readonly deadlineMs: number | undefined;
  readonly session: Session;
}

/** Goes on with a run of this command, with the configuration that it remembers. @throws CommandError */
export async function resumeRun({ run, folder, options, deadlineMs, session }: Resumption): Promise<Delivered> {
  const about = readAbout(run);
  if (run.status === "running") throw runError("RUN_IN_USE", { run: run.run });
  if (!about) throw runError("RUN_FOREIGN", { run: run.run });
  const { param = [] } = options;
  if (options.config === undefined && about.pipes.length > 0)
    throw usageError("configGone", { run: run.run, files: about.pipes });
  const { json, quiet, debug, config = about.files.length > 0 ? about.files : false } = options;
  const { cwd, store, audit, origin, worker } = about;
  const own = createSession(session.world, {
    config,
    stateDir: folder,
    param: [...(about.param ?? []), ...param],
    ...(store && { store }),
    ...(audit !== undefined && { audit }),
    ...(origin && { origin }),
    ...(worker !== undefined && { worker }),
    ...(json !== undefined && { json }),
    ...(quiet !== undefined && { quiet }),
    ...(debug !== undefined && { debug }),
  });
  assertSecrets(run.run, about, param);
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
        return asked.problems.length === 0;
      },
    },
  });
  return deliver(own, {
    host,
    abort,
    reading: about,
    deadlineMs,
    inputs: about.inputs.length,
    async begin() {
      await host.open();
      const { left = [], ended = 0, problems = [] } = asked ?? {};
      const readsOn = asked !== undefined && problems.length === 0;
      return { left, ended: readsOn ? ended : 0, isKept: true, readsOn, isResumed: true, notes: problems };
    },
  });
}

/** @throws CommandError if the run needs a secret that it did not keep and that is not given */
function assertSecrets(run: string, { secrets, store = [] }: AboutRun, param: readonly string[]): void {
  const given = new Set(readParams({ store, param }).map((one) => `${one.store}.${one.name}`));
  const missing = secrets.filter((name) => !given.has(name));
  if (missing.length === 0) return;
  throw runError("SECRET_MISSING", { run, params: missing });
}
