// What the kit runs in a process of its own: the host with one store, and what it is asked to do.
import { createHost, type Host } from "@cloudmarker/core";
import { loadDependencies } from "./load-dependencies.ts";
import { markAt, withMark } from "./marks.ts";
import { worldNow } from "./traces.ts";
import { CHILD, type ChildOrder, type ChildReport } from "./process.ts";

/** What keeps the process alive so long after the end of the run is named. */
const STILL_THERE_MS = 3_000;
const RECORD_BYTES = 8 * 1024;

// A listener for once: one that stays keeps the process alive.
if (process.send && process.argv[2] === CHILD) process.once("message", (order) => void work(order as ChildOrder));

async function work(order: ChildOrder): Promise<void> {
  // Where Node prints warnings is made when it is first used, and is none of the store's.
  void process.stderr;
  const ours = process.getActiveResourcesInfo();
  loadDependencies(order.module);
  const before = worldNow();
  const host = createHost(order.options);
  try {
    if (order.task === "check") await host.check();
    else await doRun(host, order);
    say({ kind: "changed", what: [...worldNow().difference(before)] });
  } catch (error) {
    say({ kind: "failed", why: String(error) });
  }
  setTimeout(() => {
    say({ kind: "alive", what: without(process.getActiveResourcesInfo(), ours) });
    process.exit(1);
  }, STILL_THERE_MS).unref();
}

async function doRun(host: Host, { task, namespace, bytes }: ChildOrder): Promise<void> {
  const run = { host, namespace, count: 0 };
  await host.open();
  if (task === "end") await write(run, 20);
  else if (task === "killed") await writeUntilKilled(run);
  else await writeALot(run, bytes);
  const receipt = await host.done();
  say({ kind: "done", store: receipt.stores[0] });
}

interface Run {
  readonly host: Host;
  readonly namespace: string;
  /** Records so far. */
  count: number;
}

/** Most records that it comes to before it is killed. */
async function writeUntilKilled(run: Run): Promise<void> {
  while (run.count < 100_000) {
    await write(run, 20);
    await run.host.flush();
    say({ kind: "flushed", count: run.count });
  }
}

/** Twenty times what the queue holds. */
async function writeALot(run: Run, bytes: number): Promise<void> {
  const text = "x".repeat(RECORD_BYTES);
  for (let times = 1; times <= 20; times++) {
    await write(run, Math.ceil(bytes / RECORD_BYTES), { text });
    await run.host.flush();
    if (times === 5 || times === 20) say({ kind: "memory", bytes: await held() });
  }
}

async function write(run: Run, number: number, raw: object = { finding: "open port" }): Promise<void> {
  const { host, namespace } = run;
  await host.write(Array.from({ length: number }, () => withMark(raw, markAt(namespace, run.count++))));
}

/** Bytes that are in use and cannot be freed: the least of what is measured, as some are freed a moment later. */
async function held(): Promise<number> {
  let least = Infinity;
  for (let times = 0; times < 8; times++) {
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    least = Math.min(least, heapUsed + external);
    await new Promise((resolve) => void setTimeout(resolve, 20));
  }
  return least;
}

/** Those of all that are left when each of the others is taken away once. */
function without(all: readonly string[], others: readonly string[]): readonly string[] {
  const left = [...others];
  return all.filter((one) => {
    const at = left.indexOf(one);
    if (at !== -1) left.splice(at, 1);
    return at === -1;
  });
}

function say(report: ChildReport): void {
  process.send?.(report);
}
