import { findWorker, type FoundWorker } from "../isolation/find-worker.ts";
import { mayStartThreads } from "../world.ts";
import type { HostOptions } from "./options.ts";

/** Why no thread may be started. */
export const NO_THREADS = "Node was started with --permission and without --allow-worker";

/** The code of the thread that writes to the state folder, or why there can be no thread. */
export function findStorageWorker(workerUrl: HostOptions["workerUrl"], cwd: string): FoundWorker {
  return mayStartThreads() ? findWorker(workerUrl, cwd) : { problem: NO_THREADS };
}

/** The same; undefined where there can be no thread. */
export function storageWorker({ workerUrl }: HostOptions, cwd: string): URL | undefined {
  const found = findStorageWorker(workerUrl, cwd);
  return "problem" in found ? undefined : found.url;
}
