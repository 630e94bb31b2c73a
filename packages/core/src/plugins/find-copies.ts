import type { LoadedPlugin } from "./types.ts";
import { packageLabel } from "../errors/plugin-words.ts";

/**
 * A warning for every package with two loaded copies: they share no state, and a fix of one does not reach the other.
 * Two parts of one package are not two copies.
 */
export function findCopies(loaded: readonly LoadedPlugin[]): readonly string[] {
  const copies = new Map<string, Map<string, string>>();
  for (const { packageName, packageDirectory, version } of loaded) {
    if (packageName === undefined || packageDirectory === undefined) continue;
    const places = copies.get(packageName) ?? new Map<string, string>();
    places.set(packageDirectory, packageLabel(packageName, version));
    copies.set(packageName, places);
  }
  return [...copies]
    .filter(([, places]) => places.size > 1)
    .map(([name, places]) => {
      const list = [...places].map(([directory, label]) => `${label} in ${directory}`).join(", and ");
      return `Different copies of the plugin "${name}" are loaded: ${list}. Install it in one place only.`;
    });
}
