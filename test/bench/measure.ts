import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What one run of a command cost. */
export interface Cost {
  /** Wall time in milliseconds: what the case measured itself, else of the whole process. */
  readonly ms: number;
  /** Peak resident memory in MiB. */
  readonly rssMiB: number;
  /** Memory in MiB that is still in use at the end, where the process may collect its garbage. */
  readonly heldMiB?: number;
  /** Processor time of the whole process in milliseconds, its start included. */
  readonly cpuMs: number;
  /** Mean bytes of a record on the wire, where the server counted them. */
  readonly bytes?: number;
  /** MiB that it wrote to the disk, where it says so. */
  readonly writtenMiB?: number;
  /** Records that arrived, of a program that may lose some. */
  readonly arrived?: number;
}

/** The middle costs of two commands that were run in turn. */
export interface Pairs {
  /** Ratios of the times, pair by pair. */
  readonly ratio: number;
  /** Ratios of the peak memory, pair by pair. */
  readonly rssRatio: number;
  /** Ratios of the processor time, pair by pair. */
  readonly cpuRatio: number;
  readonly own: Cost;
  readonly base: Cost;
}

/** A command in an empty folder of its own. `{out}` in the arguments stands for that folder. */
export type Command = readonly string[];

/**
 * Runs a command once; a case prints `{"ms": …, "rssMiB": …, "cpuMs": …}` as its last line, any other command is timed
 * from outside.
 */
export function run(command: Command): Cost {
  const out = mkdtempSync(join(tmpdir(), "cloudmarker-bench-run-"));
  try {
    const [file = "", ...args] = command.map((arg) => arg.replaceAll("{out}", out));
    const env = { ...process.env, XDG_STATE_HOME: out, NODE_OPTIONS: "" };
    const started = process.hrtime.bigint();
    const { status, stdout, stderr } = spawnSync(file, args, { encoding: "utf8", cwd: out, env, maxBuffer: 1 << 28 });
    const ms = Number(process.hrtime.bigint() - started) / 1e6;
    if (status !== 0) throw new Error(`${command.join(" ")} exited with ${status}\n${stdout}\n${stderr}`);
    const last = stdout.trimEnd().split("\n").at(-1) ?? "";
    return last.startsWith('{"ms"') ? (JSON.parse(last) as Cost) : { ms, rssMiB: 0, cpuMs: 0 };
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

/** Runs two commands in turn and gives the medians, and the medians of the ratios pair by pair. */
export function pairs(command: Command, floor: Command, count: number): Pairs {
  run(command);
  run(floor);
  const costs = Array.from({ length: count }, () => ({ own: run(command), base: run(floor) }));
  return {
    ratio: median(costs.map(({ own, base }) => own.ms / base.ms)),
    rssRatio: median(costs.map(({ own, base }) => own.rssMiB / base.rssMiB)),
    cpuRatio: median(costs.map(({ own, base }) => own.cpuMs / base.cpuMs)),
    own: middle(costs.map(({ own }) => own)),
    base: middle(costs.map(({ base }) => base)),
  };
}

function middle(costs: readonly Cost[]): Cost {
  const of = (pick: (cost: Cost) => number): number => median(costs.map(pick));
  // What is not a time or a size is the same each time; of records that are lost, the worst run counts.
  const arrived = Math.min(...costs.map((cost) => cost.arrived ?? Number.POSITIVE_INFINITY));
  return {
    ...costs[0],
    ms: of(({ ms }) => ms),
    rssMiB: of(({ rssMiB }) => rssMiB),
    cpuMs: of(({ cpuMs }) => cpuMs),
    ...(Number.isFinite(arrived) && { arrived }),
  };
}

/** The middle one. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
