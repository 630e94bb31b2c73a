import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../../packages/cli/bin/cloudmarker.js", import.meta.url));

/** A text that the terminal shows, and the keys that are pressed when it does. */
export type Step = readonly [shown: string, keys: string];

/** Key codes. */
export const DOWN = "\u001B[B";
export const ENTER = "\r";

/** Runs the real command on a pseudo-terminal, in `cwd`, which is its home folder too. */
export async function onTerminal(
  args: readonly string[],
  cwd: string,
  steps: readonly Step[],
): Promise<{ readonly shown: string; readonly code: number | null; readonly missed: readonly Step[] }> {
  const command = [process.execPath, BIN, ...args].map((word) => `'${word}'`).join(" ");
  // One that never ends would outlive the test.
  const timeout = 50_000;
  const env = { PATH: process.env["PATH"], HOME: cwd, XDG_STATE_HOME: cwd, TERM: "xterm", NO_COLOR: "1" };
  const child = spawn("script", ["-qec", command, "/dev/null"], { cwd, env, timeout, killSignal: "SIGKILL" });
  const missed = [...steps];
  let shown = "";
  let seen = 0;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    shown += text;
    const [next] = missed;
    if (!next || !shown.includes(next[0], seen)) return;
    missed.shift();
    seen = shown.length;
    child.stdin.write(next[1]);
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { shown, code, missed };
}
