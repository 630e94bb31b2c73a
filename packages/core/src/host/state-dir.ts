import { platform } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { expandPath } from "../config/expand-path.ts";
import { writeProblem } from "../config/problems.ts";
import type { LoadedConfig } from "../config/types.ts";
import type { ConfigProblem } from "../errors.ts";
import type { HostOptions } from "./options.ts";
import type { World } from "../world.ts";

/**
 * Where dead letters are kept: the program's option, else `state_dir` of the configuration, else the platform's folder
 * for state.
 */
export function stateDirOf(options: HostOptions, config: LoadedConfig, world: World): string {
  if (options.stateDir !== undefined) return resolve(world.cwd, options.stateDir);
  const given = config.value.state_dir;
  return given === undefined
    ? defaultStateDir(world)
    : expandPath(given, config.directoryOf(["state_dir"]), world.home);
}

/**
 * A state folder that cannot be used, as a problem of the configuration. @param why a sentence about it, with what to
 * do
 */
export function stateFolderProblem(
  folder: string,
  why: string,
  { stateDir }: Pick<HostOptions, "stateDir">,
  config: LoadedConfig,
): ConfigProblem {
  const path = ["state_dir"];
  const location =
    stateDir === undefined && config.value.state_dir !== undefined ? config.locate(path, "value") : undefined;
  return { ...writeProblem("unusable_state_dir", "folder", { folder, why }), path, ...(location && { location }) };
}

/**
 * The platform's folder for state that outlives a run: where dead letters are kept unless `state_dir` says otherwise.
 */
export function defaultStateDir(world: Pick<World, "home" | "env">): string {
  const { env, home } = world;
  if (platform() === "win32") return join(env["LOCALAPPDATA"] ?? join(home, "AppData", "Local"), "cloudmarker");
  if (platform() === "darwin") return join(home, "Library", "Application Support", "cloudmarker");
  // XDG says that a relative path is to be ignored.
  const xdg = env["XDG_STATE_HOME"] ?? "";
  return join(isAbsolute(xdg) ? xdg : join(home, ".local", "state"), "cloudmarker");
}
