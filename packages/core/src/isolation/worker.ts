// The file that a thread runs. If it is only imported, it does nothing.
import process from "node:process";
import { parentPort, workerData } from "node:worker_threads";
import type { StorageStart } from "../state/calls.ts";
import type { ThreadStart } from "./messages.ts";

const start = workerData as Partial<ThreadStart> | StorageStart | null;
if (parentPort && start) {
  if ("kind" in start && start.kind === "storage") {
    // Node 22 warns that its SQLite is experimental. The listeners are those of this thread alone.
    process.removeAllListeners("warning");
    serve(import("../state/thread.ts"));
  } else if ("plugin" in start && start.plugin !== undefined && start.identity) serve(import("./serve-thread.ts"));
}

/** Listens from now on: Deno drops messages that come while nobody does, as when the code is still being loaded. */
function serve<T>(loading: Promise<{ readonly take: (message: T) => void }>): void {
  parentPort?.on("message", (message: T) => void loading.then(({ take }) => take(message)));
}
