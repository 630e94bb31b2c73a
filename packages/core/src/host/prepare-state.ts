import { ConfigError, isCloudmarkerError, messageOf } from "../errors.ts";
import { LettersDb } from "../state/letters-db.ts";
import { lettersPath } from "../state/run-files.ts";
import { userId } from "../world.ts";
import { pluginKey } from "./dead-letters-of-run.ts";
import type { Inspection } from "./inspection.ts";
import type { RunParts } from "./run-parts.ts";
import { stateDirOf, stateFolderProblem } from "./state-dir.ts";
import { prepareStateFolder, type StateFolder } from "./state-folder.ts";

/**
 * Makes the state folder and tries it, before anything is read: what cannot be delivered must have a place.
 * @throws ConfigError with what is wrong with the configuration, or with the folder
 */
export async function prepareState(parts: RunParts, { problems, stores, config, state }: Inspection): Promise<void> {
  if (problems.length > 0) throw new ConfigError(problems);
  const { options, world, deadLetters, reports } = parts;
  const folder = stateDirOf(options, config, world);
  deadLetters.folder = folder;
  deadLetters.settings = state;
  for (const { audit, key, plugin } of stores) deadLetters.plugins.set(pluginKey(audit, key), plugin.name);
  // An explanation leaves nothing behind.
  if (options.explain) return;
  const path = lettersPath(folder);
  const { closed, problem = LettersDb.refusal(path) } = await tryFolder(parts, folder, [deadLetters.inputPath, path]);
  for (const one of closed) reports.warn(`Others could read ${one}: it is now for its owner alone.`);
  if (problem !== undefined) throw new ConfigError([stateFolderProblem(folder, problem, options, config)]);
}

async function tryFolder(
  { disk, signal }: RunParts,
  folder: string,
  letterFiles: readonly string[],
): Promise<StateFolder> {
  const hurry = (): void => disk.hurry();
  signal.addEventListener("abort", hurry, { once: true });
  try {
    return await disk.within(folder, () => prepareStateFolder(folder, { letterFiles, uid: userId() }));
  } catch (error) {
    if (isCloudmarkerError(error)) throw error;
    return { problem: `${messageOf(error)}.`, closed: [] };
  } finally {
    signal.removeEventListener("abort", hurry);
  }
}
