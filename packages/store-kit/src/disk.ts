// An entry that loads nothing but Node: the host loads it at every start, and TLS with it would cost a small run a
// fifth of its time.
import { constants, mkdir, open, stat } from "node:fs/promises";
import { platform, userInfo } from "node:os";
import { basename, dirname, join } from "node:path";

/** How a folder is made. */
export interface MakeFolderOptions {
  /** Permissions of every folder that is made, as the umask allows. @default 0o777 */
  readonly mode?: number;
  /** No further folder is made once it is aborted. */
  readonly signal?: AbortSignal;
}

/**
 * Makes a folder and those above it that are missing, one call of the system after another. Unlike `mkdir` with
 * `recursive` it comes to an end where a file system has no room for folders and says that the parent is missing: below
 * `/proc` that one tries for ever.
 * @returns the folders that it made, the outermost first: their names are durable when the folder above each is synced
 * @throws the error of the file system, or the reason of the signal
 */
export async function makeFolder(path: string, { mode = 0o777, signal }: MakeFolderOptions = {}): Promise<string[]> {
  const missing: string[] = [];
  for (let at = path; !(await isFolder(at)); at = dirname(at)) {
    signal?.throwIfAborted();
    missing.unshift(at);
    // Not even the root is there: the first call below says why.
    if (dirname(at) === at) break;
  }
  const made: string[] = [];
  for (const folder of missing) {
    signal?.throwIfAborted();
    if (await makeOne(folder, mode)) made.push(folder);
  }
  return made;
}

/** @returns false where another process has made it meanwhile */
async function makeOne(folder: string, mode: number): Promise<boolean> {
  try {
    await mkdir(folder, { mode });
    return true;
  } catch (error) {
    if (await isFolder(folder)) return false;
    throw error;
  }
}

/** False where nothing is there; anything else that is there shows when the folder is made. */
async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

/**
 * Makes the names in a folder durable. It does nothing where the system cannot do so: Windows, and network file systems
 * that answer EINVAL (FS-01).
 * @throws the error of the file system
 */
export async function syncFolder(path: string): Promise<void> {
  if (platform() === "win32") return;
  // A pipe in its place is not opened, which would wait for its other end.
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EINVAL") throw error;
  } finally {
    await handle.close();
  }
}

/**
 * What is the same for two paths that lead to one place, and differs for any others: through links and mounts, with
 * other letters where the file system ignores case, and whether or not it is there yet.
 * @param path absolute
 */
export async function identifyPath(path: string): Promise<string> {
  const missing: string[] = [];
  for (let at = path; ; at = dirname(at)) {
    const found = await stat(at, { bigint: true }).catch(() => undefined);
    if (found) {
      const rest = join(...missing, ".");
      return `${found.dev}:${found.ino}:${(await foldsCase(at)) ? rest.normalize("NFC").toLowerCase() : rest}`;
    }
    if (dirname(at) === at) return path;
    missing.unshift(basename(at));
  }
}

/** Whether a folder is found under its name in other letters. */
async function foldsCase(folder: string): Promise<boolean> {
  const name = basename(folder);
  const other = name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase();
  if (other === name) return false;
  const [one, two] = await Promise.all(
    [name, other].map((each) => stat(join(dirname(folder), each), { bigint: true }).catch(() => undefined)),
  );
  return one !== undefined && one.dev === two?.dev && one.ino === two.ino;
}

/**
 * What comes behind the home folder of the user who runs the program: `x` of `~/x`, and of `~NAME/x` where that is the
 * user's own name (L-63).
 * @returns undefined for any other path
 */
export function belowHome(path: string): string | undefined {
  const [, user, rest = ""] = /^~([^/\\]*)(?:\/(.*))?$/su.exec(path) ?? [];
  return user === "" || (user !== undefined && user === ownName()) ? rest : undefined;
}

/** Of a user that the system does not know there is none, as in some containers. */
function ownName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}

/**
 * What is wrong with a path that begins with the name of another user: their home folder is not looked up (L-63).
 * @param name of the param, such as `tls.ca`
 * @returns undefined where nothing is
 */
export function homeFolderProblem(name: string, path: string): string | undefined {
  const user = /^~[^/\\]+/u.exec(path)?.[0];
  if (user === undefined || belowHome(path) !== undefined) return undefined;
  return `${name} begins with ${JSON.stringify(user)}: only ~/ is a home folder, your own. Write the folder out, or ./${user} for a folder of that name.`;
}
