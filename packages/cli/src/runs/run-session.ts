import { resolve } from "node:path";
import { commonOf } from "../common-options.ts";
import { runError, usageError } from "../errors.ts";
import type { CommonOptions, ResumeOptions } from "../options.ts";
import { readParams } from "../select-stores.ts";
import { createSession, type Session } from "../session.ts";
import type { World } from "../world.ts";
import type { AboutRun } from "./about-run.ts";

/** What a command says of the configuration of a run of before. */
export type RunSessionOptions = Pick<ResumeOptions, "config" | "param"> & CommonOptions;

/**
 * Files of the configuration of a run: those that it remembers, unless the command line names others. Those are where
 * the command is called, and not where the run was.
 */
export function configOf(
  { files }: Pick<AboutRun, "files">,
  { config }: RunSessionOptions,
  { cwd }: Pick<World, "cwd">,
): readonly string[] | false {
  if (config) return config.map((file) => (file === "-" || file.startsWith("~") ? file : resolve(cwd, file)));
  return config ?? (files.length > 0 ? files : false);
}

/**
 * The session of a command that does something for a run of before: with the configuration that the run remembers.
 * @param folder the state folder that has it
 * @throws CommandError if the configuration or a secret of it is gone and not given
 */
export function sessionOfRun(
  run: string,
  about: AboutRun,
  folder: string,
  options: RunSessionOptions,
  world: World,
): Session {
  const { param = [] } = options;
  if (options.config === undefined && about.pipes.length > 0)
    throw usageError("configGone", { run, files: about.pipes });
  const { store, audit, origin, worker, from } = about;
  const session = createSession(world, {
    ...commonOf(options),
    config: configOf(about, options, world),
    stateDir: folder,
    param: [...(about.param ?? []), ...param],
    ...(store && { store }),
    ...(audit !== undefined && { audit }),
    ...(origin && { origin }),
    ...(worker !== undefined && { worker }),
    ...(from !== undefined && { from }),
  });
  assertSecrets(run, about, param);
  return session;
}

/** @throws CommandError if the run needs a secret that it did not keep and that is not given */
function assertSecrets(run: string, { secrets, store = [] }: AboutRun, param: readonly string[]): void {
  const given = new Set(readParams({ store, param }).map((one) => `${one.store}.${one.name}`));
  const missing = secrets.filter((name) => !given.has(name));
  if (missing.length === 0) return;
  throw runError("SECRET_MISSING", { run, params: missing });
}
