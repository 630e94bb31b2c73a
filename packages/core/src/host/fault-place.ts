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
  { audit, key, plugin }: Pick<InspectedStore, "audit" | "key" | "plugin">,
  code: string,
): Location | undefined {
  const { blames = {} } = plugin;
  const params = Object.hasOwn(blames, code) ? (blames[code] ?? []) : [];
  for (const param of params) {
    const names = param.split(".");
    const path = ["plugins", key, "params", ...names];
    const isThere = (at: ConfigPath): boolean => isGiven(valueAt(config.plain, at));
    // A param may also stand beside `plugin`.
    const place = isThere(path) || isThere(["plugins", key, ...names]) ? config.locate(path, "value") : undefined;
    if (place) return place;
  }
  return config.locate(["plugins", key]) ?? placeInAudit(config, audit, key);
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
