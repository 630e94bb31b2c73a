import { constants, lstat, open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { BlockedError } from "@cloudmarker/store-api";
import { ifThere } from "./folder.ts";

/** Never follows a link, and never waits for the other end of a pipe; Windows has neither flag. */
export const SAFELY: number = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Mode of a new file if none is given. */
export const PRIVATE = 0o600;

/** FileStore's own files about runs are far smaller; a larger file is foreign. */
const SMALL_BYTES = 256 << 20;

/** To read; to read and write; to read, and write only at the end. */
type Access = "r" | "r+" | "a";

const ACCESS: Readonly<Record<Access, number>> = {
  r: constants.O_RDONLY,
  "r+": constants.O_RDWR,
  a: constants.O_RDWR | constants.O_APPEND,
};

/**
 * Opens an existing file. Pipes and devices are not opened: a pipe waits for its other end, maybe without limit, and
 * opening a device may do anything (L-19).
 * @throws BlockedError if it is not a file; the error of the file system, ELOOP for a link
 */
export async function openPlain(path: string, access: Access = "r+"): Promise<FileHandle> {
  const found = await lstat(path);
  if (!found.isFile() && !found.isSymbolicLink()) throw notPlain(path);
  const handle = await open(path, SAFELY | ACCESS[access]);
  // It may have been replaced meanwhile.
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw notPlain(path);
}

/** The text of a small file that FileStore wrote; undefined if it is gone. */
export async function readSmall(path: string): Promise<{ text: string; changedMs: number } | undefined> {
  const handle = await ifThere(openPlain(path, "r"));
  if (!handle) return undefined;
  try {
    const { size, mtimeMs } = await handle.stat();
    if (size > SMALL_BYTES)
      throw new BlockedError("too_large", `${path} is too large to be a file of FileStore's own.`);
    return { text: await handle.readFile("utf8"), changedMs: mtimeMs };
  } finally {
    await handle.close();
  }
}

function notPlain(path: string): BlockedError {
  return new BlockedError("not_a_file", `${path} is not a regular file; FileStore does not open it.`);
}
