import { platform } from "node:os";
import { join, resolve } from "node:path";
import { expandPath } from "./config/find-files.ts";
import type { LoadedConfig } from "./config/types.ts";
import type { HostOptions } from "./host-options.ts";
import type { World } from "./world.ts";

/** Where dead letters are kept: what the program says, else `state_dir` of the configuration, else the platform's folder for state. */
export function stateDirOf(options: HostOptions, config: LoadedConfig, world: World): string {
  if (options.stateDir !== undefined) return resolve(world.cwd, options.stateDir);
  const given = config.value.state_dir;
  return given === undefined
    ? defaultStateDir(world)
    : expandPath(given, config.directoryOf(["state_dir"]), world.home);
}

/** The platform's folder for state that outlives a run: where dead letters are kept unless `state_dir` says otherwise. */
function defaultStateDir(world: Pick<World, "home" | "env">): string {
  const { env, home } = world;
  if (platform() === "win32") return join(env["LOCALAPPDATA"] ?? join(home, "AppData", "Local"), "cloudmarker");
  if (platform() === "darwin") return join(home, "Library", "Application Support", "cloudmarker");
  return join(env["XDG_STATE_HOME"] || join(home, ".local", "state"), "cloudmarker");
}
