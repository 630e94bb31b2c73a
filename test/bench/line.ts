import { fileURLToPath } from "node:url";
import { type Command, median, type Pairs, pairs, run } from "./measure.ts";

/** Runs of each command that a median is made of. */
export const PAIRS = 5;

/** The command line program. */
export const cli: string = fileURLToPath(new URL("../../packages/cli/bin/cloudmarker.js", import.meta.url));

const [only = "", records = "200000"] = process.argv.slice(2);

/** Records of a line: the second argument, for a quick look with fewer. @default 200,000 */
export const RECORDS: number = Number(records);

/** Whether the line of this name, or one that has it in its name, was asked for. */
export function isWanted(name: string): boolean {
  return name.includes(only);
}

/** A file of `cases/`, as a command. */
export function bench(name: string, ...args: string[]): Command {
  return [process.execPath, fileURLToPath(new URL(`cases/${name}.ts`, import.meta.url)), ...args];
}

/** The same with a young generation of fixed size: V8 lets it grow with time, and what is measured is what the host holds. */
export function steady(name: string, ...args: string[]): Command {
  return bench(name, ...args).toSpliced(1, 0, "--max-semi-space-size=8");
}

/** Prints a line. */
export function say(name: string, value: string, limit: string, detail: string): void {
  process.stdout.write(`${name.padEnd(56)} ${value.padStart(9)}  (limit ${limit})  ${detail}\n`);
}

/** The time of a command against that of its floor. */
export function ratio(
  name: string,
  limit: number,
  command: () => Command,
  floor: () => Command,
  count: number = PAIRS,
): void {
  if (!isWanted(name)) return;
  sayTime(name, limit, pairs(command(), floor(), count));
}

/** Prints the times of two commands. */
export function sayTime(name: string, limit: number, { ratio: value, own, base }: Pairs, more: string = ""): void {
  const size = own.bytes === undefined || base.bytes === undefined ? "" : `, ${sizes(own.bytes, base.bytes)}`;
  const detail = `${own.ms.toFixed(0)} ms against ${base.ms.toFixed(0)} ms${size}${more}`;
  say(name, `${value.toFixed(2)} x`, `${limit.toFixed(2)} x`, detail);
}

function sizes(own: number, base: number): string {
  return `${own.toFixed(0)} bytes a record against ${base.toFixed(0)}`;
}

/** Peak memory with many records against that with few. */
export function growth(
  name: string,
  command: (count: number) => Command,
  counts: readonly [number, number] = [RECORDS, RECORDS * 10],
): void {
  if (!isWanted(name)) return;
  const [few, many] = counts.map((count) => median([1, 2, 3].map(() => run(command(count)).rssMiB)));
  if (few === undefined || many === undefined) return;
  say(name, `${(many - few).toFixed(1)} MiB`, "25 MiB", `${few.toFixed(0)} MiB, then ${many.toFixed(0)} MiB`);
}
