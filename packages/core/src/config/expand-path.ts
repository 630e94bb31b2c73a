import { join, resolve } from "node:path";
import { belowHome } from "@cloudmarker/store-kit/disk";

/**
 * An absolute path: `~`, and `~NAME` with the user's own name, are the home folder. A relative path starts from `from`.
 */
export function expandPath(path: string, from: string, home: string): string {
  const below = belowHome(path);
  return below === undefined ? resolve(from, path) : join(home, below);
}
