// What the kit runs in a process of its own: the host with one store, and what it is asked to do.
import { createHost } from "@cloudmarker/core";
import { markAt, withMark } from "./marks.ts";
import type { ChildOrder, ChildReport } from "./process.ts";

/** What keeps the process alive so long after the end of the run is named. */
const STILL_THERE_MS = 2_000;
const RECORD_BYTES = 8 * 1024;

const { task, options, namespace, bytes } = JSON.parse(process.argv[2] ?? "") as ChildOrder;
const host = createHost(options);
let count = 0;

try {
  await host.open();
  if (task === "end") await write(20);
  else if (task === "killed") await writeUntilKilled();
  else await writeALot();
  const receipt = await host.done();
  say({ kind: "done", store: receipt.stores[0] });
} catch (error) {
  say({ kind: "failed", why: String(error) });
}
setTimeout(() => {
  say({ kind: "alive", what: process.getActiveResourcesInfo() });
  process.exit(1);
}, STILL_THERE_MS).unref();

/** Most records that it comes to before it is killed. */
async function writeUntilKilled(): Promise<void> {
  while (count < 100_000) {
    await write(20);
    await host.flush();
    say({ kind: "flushed", count });
  }
}

/** Twenty times what the queue holds. */
async function writeALot(): Promise<void> {
  const text = "x".repeat(RECORD_BYTES);
  for (let times = 1; times <= 20; times++) {
    await write(Math.ceil(bytes / RECORD_BYTES), { text });
    await host.flush();
    if (times === 5 || times === 20) say({ kind: "memory", bytes: await held() });
  }
}

async function write(number: number, raw: object = { finding: "open port" }): Promise<void> {
  await host.write(Array.from({ length: number }, () => withMark(raw, markAt(namespace, count++))));
}

/** Bytes that are in use and cannot be freed. */
async function held(): Promise<number> {
  for (let times = 0; times < 3; times++) {
    globalThis.gc?.();
    await new Promise((resolve) => void setImmediate(resolve));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function say(report: ChildReport): void {
  process.send?.(report);
}
