import type { CommonOptions } from "./options.ts";

/** The options that every command has, without those of its own. */
export function commonOf({ config, stateDir, json, quiet, debug }: CommonOptions): CommonOptions {
  return {
    ...(config !== undefined && { config }),
    ...(stateDir !== undefined && { stateDir }),
    ...(json !== undefined && { json }),
    ...(quiet !== undefined && { quiet }),
    ...(debug !== undefined && { debug }),
  };
}
