// This entry loads nothing but Node: the host loads it at every start, and loading TLS as well would take a fifth of a
// small run.
import { constants, mkdir, open, stat } from "node:fs/promises";
import { platform, userInfo } from "node:os";
import { basename, dirname, join } from "node:path";

/** Options of {@link makeFolder}. */
export interface MakeFolderOptions {
  /** Permissions of every folder that is made, as far as the umask allows. @default 0o777 */
  readonly mode?: number;
  /** Once it is aborted, no further folder is made. */
  readonly signal?: AbortSignal;
}

/**
 * Makes a folder and the missing folders above it, one system call after another. `mkdir` with `recursive` would never
 * end on a file system that refuses a folder and says that the parent is missing, as below `/proc`.
 * @returns the folders that it made, the outermost first: their names are durable when the folder above each is synced
 * @throws the error of the file system, or the reason of the signal
 */
export async function makeFolder(path: string, { mode = 0o777, signal }: MakeFolderOptions = {}): Promise<string[]> {
  const missing: string[] = [];
  for (let at = path; !(await isFolder(at)); at = dirname(at)) {
    signal?.throwIfAborted();
    missing.unshift(at);
    // Not even the root exists: the first call below says why.
    if (dirname(at) === at) break;
  }
  const made: string[] = [];
  for (const folder of missing) {
    signal?.throwIfAborted();
    if (await makeOne(folder, mode)) made.push(folder);
  }
  return made;
}

/** @returns false if another process has made it meanwhile */
async function makeOne(folder: string, mode: number): Promise<boolean> {
  try {
    await mkdir(folder, { mode });
    return true;
  } catch (error) {
    if (await isFolder(folder)) return false;
    throw error;
  }
}

/** False if nothing exists there; if anything else than a folder does, making the folder shows it. */
async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

/**
 * Makes the names in a folder durable. Does nothing on a system that cannot do it: Windows, and network file systems
 * that answer EINVAL.
 * @throws the error of the file system
 */
export async function syncFolder(path: string): Promise<void> {
  if (platform() === "win32") return;
  // A pipe in its place is not opened, since that would wait for its other end.
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
 * A key that is the same for all paths to one place, and differs for any other place. Links, mounts and case are
 * considered, and the place need not exist yet.
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
 * The part of a path after the home folder of the user who runs the program: `x` of `~/x`, and of `~NAME/x` if that is
 * the user's own name.
 * @returns undefined for any other path
 */
export function belowHome(path: string): string | undefined {
  const [, user, rest = ""] = /^~([^/\\]*)(?:\/(.*))?$/su.exec(path) ?? [];
  return user === "" || (user !== undefined && user === ownName()) ? rest : undefined;
}

/** A user that the system does not know has no name, as in some containers. */
function ownName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}

/** `$HOME/x` and `%USERPROFILE%\\x`; the first group is the name, the second what follows. */
const SHELL_VARIABLE = /^(?:\$([A-Za-z_]\w*)|%([A-Za-z_][\w()]{2,})%)(?=$|[/\\])/u;
const TEMPLATE = /\{\{.*\}\}/su;
const URL_SCHEME = /^[a-z][a-z\d+.-]+:\/\//iu;
const DRIVE = /^[A-Za-z]:[\\/]/u;

/**
 * The problem of a path that cannot be meant as it is: one with a variable of a shell, a URL, a drive of Windows on
 * another system, or the home folder of another user, which is not looked up. Else a folder of that name would
 * be made.
 * @param name of the param, such as `tls.ca`
 * @returns undefined if there is no problem
 */
export function pathProblem(name: string, path: string): string | undefined {
  const [found, variable = "", other = ""] = SHELL_VARIABLE.exec(path) ?? [];
  if (found !== undefined) {
    const meant = `\${${variable || other}}${path.slice(found.length)}`;
    return `${name} begins with ${found}, which is not replaced. Write ${meant}, or ./${found} for a folder of that name.`;
  }
  if (TEMPLATE.test(path)) return `${name} has {{ }} in it, which is not replaced. A variable is written \${NAME}.`;
  if (/^file:\/\//iu.test(path))
    return `${name} is a URL. Write the path alone: ${path.replace(/^file:\/\/(?:localhost)?/iu, "")}.`;
  if (URL_SCHEME.test(path))
    return `${name} is a URL; only a file or folder of this machine can be used here, such as /var/lib/audit. Mount the storage, or write to a folder and copy that.`;
  if (platform() !== "win32" && DRIVE.test(path))
    return `${name} begins with a drive of Windows, and this is not Windows: a path begins with /, ./ or ~/ here.`;
  const user = /^~[^/\\]+/u.exec(path)?.[0];
  if (user === undefined || belowHome(path) !== undefined) return undefined;
  return `${name} begins with ${JSON.stringify(user)}: only ~/ is a home folder, your own. Write the folder out, such as /home/${user.slice(1)}, or ./${user} for a folder of that name.`;
}
