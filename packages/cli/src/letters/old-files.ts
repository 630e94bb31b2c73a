import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { shellWord } from "@cloudmarker/core";
import { count } from "../render/text.ts";

/** Of so many files, each is named. */
const MOST_NAMED = 5;

/** The lines of inputs that were not records: they are no dead letters. */
const BAD_LINES = "input.ndjson";

/** Files in which an earlier version kept dead letters, in a state folder; those that are empty are left out. */
export async function oldLetterFiles(folder: string): Promise<string[]> {
  const place = join(folder, "dead-letters");
  // Who only looks must not fail for what need not be there.
  const names = await readdir(place).catch(() => []);
  const paths = names.filter((name) => name.endsWith(".ndjson") && name !== BAD_LINES).map((name) => join(place, name));
  const sizes = await Promise.all(paths.map(async (path) => (await stat(path).catch(() => undefined))?.size ?? 0));
  return paths.filter((_, index) => (sizes[index] ?? 0) > 0).toSorted();
}

/**
 * How many files of dead letters there are, and the command that sends them.
 * @param option that names the state folder
 */
export function describeOldFiles(files: readonly string[], option: string): string {
  const named = files.slice(0, MOST_NAMED).map(shellWord).join(" ");
  const more = files.length > MOST_NAMED ? " …" : "";
  return `${count(files.length, "file")} of dead letters of an earlier version (cloudmarker dead-letters replay ${named}${more}${option})`;
}
