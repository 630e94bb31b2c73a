import type { FileHandle } from "node:fs/promises";
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { BlockedError } from "@cloudmarker/store-api";
import { errnoOf } from "./disk-errors.ts";
import { ifThere, setAside } from "./folder.ts";
import { formatOf, loadCodec } from "./format.ts";
import { openPlain } from "./plain-file.ts";
import { read, readMember } from "./salvage.ts";

/** How many bytes of a file are examined. */
const HEAD_BYTES = 4096;

/**
 * How a file of records begins, of this FileStore or of the predecessor, which indented them. It begins with a record,
 * which has no other keys than these. `raw` may be any value, the others are objects. A file without content also
 * counts as one, since nothing is lost with it.
 */
const BEGINNING: Readonly<Record<"array" | "lines", RegExp>> = {
  array: /^\uFEFF?\s*\[\s*\{\s*"(?:raw"\s*:|(?:ext|com)"\s*:\s*\{)/,
  lines: /^\uFEFF?\s*\{\s*"(?:raw"\s*:|(?:ext|com)"\s*:\s*\{)/,
};
const NO_RECORD: Readonly<Record<"array" | "lines", RegExp>> = {
  array: /^\uFEFF?\s*(?:\[\s*\]\s*)?$/,
  lines: /^\uFEFF?\s*$/,
};

/**
 * Whether the first bytes of a file show that FileStore did not write it. A file that this user may not read counts as
 * foreign. A folder does not, since no file replaces it.
 * @param target name that says format and compression
 * @throws BlockedError if it is a link, a pipe or a device
 */
export async function isForeign(path: string, target: string): Promise<boolean> {
  const found = await ifThere(lstat(path));
  if (!found || found.isDirectory()) return false;
  if (found.isSymbolicLink())
    throw new BlockedError("symlink", `${path} is a symbolic link; FileStore neither follows nor replaces it.`);
  let handle: FileHandle | undefined;
  try {
    handle = await ifThere(openPlain(path, "r"));
    return handle !== undefined && !(await beginsWithRecord(handle, target));
  } catch (error) {
    if (errnoOf(error) === "EACCES" || errnoOf(error) === "EPERM") return true;
    throw error;
  } finally {
    await handle?.close();
  }
}

/**
 * Sets aside a file that FileStore did not write, so that its name is free.
 * @param run encoded id of the run that needs the name
 * @returns a note for the receipt; undefined if there is no such file
 */
export async function setForeignAside(folder: string, target: string, run: string): Promise<string | undefined> {
  const path = join(folder, target);
  if (!(await isForeign(path, target))) return undefined;
  const name = await ifThere(setAside(path, folder, target, run, "previous"));
  return name && `${target} was there before and is not FileStore's; it was kept as ${name}.`;
}

async function beginsWithRecord(handle: FileHandle, target: string): Promise<boolean> {
  const { size } = await handle.stat();
  if (size === 0) return true;
  const { text, isWhole } = await readHead(handle, size, target);
  const kind = formatOf(target).close === "" ? "lines" : "array";
  return BEGINNING[kind].test(text) || (isWhole && NO_RECORD[kind].test(text));
}

/** The beginning of a file, unpacked. */
async function readHead(handle: FileHandle, size: number, target: string): Promise<{ text: string; isWhole: boolean }> {
  const codec = await loadCodec(target);
  if (!codec)
    return { text: (await read(handle, 0, Math.min(size, HEAD_BYTES))).toString(), isWhole: size <= HEAD_BYTES };
  const member = await readMember(handle, 0, size, codec);
  return { text: member?.text.toString("utf8", 0, HEAD_BYTES) ?? "", isWhole: false };
}
