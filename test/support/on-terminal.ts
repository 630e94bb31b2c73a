import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { assertReadable } from "./readable.ts";
import { Screen } from "./screen.ts";

const BIN = fileURLToPath(new URL("../../packages/cli/bin/cloudmarker.js", import.meta.url));

/** A text that the terminal shows, and the keys that are pressed when it does. */
export type Step = readonly [shown: string, keys: string];

/** Key codes. */
export const DOWN = "\u001B[B";
export const ENTER = "\r";

/** How a command is run on a terminal. */
export interface TerminalOptions {
  /** Its folder, which is its home folder too. */
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** @default 80 */
  readonly columns?: number;
  /** @default 24 */
  readonly rows?: number;
  /** Called with all that was printed so far, each time that more comes. What it returns is typed. */
  readonly type?: (printed: string) => string | undefined;
}

/** What a command left on a terminal. */
export interface Shown {
  readonly code: number | null;
  /** What was printed, with its control sequences. */
  readonly printed: string;
  readonly screen: Screen;
}

/** Runs a line of the shell on a pseudo-terminal; `cloudmarker` in it is the real command. */
export async function runOnTerminal(line: string, options: TerminalOptions): Promise<Shown> {
  const { cwd, columns = 80, rows = 24, type } = options;
  const shell = `stty cols ${columns} rows ${rows}; cloudmarker() { '${process.execPath}' '${BIN}' "$@"; }; ${line}`;
  const env = { PATH: process.env["PATH"], HOME: cwd, XDG_STATE_HOME: cwd, TERM: "xterm-256color", SHELL: "/bin/sh" };
  // One that never ends would outlive the test.
  const limits = { timeout: 50_000, killSignal: "SIGKILL" } as const;
  const child = spawn("script", ["-qec", shell, "/dev/null"], { cwd, env: { ...env, ...options.env }, ...limits });
  const screen = new Screen(columns, rows);
  let printed = "";
  child.stdin.on("error", () => undefined);
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
    screen.write(text);
    const keys = type?.(printed);
    if (keys !== undefined) child.stdin.write(keys);
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  await screen.settled();
  assertReadable([line], ...screen.lines());
  return { code, printed, screen };
}

/** Runs the real command on a pseudo-terminal, and answers what it asks. */
export async function onTerminal(
  args: readonly string[],
  cwd: string,
  steps: readonly Step[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly shown: string; readonly code: number | null; readonly missed: readonly Step[] }> {
  const missed = [...steps];
  let seen = 0;
  const type = (printed: string): string | undefined => {
    const [next] = missed;
    if (!next || !printed.includes(next[0], seen)) return undefined;
    missed.shift();
    seen = printed.length;
    return next[1];
  };
  const line = ["cloudmarker", ...args.map((word) => `'${word}'`)].join(" ");
  const { printed, code } = await runOnTerminal(line, { cwd, type, env: { TERM: "xterm", NO_COLOR: "1", ...env } });
  return { shown: printed, code, missed };
}
