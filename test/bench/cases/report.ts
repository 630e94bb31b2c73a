import { writeSync } from "node:fs";
import type { Cost } from "../measure.ts";

/** What a case cost until now; `started` is a time of `performance.now()`. */
export function costSince(started: number): Cost {
  const ms = performance.now() - started;
  const { user, system } = process.cpuUsage();
  const { maxRSS, fsWrite } = process.resourceUsage();
  // The system counts blocks of 512 bytes.
  const cost = { ms, rssMiB: maxRSS / 1024, cpuMs: (user + system) / 1000, writtenMiB: fsWrite / 2048 };
  const { gc } = globalThis;
  return gc ? { ...cost, heldMiB: held(gc) } : cost;
}

/** What is left once all garbage is gone. */
function held(gc: () => void): number {
  gc();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / (1 << 20);
}

/** Prints a cost as the line that `measure.ts` reads. */
export function print(cost: Cost): void {
  // Not by the stream, which the command takes for that of a plugin.
  writeSync(1, `${JSON.stringify(cost)}\n`);
}

/** Prints what a case cost. `started` is a time of `performance.now()`. */
export function report(started: number): void {
  print(costSince(started));
}
