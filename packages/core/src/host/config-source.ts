import type { StorePlugin } from "@cloudmarker/store-api";
import type { LoadOptions } from "../config/load-config.ts";
import { isObject } from "../realms.ts";
import type { HostOptions, StoreOption } from "./options.ts";

/** Where the options of a host say that its configuration comes from. */
export function sourceOf(options: HostOptions): Pick<LoadOptions, "files" | "search" | "value"> {
  const { config, configFile, search, stores, audit = "default" } = options;
  if (stores) {
    const plugins: Record<string, StoreOption> = {};
    for (const [key, given] of Object.entries(stores)) plugins[key] = isOption(given) ? given : { plugin: given };
    return { value: { plugins, audits: { [audit]: { stores: Object.keys(stores) } }, run: [audit] } };
  }
  if (config) return { value: config };
  if (configFile === undefined) return { search };
  return { files: typeof configFile === "string" ? [configFile] : configFile };
}

/** Settings of the configuration that the options of a host replace, key by key. */
export function settingsOf({ delivery, spool, state, stateDirUnsafe }: HostOptions): LoadOptions["over"] {
  return {
    ...(delivery && { delivery }),
    ...(spool && { spool }),
    ...(state && { state }),
    ...(stateDirUnsafe !== undefined && { state_dir_unsafe: stateDirUnsafe }),
  };
}

function isOption(given: StorePlugin | StoreOption | string): given is StoreOption {
  return isObject(given) && "plugin" in given;
}
