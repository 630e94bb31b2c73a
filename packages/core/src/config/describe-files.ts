import type { LoadedConfig } from "./types.ts";

/**
 * Names the files of a configuration in one line. If there are none, says what that means.
 * @param stores keys of the stores that get the records
 */
export function describeFiles(
  { files, links, isSearched }: Pick<LoadedConfig, "files" | "links" | "isSearched">,
  stores: readonly string[],
): string {
  const named = files.map((file) => (links.has(file) ? `${file} → ${links.get(file)}` : file));
  if (named.length === 1) return `Configuration: ${named[0]}`;
  if (named.length > 1) return `Configuration: ${named.join(", then ")}; the later ones win`;
  const keys = [...new Set(stores)];
  const meaning = keys.length > 0 ? `; the records go to ${keys.join(", ")}` : "";
  return `Configuration: ${isSearched ? "no file was found" : "no file is read"}, so only the base configuration counts${meaning}`;
}
