import type { Cost } from "../measure.ts";

/** What a case cost until now; `started` is a time of `performance.now()`. */
export function costSince(started: number): Cost {
  const ms = performance.now() - started;
  const { user, system } = process.cpuUsage();
  return { ms, rssMiB: process.resourceUsage().maxRSS / 1024, cpuMs: (user + system) / 1000 };
}

/** Prints a cost as the line that `measure.ts` reads. */
export function print(cost: Cost): void {
  process.stdout.write(`${JSON.stringify(cost)}\n`);
}

/** Prints what a case cost. `started` is a time of `performance.now()`. */
export function report(started: number): void {
  print(costSince(started));
}
