/** Prints what a case cost, as the line that `measure.ts` reads. `started` is a time of `performance.now()`. */
export function report(started: number): void {
  const ms = performance.now() - started;
  const rssMiB = process.resourceUsage().maxRSS / 1024;
  process.stdout.write(`${JSON.stringify({ ms, rssMiB })}\n`);
}
