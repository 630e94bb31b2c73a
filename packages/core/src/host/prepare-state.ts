import { ConfigError, isCloudmarkerError, messageOf } from "../errors.ts";
import { LettersDb } from "../state/letters-db.ts";
import { loadSqlite } from "../state/load-sqlite.ts";
import { NO_SQLITE } from "../state/open-database.ts";
import { lettersPath } from "../state/run-files.ts";
import { sizeWords } from "../size-words.ts";
import { userId } from "../world.ts";
import { pluginKey } from "./dead-letters-of-run.ts";
import type { Inspection } from "./inspection.ts";
import type { RunParts } from "./run-parts.ts";
import { stateDirOf, stateFolderProblem } from "./state-dir.ts";
import { prepareStateFolder, type StateFolder, type StateFolderOptions } from "./state-folder.ts";

/**
 * Makes the state folder and tries it, before anything is read: what cannot be delivered must have a place.
 * @throws ConfigError with what is wrong with the configuration, or with the folder
 */
export async function prepareState(parts: RunParts, inspection: Inspection): Promise<void> {
  const { problems, stores, config, state } = inspection;
  if (problems.length > 0) throw new ConfigError(problems);
  const { options, world, deadLetters, reports } = parts;
  const folder = stateDirOf(options, config, world);
  deadLetters.folder = folder;
  const unsafe = letsNetwork(inspection);
  deadLetters.settings = { ...state, unsafe };
  for (const { audit, key, plugin } of stores) deadLetters.plugins.set(pluginKey(audit, key), plugin.name);
  // An explanation leaves nothing behind.
  if (options.explain) return;
  const path = lettersPath(folder);
  const {
    network,
    freeBytes,
    closed,
    problem = LettersDb.refusal(path),
  } = await tryFolder(parts, folder, {
    letterFiles: [deadLetters.inputPath, path],
    uid: userId(),
    letsNetwork: unsafe,
  });
  for (const one of closed) reports.warn(`Others could read ${one}: it is now for its owner alone.`);
  if (problem !== undefined) throw new ConfigError([stateFolderProblem(folder, problem, options, config)]);
  parts.freeBytes = freeBytes;
  parts.canLock = network === undefined || state.unsafe;
  for (const remark of remarksOn(folder, { network, freeBytes }, inspection)) reports.warn(remark);
}

/** What is odd about a state folder that can be used. */
function remarksOn(
  folder: string,
  { network, freeBytes = Infinity }: Pick<StateFolder, "network" | "freeBytes">,
  { stores, state, spool: { reserveBytes } }: Inspection,
): string[] {
  const isShort = freeBytes < reserveBytes && stores.some(({ delivery }) => delivery.spool);
  return [
    ...(loadSqlite() ? [] : [`Dead letters cannot be kept, since ${NO_SQLITE}: a record that is given up is lost.`]),
    ...(isShort
      ? [
          `The disk of the state folder ${folder} has ${sizeWords(freeBytes)} free, and spool.reserve_bytes keeps ${sizeWords(reserveBytes)} free: nothing can be kept there for later. Make room, or set a smaller spool.reserve_bytes.`,
        ]
      : []),
    ...(network !== undefined && !state.unsafe
      ? [
          `The state folder ${folder} is on a network file system (${network}), on which locks cannot be trusted: a run that is interrupted cannot be resumed. Name a folder on a local disk with state_dir, or set state_dir_unsafe: true if only one machine uses this one.`,
        ]
      : []),
  ];
}

/**
 * Whether the state folder may be on a network file system: what is not delivered yet is kept only where locks can be
 * trusted.
 */
function letsNetwork({ stores, state }: Pick<Inspection, "stores" | "state">): boolean {
  return state.unsafe || !stores.some(({ delivery }) => delivery.spool);
}

async function tryFolder(
  { disk, signal }: RunParts,
  folder: string,
  options: StateFolderOptions,
): Promise<StateFolder> {
  const hurry = (): void => disk.hurry();
  signal.addEventListener("abort", hurry, { once: true });
  try {
    return await disk.within(folder, () => prepareStateFolder(folder, options));
  } catch (error) {
    if (isCloudmarkerError(error)) throw error;
    return { problem: `${messageOf(error)}.`, closed: [] };
  } finally {
    signal.removeEventListener("abort", hurry);
  }
}
