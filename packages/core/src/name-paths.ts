/** Names paths in a sentence: the first three, and how many more there are. */
export function namePaths(paths: readonly string[]): string {
  const shown = paths.slice(0, 3).map((path) => JSON.stringify(path));
  if (paths.length === 1) return `the path ${shown.join("")}`;
  const more = paths.length > shown.length ? ` and ${paths.length - shown.length} more` : "";
  return `the paths ${shown.join(", ")}${more}`;
}
