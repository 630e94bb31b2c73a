import { CloudmarkerError } from "../errors.ts";
import type { FoundPlugin, PluginQuery } from "./types.ts";
import { askedAt, packageLabel, quoteRef } from "./message-parts.ts";

/**
 * Refuses a plugin that the embedding tool does not allow, before any of its code runs.
 * @throws CloudmarkerError `PLUGIN_NOT_ALLOWED`
 */
export async function checkAllowed(ref: string, found: FoundPlugin, query: PluginQuery): Promise<void> {
  const { path, packageName, version } = found;
  const refuse = (why: string, remedy: string): CloudmarkerError =>
    new CloudmarkerError("PLUGIN_NOT_ALLOWED", `Plugin ${quoteRef(ref)} is not allowed here: ${why}.`, {
      details: [...askedAt(query.location), remedy].join("\n"),
    });

  const subject = packageName ?? path;
  if (query.allow !== undefined && !isListed(subject, query.allow)) {
    const list = query.allow.length === 0 ? "no plugin at all" : `only ${query.allow.join(", ")}`;
    throw refuse(`${subject} is not on the list`, `The tool that runs this allows ${list}; change the list there.`);
  }

  const versions = query.versions ?? {};
  const range = packageName !== undefined && Object.hasOwn(versions, packageName) ? versions[packageName] : undefined;
  if (packageName === undefined || range === undefined) return;
  // Loaded on demand: most hosts set no ranges.
  const { default: semver } = await import("semver");
  if (semver.validRange(range) === null) {
    throw refuse(
      `${quoteRef(range)} is not a range of versions`,
      `Correct the range for ${packageName} in the tool that runs this.`,
    );
  }
  if (version === undefined || !semver.satisfies(version, range)) {
    const installed = packageLabel(packageName, version);
    throw refuse(`${installed} is installed and ${range} is wanted`, `Install ${packageName}@${quoteRef(range)}.`);
  }
}

/** The path of a file is absolute, so that no scope can match it. */
function isListed(subject: string, allow: readonly string[]): boolean {
  return allow.some(
    (entry) => entry === subject || (/^@[^/]+\/\*$/.test(entry) && subject.startsWith(entry.slice(0, -1))),
  );
}
