// Says how many listen to the messages of its thread as soon as the file of the thread has run.
import { parentPort } from "node:worker_threads";

await import("../../src/isolation/worker.ts");
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is for windows; a port has no origin
parentPort?.postMessage(parentPort.listenerCount("message"));
