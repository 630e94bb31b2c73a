import { type Stats, constants } from "node:fs";
import { chmod, lstat, open, realpath, statfs, unlink } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import { makeFolder } from "@cloudmarker/store-kit/disk";
import { messageOf } from "../errors.ts";
import { permissionError } from "../permission.ts";
import { networkOf } from "../state/network-disk.ts";
import { RUNS } from "../state/run-files.ts";
import { RECEIPTS } from "./receipt-files.ts";

/** Where dead letters are kept, in the state folder. */
export const LETTERS = "dead-letters";

/** Options of {@link prepareStateFolder}. */
export interface StateFolderOptions {
  /** The files that the run may append to, in the folder {@link LETTERS}. */
  readonly letterFiles: readonly string[];
  /** User id of the process; undefined on Windows, where permissions are not those of a mode. */
  readonly uid: number | undefined;
  /** Whether it may be on a network file system. */
  readonly letsNetwork: boolean;
}

/** The result of preparing a state folder. */
export interface StateFolder {
  /** Why it cannot be used, and what to do, as a sentence about it; undefined where it can. */
  readonly problem?: string;
  /** What was open to others and is not any more. */
  readonly closed: readonly string[];
  /** The kind of network file system that it is on, if it is on one. */
  readonly network?: string | undefined;
  /** Bytes that are free on its disk, if it can be used and the system says it. */
  readonly freeBytes?: number | undefined;
}

/** What is kept there may be secret: it is for its owner alone. */
const FOR_OTHERS = 0o077;

/** Why a folder or file cannot be used. */
class Unusable extends Error {}

/**
 * Makes the state folder and its folder for dead letters, removes the permissions of others, and tries to make a file
 * there, so that a problem is found before the first dead letter. A link is refused: another user may have made it to
 * get the records.
 * @param path the state folder
 * @throws CloudmarkerError PERMISSION_DENIED
 */
export async function prepareStateFolder(
  path: string,
  { letterFiles, uid, letsNetwork }: StateFolderOptions,
): Promise<StateFolder> {
  const closed: string[] = [];
  try {
    if (!isAbsolute(path)) throw new Unusable(`${path} is not an absolute path; is HOME set?`);
    await inspect(path, uid, "folder");
    const network = networkOf(await realpath(await existing(path)));
    if (network !== undefined && !letsNetwork)
      throw new Unusable(
        `it is on a network file system (${network}), on which locks cannot be trusted. Set state_dir_unsafe: true if only one machine uses it.`,
      );
    /** Makes a folder, or closes what is there. @returns whether others could read it until now */
    const prepare = async (at: string, wanted: "folder" | "file"): Promise<boolean> => {
      const found = await inspect(at, uid, wanted);
      if (found) return close(at, found, uid);
      if (wanted === "folder") await makeFolder(at, { mode: 0o700 });
      return false;
    };
    if (await prepare(path, "folder")) closed.push(path);
    const folders = [LETTERS, RUNS, RECEIPTS].map((name) => join(path, name));
    const parts = [
      ...folders.map((at) => ({ at, wanted: "folder" as const })),
      ...letterFiles.map((at) => ({ at, wanted: "file" as const })),
    ];
    const areClosed = await Promise.all(parts.map(({ at, wanted }) => prepare(at, wanted)));
    closed.push(...parts.flatMap(({ at }, index) => (areClosed[index] ? [at] : [])));
    const [freeBytes] = await Promise.all([freeBytesOf(path), probe(join(path, LETTERS))]);
    return { closed, network, freeBytes };
  } catch (error) {
    const refused = permissionError(error);
    if (refused !== error) throw refused;
    return { problem: error instanceof Unusable ? error.message : await whyNot(path, error), closed };
  }
}

/** @returns undefined where nothing is there @throws Unusable */
async function inspect(path: string, uid: number | undefined, wanted: "folder" | "file"): Promise<Stats | undefined> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    // If a part of the path is not a folder, making the folder reports it.
    if (error.code !== "ENOENT" && error.code !== "ENOTDIR") throw error;
  });
  if (!found) return undefined;
  if (found.isSymbolicLink())
    throw new Unusable(`${path} is a link; name the ${wanted} that it leads to, or remove it.`);
  if (wanted === "folder" ? !found.isDirectory() : !found.isFile())
    throw new Unusable(`${path} is not a ${wanted === "folder" ? "folder" : "regular file"}; move it away.`);
  if (uid !== undefined && found.uid !== uid)
    throw new Unusable(
      `${path} belongs to the user with the id ${found.uid}, and this process runs as ${uid}: run it as that user.`,
    );
  return found;
}

/** @returns whether others could read it until now @throws Unusable where they still can */
async function close(path: string, found: Stats, uid: number | undefined): Promise<boolean> {
  if (uid === undefined || (found.mode & FOR_OTHERS) === 0) return false;
  await chmod(path, found.isDirectory() ? 0o700 : 0o600);
  if (((await lstat(path)).mode & FOR_OTHERS) !== 0)
    throw new Unusable(`others may read ${path}, and its file system does not let that be changed.`);
  return true;
}

async function freeBytesOf(path: string): Promise<number | undefined> {
  const found = await statfs(path).catch(() => undefined);
  return found && found.bavail * found.bsize;
}

/** Makes a file with something in it, and removes it. */
async function probe(folder: string): Promise<void> {
  const path = join(folder, `.probe-${Math.random().toString(36).slice(2)}`);
  const flags = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY;
  const file = await open(path, flags, 0o600);
  try {
    await file.write("\n");
  } finally {
    await file.close();
    await unlink(path);
  }
}

/** What the system says, in words. */
async function whyNot(path: string, error: unknown): Promise<string> {
  const { code, path: at = path } = error as NodeJS.ErrnoException;
  switch (code) {
    case "EACCES":
    case "EPERM":
      return `there is no permission to write in ${await existing(at)}.`;
    case "EROFS":
      return `${await existing(at)} is on a file system that cannot be written to.`;
    case "ENOSPC":
    case "EDQUOT":
      return "there is no room left on its disk; make some.";
    case "EEXIST":
    case "ENOTDIR":
      return `${at} is in the way, and is not a folder.`;
    case "ELOOP":
      return `${at} is a link that leads back to itself.`;
    case "ENAMETOOLONG":
      return "its path is too long.";
    case "ENOENT":
      return `no folder can be made in ${await existing(dirname(at))}.`;
    default:
      return `${messageOf(error)}.`;
  }
}

/** The lowest folder above a path that is there. */
async function existing(path: string): Promise<string> {
  for (let at = path; dirname(at) !== at; at = dirname(at)) {
    const found = await lstat(at).catch(() => undefined);
    if (found) return at;
  }
  return "/";
}
