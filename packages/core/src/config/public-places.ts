import { isDeliverySetting } from "./read-delivery.ts";
import type { ConfigPath } from "./types.ts";

/** Whether a path leads to a setting of the host, which is no secret. Params are their plugin's; any other place is a mistake of the user. */
export function isPublicPlace(path: ConfigPath): boolean {
  const [top, , key] = path;
  switch (top) {
    case "run":
    case "state_dir":
    case "markers":
      return true;
    case "audits":
      return key === "stores" || key === "taps" || key === "id";
    case "delivery":
      return isDeliverySetting(path.slice(1));
    case "plugins":
      return key === "plugin" || (key === "delivery" && isDeliverySetting(path.slice(3)));
    default:
      return false;
  }
}
