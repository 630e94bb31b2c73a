import { join, resolve } from "node:path";

/** An absolute path: `~` is the home folder, anything relative starts from `from`. */
export function expandPath(path: string, from: string, home: string): string {
  return path === "~" || path.startsWith("~/") ? join(home, path.slice(1)) : resolve(from, path);
}
