import { once } from "node:events";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { expect, onTestFinished, test } from "vitest";

const STORE = pathToFileURL(join(import.meta.dirname, "thread-store.ts")).href;

// Deno drops messages that come while nobody listens (https://github.com/denoland/manual/issues/264).
test.each([
  ["storage", { kind: "storage", unsafe: false }],
  ["a store", { plugin: STORE, params: {}, context: {}, identity: { run: "r1", pointers: [] } }],
])("the thread of %s listens while it loads what it runs, so that no request is lost (L-71)", async (_, workerData) => {
  const worker = new Worker(new URL("listening-thread.ts", import.meta.url), { workerData });
  onTestFinished(async () => void (await worker.terminate()));
  expect(await once(worker, "message")).toEqual([1]);
});
