import { fileURLToPath } from "node:url";
import { type Command, type Cost, median, type Pairs, pairs, run } from "./measure.ts";

/** Runs of each command that a median is made of. */
export const PAIRS = 5;

/** The same where a run takes long and hardly differs from another, since most of it is waiting. */
export const FEW_PAIRS = 3;

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

/** The same with what is in a file coming to its standard input through a pipe. */
export function throughPipe(file: string, name: string, ...args: string[]): Command {
  return ["sh", "-c", 'cat "$0" | "$@"', file, ...bench(name, ...args)];
}

/**
 * The same with a young generation of fixed size, which V8 lets grow with time, and with leave to collect all garbage
 * at the end.
 */
export function steady(name: string, ...args: string[]): Command {
  return bench(name, ...args).toSpliced(1, 0, "--max-semi-space-size=8", "--expose-gc");
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

/** The processor time of a case against that of another. */
export function cpuRatio(name: string, limit: number, command: () => Command, other: () => Command): void {
  if (!isWanted(name)) return;
  const costs = Array.from({ length: PAIRS }, () => ({ own: run(command()).cpuMs, base: run(other()).cpuMs }));
  const value = median(costs.map(({ own, base }) => own / base));
  const [own, base] = [median(costs.map((cost) => cost.own)), median(costs.map((cost) => cost.base))];
  say(name, `${value.toFixed(2)} x`, `${limit.toFixed(2)} x`, `${own.toFixed(0)} ms against ${base.toFixed(0)} ms`);
}

/** Peak memory beyond that of a command that does as good as nothing, in units of `mib`. */
export function peak(name: string, limit: number, mib: number, command: () => Command, idle: () => Command): void {
  if (!isWanted(name)) return;
  const [own, base] = [peakMiB(command()), peakMiB(idle())];
  const value = (own - base) / mib;
  say(name, `${value.toFixed(1)} x`, `${limit.toFixed(1)} x`, `${own.toFixed(0)} MiB against ${base.toFixed(0)} MiB`);
}

function peakMiB(command: Command): number {
  return median([1, 2, 3].map(() => run(command).rssMiB));
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

/**
 * MiB that V8 may come to take in a longer run: garbage that it sees no need to collect yet. What a bare loop takes may
 * be taken in any case.
 */
const MOST_GROWTH = 25;
/** MiB that may be in use at the end of a longer run, beyond those of a short one: code that was compiled. */
const MOST_HELD = 5;

/**
 * Memory with many records against that with few: at its peak, and what is in use at the end.
 * @param floor - a loop that holds nothing but the batches under way
 */
export function growth(name: string, command: (count: number) => Command, floor?: (count: number) => Command): void {
  if (!isWanted(name)) return;
  const own = memory(command);
  const base = floor && memory(floor);
  const limit = Math.max(MOST_GROWTH, base ? base.peak.to - own.peak.from : 0);
  say(name, ...shown(own.peak, limit), base ? `${own.peak.text}; the floor ${base.peak.text}` : own.peak.text);
  if (own.held) say(`${name}, in use at the end`, ...shown(own.held, MOST_HELD), own.held.text);
}

interface Growth {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

function memory(command: (count: number) => Command): { readonly peak: Growth; readonly held: Growth | undefined } {
  const [few, many] = [RECORDS, RECORDS * 10].map((count) => [1, 2, 3].map(() => run(command(count)))) as [
    Cost[],
    Cost[],
  ];
  const of = (pick: (cost: Cost) => number): Growth => {
    const [from, to] = [median(few.map(pick)), median(many.map(pick))];
    return { from, to, text: `${from.toFixed(0)} MiB, then ${to.toFixed(0)} MiB` };
  };
  const held = of(({ heldMiB = Number.NaN }) => heldMiB);
  return { peak: of(({ rssMiB }) => rssMiB), held: Number.isNaN(held.to) ? undefined : held };
}

function shown({ from, to }: Growth, limit: number): readonly [value: string, limit: string] {
  return [`${(to - from).toFixed(1)} MiB`, `${limit.toFixed(0)} MiB`];
}
