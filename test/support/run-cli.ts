import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { assertReadable } from "./readable.ts";

const BIN = fileURLToPath(new URL("../../packages/cli/bin/cloudmarker.js", import.meta.url));

/** What the command printed, and how it ended. */
export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  /** Without {@link CliResult.named}. */
  readonly stderr: string;
  /** The line that names the run. */
  readonly named: string;
}

/**
 * Runs the real command in a process of its own, in `cwd`, with a home folder and a state folder that are `cwd` too.
 */
export async function runCli(
  args: readonly string[],
  cwd: string,
  input: string | Uint8Array = "",
  more: Readonly<Record<string, string>> = {},
): Promise<CliResult> {
  const env = { ...process.env, HOME: cwd, XDG_STATE_HOME: cwd, NO_COLOR: "1", ...more };
  const child = spawn(process.execPath, [BIN, ...args], { cwd, env });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  // The command may end before it has read everything; that is for the test to judge.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  assertReadable(args, stdout, stderr);
  const [named = ""] = /^Run \S+\. If it is interrupted: .*\n/mu.exec(stderr) ?? [];
  return { code, stdout, stderr: stderr.replace(named, ""), named };
}
