// The file that a thread runs. If it is only imported, it does nothing.
import { parentPort, workerData } from "node:worker_threads";
import type { ThreadStart } from "./messages.ts";

const start = workerData as Partial<ThreadStart> | null;
if (parentPort && start?.plugin !== undefined && start.identity) void import("./serve-thread.ts");
