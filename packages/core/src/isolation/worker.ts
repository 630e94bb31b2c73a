// The file that a thread runs. It does nothing where it is only imported.
import { parentPort, workerData } from "node:worker_threads";
import type { ThreadStart } from "./messages.ts";

const start = workerData as Partial<ThreadStart> | null;
if (parentPort && start?.plugin !== undefined && start.identity) void import("./serve-thread.ts");
