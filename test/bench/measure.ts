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
}

/** A command in an empty folder of its own. `{out}` in the arguments stands for that folder. */
export type Command = readonly string[];

/** Runs a command once; a case prints `{"ms": …, "rssMiB": …}` as its last line, any other command is timed from outside. */
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
    return last.startsWith('{"ms"') ? (JSON.parse(last) as Cost) : { ms, rssMiB: 0 };
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

/** Runs two commands in turn and gives the medians, and the median of the ratios pair by pair. */
export function pairs(command: Command, floor: Command, count: number): { ratio: number; ms: number; floorMs: number } {
  run(command);
  run(floor);
  const costs = Array.from({ length: count }, () => ({ own: run(command).ms, base: run(floor).ms }));
  return {
    ratio: median(costs.map(({ own, base }) => own / base)),
    ms: median(costs.map(({ own }) => own)),
    floorMs: median(costs.map(({ base }) => base)),
  };
}

/** The middle one. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
