import { valueAt } from "@cloudmarker/store-api";
import { isGiven } from "../config/tree.ts";
import type { ConfigPath, LoadedConfig } from "../config/types.ts";
import type { Location } from "../errors.ts";
import type { InspectedStore } from "./inspection.ts";

/**
 * Where the param stands that is probably to blame for an error of a store, by {@link StoreHints.blames} of its plugin;
 * else the entry of the store. Undefined if no file has it.
 * @param code of the error
 */
export function faultPlace(
  config: Pick<LoadedConfig, "plain" | "locate">,
  store: Pick<InspectedStore, "audit" | "key" | "plugin">,
  code: string,
): Location | undefined {
  for (const path of blamed(config, store, code)) {
    const place = config.locate(path, "value");
    if (place) return place;
  }
  const { audit, key } = store;
  return config.locate(["plugins", key]) ?? placeInAudit(config, audit, key);
}

/**
 * The path of the param that is probably to blame for an error of a store, also if no file has it. Undefined if none of
 * these params is set.
 * @param code of the error
 */
export function faultParam(
  config: Pick<LoadedConfig, "plain">,
  store: Pick<InspectedStore, "key" | "plugin">,
  code: string,
): ConfigPath | undefined {
  return blamed(config, store, code)[0];
}

/** Paths of the params to blame that are set, the likeliest first. */
function blamed(
  { plain }: Pick<LoadedConfig, "plain">,
  { key, plugin: { blames = {} } }: Pick<InspectedStore, "key" | "plugin">,
  code: string,
): readonly ConfigPath[] {
  const params = Object.hasOwn(blames, code) ? (blames[code] ?? []) : [];
  const isThere = (at: ConfigPath): boolean => isGiven(valueAt(plain, at));
  return params.flatMap((param) => {
    const names = param.split(".");
    const path = ["plugins", key, "params", ...names];
    // A param may also stand beside `plugin`.
    return isThere(path) || isThere(["plugins", key, ...names]) ? [path] : [];
  });
}

/** Where an audit names a store of the base configuration. */
function placeInAudit(
  { plain, locate }: Pick<LoadedConfig, "plain" | "locate">,
  audit: string,
  key: string,
): Location | undefined {
  const stores = valueAt(plain, ["audits", audit, "stores"]);
  const index = Array.isArray(stores) ? stores.indexOf(key) : -1;
  return index < 0 ? undefined : locate(["audits", audit, "stores", index], "value");
}
