import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";
import { isError } from "@cloudmarker/store-api";
// The one exception to the rule that a store reads nothing of the process: the host cannot know which process writes a
// file.
import { kill, pid as ownPid } from "node:process";

/** After this time without a change, the files of a machine that cannot be asked count as abandoned. */
const FOREIGN_TIMEOUT_MS = 24 * 60 * 60 * 1000;

/** Identifies a process so that another can tell whether it still lives. */
export interface Owner {
  readonly host: string;
  /** Changes with every start of the machine; empty where unknown. */
  readonly boot: string;
  /** Process id name space: containers on one machine do not see each other's processes; empty where unknown. */
  readonly space: string;
  readonly pid: number;
  /**
   * When the process started, in ticks of the system: tells it from a later one with the same pid; empty where unknown.
   */
  readonly started: string;
}

/** This process. */
export async function currentOwner(): Promise<Owner> {
  const [boot, space, state] = await Promise.all([
    readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => ""),
    readlink("/proc/self/ns/pid").catch(() => ""),
    processState(ownPid),
  ]);
  return { host: hostname(), boot: boot.trim(), space, pid: ownPid, started: state?.started ?? "" };
}

/**
 * Whether `owner` may still be writing, as far as `self` can see. In doubt it counts as alive: a file of a living
 * process is never touched (FS-03).
 * @param changedMs when its files were last changed, in milliseconds since the epoch
 */
export async function isAlive(owner: Owner, self: Owner, changedMs: number, nowMs: number): Promise<boolean> {
  if (owner.host === self.host && owner.boot !== self.boot) return false;
  if (owner.host !== self.host || owner.space !== self.space) return nowMs - changedMs < FOREIGN_TIMEOUT_MS;
  if (owner.started === "") return respondsToSignals(owner.pid);
  const state = await processState(owner.pid);
  return state !== undefined && !state.ended && state.started === owner.started;
}

interface ProcessState {
  readonly started: string;
  /** A zombie: killed, but not yet collected by its parent. */
  readonly ended: boolean;
}

async function processState(pid: number): Promise<ProcessState | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // The second field is the program's name in brackets, which may contain anything: count from its end.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const started = fields[19];
  return started === undefined ? undefined : { started, ended: fields[0] === "Z" || fields[0] === "X" };
}

function respondsToSignals(pid: number): boolean {
  try {
    return kill(pid, 0);
  } catch (error) {
    return isError(error) && "code" in error && error.code === "EPERM";
  }
}
