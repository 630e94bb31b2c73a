import { isDeliverySetting } from "./read-delivery.ts";
import { ORIGIN_KEYS } from "./read-origin.ts";
import { isStateSetting } from "./read-state.ts";
import type { ConfigPath } from "./types.ts";

/**
 * Whether a path leads to a setting of the host. Such a setting is not a secret. Params belong to plugins, and any
 * other path is a mistake.
 */
export function isPublicPlace(path: ConfigPath): boolean {
  const [top, , key, ...rest] = path;
  switch (top) {
    case "run":
    case "state_dir":
    case "state_dir_unsafe":
    case "markers":
      return true;
    case "spool":
    case "state":
      return isStateSetting(path);
    case "audits":
      if (key === "origin") return rest.length === 1 && ORIGIN_KEYS.includes(String(rest[0]));
      return key === "stores" || key === "taps" || key === "id";
    case "delivery":
      return isDeliverySetting(path.slice(1));
    case "plugins":
      return key === "plugin" || key === "taps" || (key === "delivery" && isDeliverySetting(path.slice(3)));
    default:
      return false;
  }
}
