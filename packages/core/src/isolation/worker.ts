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
    void import("../state/thread.ts");
  } else if ("plugin" in start && start.plugin !== undefined && start.identity) void import("./serve-thread.ts");
}
