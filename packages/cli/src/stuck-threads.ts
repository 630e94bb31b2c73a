import { setImmediate, setTimeout as delay } from "node:timers/promises";

/** The part of Node's process that is needed to leave threads behind that never come back. */
export interface StuckProcess {
  readonly execPath: string;
  readonly env: NodeJS.ProcessEnv;
  getActiveResourcesInfo(): string[];
  execve?(file: string, args: readonly string[], env: NodeJS.ProcessEnv): never;
}

/** Requests to the disk and to the resolver of names: threads do them, and Node waits for its threads before it ends. */
const DONE_BY_THREADS = /^(?:FSReq|GetAddrInfoReq|GetNameInfoReq)/u;

/** Time that such a request is given once the command has its result, in milliseconds, and the time between two looks at it. */
const PATIENCE_MS = 1_000;
const LOOK_MS = 20;

/**
 * A call on the disk that hangs (a dead network share, a pipe that a plugin opened and nobody writes to) would hold up the end of the process for
 * ever, whatever its time limit. Waits a moment for what is under way; for what hangs, the process becomes another one that ends with the code at once.
 * Windows knows nothing of the kind: there this returns, and so it does where nothing hangs.
 */
export async function leaveStuckThreads(process: StuckProcess, code: number): Promise<void> {
  // A request that was answered in this turn of the event loop is listed until its end: without this turn nearly every command would wait.
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
    // Forbidden, by --permission for example.
  }
}
