import { setImmediate, setTimeout as delay } from "node:timers/promises";

/** The parts of Node's process that are needed to leave behind threads that never return. */
export interface StuckProcess {
  readonly execPath: string;
  readonly env: NodeJS.ProcessEnv;
  getActiveResourcesInfo(): string[];
  execve?(file: string, args: readonly string[], env: NodeJS.ProcessEnv): never;
}

/**
 * Requests to the disk and to the resolver of names. Threads do them, and Node waits for its threads before it ends.
 */
const DONE_BY_THREADS = /^(?:FSReq|GetAddrInfoReq|GetNameInfoReq)/u;

/** Time for such a request after the command has its result, and the time between two checks, both in milliseconds. */
const PATIENCE_MS = 1_000;
const LOOK_MS = 20;

/**
 * A call on the disk may hang: a dead network share, or a pipe that a plugin opened and that has no writer. It would
 * keep the process from ending, whatever its time limit. This waits a moment for the requests under way. If one hangs,
 * the process is replaced by another one that ends with the code at once. Windows cannot do that: there this returns,
 * and so it does if nothing hangs.
 */
export async function leaveStuckThreads(process: StuckProcess, code: number): Promise<void> {
  // A request that was answered in this turn of the event loop is listed until the turn ends. Without this turn nearly
  // every command would wait.
  await setImmediate();
  for (let waited = 0; isBusy(process); waited += LOOK_MS) {
    if (waited < PATIENCE_MS) await delay(LOOK_MS);
    else return replace(process, code);
  }
}

function isBusy(process: StuckProcess): boolean {
  return process.getActiveResourcesInfo().some((name) => DONE_BY_THREADS.test(name));
}

function replace({ execPath, execve, env }: StuckProcess, code: number): void {
  try {
    execve?.(execPath, ["node", "-e", `process.exit(${code})`], { ...env, NODE_OPTIONS: "" });
  } catch {
    // The call is forbidden, for example by --permission.
  }
}
