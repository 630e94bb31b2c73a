import { errorOf } from "../errors/error-of.ts";
import type { FoundPlugin, PluginQuery } from "./types.ts";

/**
 * Refuses a plugin that the embedding tool does not allow, before any of its code runs.
 * @throws CloudmarkerError `PLUGIN_NOT_ALLOWED`
 */
export async function checkAllowed(ref: string, found: FoundPlugin, query: PluginQuery): Promise<void> {
  const { path, packageName, version } = found;
  const { allow, versions = {}, location } = query;
  const subject = packageName ?? path;
  if (allow !== undefined && !isListed(subject, allow))
    throw errorOf("PLUGIN_NOT_ALLOWED", "notListed", { ref, location, subject, allowed: allow });

  const range = packageName !== undefined && Object.hasOwn(versions, packageName) ? versions[packageName] : undefined;
  if (packageName === undefined || range === undefined) return;
  // Loaded on demand: most hosts set no ranges.
  const { default: semver } = await import("semver");
  if (semver.validRange(range) === null)
    throw errorOf("PLUGIN_NOT_ALLOWED", "badRange", { ref, location, packageName, range });
  if (version === undefined || !semver.satisfies(version, range))
    throw errorOf("PLUGIN_NOT_ALLOWED", "outOfRange", { ref, location, packageName, version, range });
}

/** The path of a file is absolute, so no scope can match it. */
function isListed(subject: string, allow: readonly string[]): boolean {
  return allow.some(
    (entry) => entry === subject || (/^@[^/]+\/\*$/.test(entry) && subject.startsWith(entry.slice(0, -1))),
  );
}
