import { findWorker } from "../isolation/find-worker.ts";
import { mayStartThreads } from "../world.ts";
import type { HostOptions } from "./options.ts";

/** The code of the thread that writes to the state folder; undefined where there can be no thread. */
export function storageWorker({ workerUrl }: HostOptions, cwd: string): URL | undefined {
  if (!mayStartThreads()) return undefined;
  const found = findWorker(workerUrl, cwd);
  return "problem" in found ? undefined : found.url;
}
