import { spawn } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Case, isInProcess, type Run } from "./cases.ts";
import { sourceOf } from "./source.ts";

/** Records of a run. */
export const COUNT = 12;

/** The secret of each hostile store: no piece of it may be seen anywhere. */
export const CANARY = "c4n4ry-0f-th3-h0st1l3-st0re";

/** A process that takes longer hangs. */
const LIMIT_MS = 50_000;

const BIN = fileURLToPath(new URL("../../packages/cli/bin/cloudmarker.js", import.meta.url));
const EMBED = fileURLToPath(new URL("programs/embed.ts", import.meta.url));

/** What came of one hostile store. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** It did what it is there for. */
  readonly isReached: boolean;
  /** Different records that the hostile store really took, and lines that the good one published. */
  readonly took: number;
  readonly good: number;
  /** All files in the state folder. */
  readonly kept: string;
}

/** Runs the command, or a program that embeds the host, with a hostile store and a good one beside it. */
export async function runCase(one: Run): Promise<Ended> {
  const folder = mkdtempSync(join(tmpdir(), "cloudmarker-hostile-"));
  try {
    return await runIn(folder, one);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runIn(folder: string, one: Run): Promise<Ended> {
  const took = join(folder, "took");
  const reached = join(folder, "reached");
  writeFileSync(join(folder, "hostile.mjs"), sourceOf(one, { took, reached }));
  writeFileSync(join(folder, "records"), Array.from({ length: COUNT }, (_, n) => `{"n":${n}}\n`).join(""));
  writeFileSync(join(folder, "cloudmarker.json"), JSON.stringify(configOf(one)));
  const printed = await run(one.way === "command" ? [BIN, ...commandOf(one)] : [EMBED, ...programOf(one)], folder);
  const files = globSync("state/**", { cwd: folder, withFileTypes: true }).filter((file) => file.isFile());
  return {
    ...printed,
    isReached: existsSync(reached),
    took: new Set(linesOf(took)).size,
    good: globSync("good/**/*.ndjson", { cwd: folder }).flatMap((file) => linesOf(join(folder, file))).length,
    kept: files.map((file) => readFileSync(join(file.parentPath, file.name), "utf8")).join("\n"),
  };
}

/**
 * A thread takes its time to start where the machine has much to do; a limit that is too short for that would hide what
 * the case is about.
 */
function limitsOf({ act, isolation, how, way }: Run): { readonly timeout: number; readonly deadline: number } {
  // In a program the end begins when the case has happened.
  const isSoon = isolation === "inline" || way === "embedded";
  const deadline = how === "once" || act.kind === "work" ? 30_000 : isSoon ? 2_000 : 10_000;
  const isShort = isolation === "inline" || (how === "once" && (act.kind === "hang" || act.kind === "spin"));
  return { timeout: isolation === "inline" ? 1_000 : isShort ? 5_000 : 20_000, deadline };
}

function configOf(one: Run): object {
  const delivery = { isolation: one.isolation, ...limitsOf(one), retry: { min: "5ms", max: "200ms" } };
  return {
    plugins: {
      hostile: { plugin: "./hostile.mjs", params: { token: CANARY }, delivery },
      good: { plugin: "filestore", params: { path: "./good", format: "ndjson" } },
    },
    audits: { default: { stores: ["hostile", "good"] } },
    run: ["default"],
  };
}

function commandOf({ call }: Case): string[] {
  const common = ["-c", "cloudmarker.json", "--state-dir", "state", "--json"];
  if (call === "check") return ["check", ...common];
  return ["write", ...common, ...(call === "explain" ? ["--explain", `${COUNT}`] : []), "records"];
}

function programOf(one: Case): string[] {
  const { call } = one;
  const what = call === "check" || call === "explain" || call === "flush" ? call : "write";
  const isEarly = call === "import" || call === "open" || call === "write";
  const waitFor = what === "explain" || (call === "import" && isInProcess(one)) ? "" : isEarly ? "reached" : "open";
  return [what, `${COUNT}`, waitFor];
}

function run(args: readonly string[], cwd: string): Promise<Pick<Ended, "code" | "signal" | "stdout" | "stderr">> {
  const env = { ...process.env, HOME: cwd, XDG_STATE_HOME: cwd, NO_COLOR: "1" };
  const child = spawn(process.execPath, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  const printed = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (printed.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (printed.stderr += text));
  const limit = setTimeout(() => child.kill("SIGKILL"), LIMIT_MS);
  return new Promise((resolve) => {
    child.once("close", (code, signal) => {
      clearTimeout(limit);
      resolve({ ...printed, code, signal });
    });
  });
}

function linesOf(file: string): string[] {
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
}
