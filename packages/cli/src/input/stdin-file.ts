import { accessSync, constants, readFileSync, readlinkSync, type Stats, statSync } from "node:fs";
import { type KnownFile, knownFile } from "./known-file.ts";

/**
 * Which regular file a descriptor reads, and from where, so that it can be read again by its name: `< findings.json` of
 * a shell. Linux tells both.
 * @param found what the descriptor is
 * @returns undefined where its name is not known: another system, or a file that was removed, moved, or is closed to
 * this user
 */
export function stdinFile(fd: number, found: Stats): KnownFile | undefined {
  if (!found.isFile()) return undefined;
  try {
    const path = readlinkSync(`/proc/self/fd/${fd}`);
    const named = statSync(path);
    if (named.dev !== found.dev || named.ino !== found.ino) return undefined;
    accessSync(path, constants.R_OK);
    const from = Number(/^pos:\s*(\d+)$/mu.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1]);
    return { ...knownFile(path, found), ...(from > 0 && { from }) };
  } catch {
    return undefined;
  }
}
