import { readFile } from "node:fs/promises";

/** Used if the system does not say how many files it grants; every system grants this many. */
const USUAL = 256;
const FEWEST = 8;
/** Each takes about 2 KiB of memory. */
const MOST = 4096;

/**
 * How many files a store may keep open: a quarter of what the process may open. The rest is for sockets, other stores
 * and the program itself.
 */
export async function openFilesLimit(): Promise<number> {
  return openFilesOf(await readFile("/proc/self/limits", "utf8").catch(() => ""));
}

/**
 * @param limits what Linux says of a process: the soft limit is the first number of its line; Node has raised it to the
 * hard one
 */
export function openFilesOf(limits: string): number {
  const granted = /^Max open files +(\d+|unlimited) /m.exec(limits)?.[1];
  if (granted === undefined) return USUAL;
  return granted === "unlimited" ? MOST : Math.min(MOST, Math.max(FEWEST, Math.floor(Number(granted) / 4)));
}
