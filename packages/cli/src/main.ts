/** The entry: the only module that touches `process`. */
import { homedir } from "node:os";
import { version } from "./version.ts";
import type { Interruption, World } from "./world.ts";

const { argv, env, stderr, stdout } = process;
const args = argv.slice(2);

if (args.length === 1 && (args[0] === "-v" || args[0] === "--version")) {
  // Before anything else is imported: scripts ask often.
  stdout.write(`${version()}\n`);
} else {
  await main();
}

async function main(): Promise<void> {
  let outputFailed = false;
  const listeners = new Set<(interruption: Interruption) => void>();

  // A reader that went away (`| head`) must cost no record; a full disk under `> receipt.txt` shows in the exit code.
  const onOutputError = (error: NodeJS.ErrnoException): void => {
    if (error.code !== "EPIPE") outputFailed = true;
  };
  stdout.on("error", onOutputError);
  stderr.on("error", onOutputError);

  process.on("uncaughtException", (crash) => {
    if (listeners.size === 0) {
      stderr.write(`cloudmarker: ${crash.stack ?? crash.message}\n`);
      process.exit(70);
    }
    for (const listener of listeners) listener({ crash });
  });

  const onInterruption = (fn: (interruption: Interruption) => void): (() => void) => {
    const onSignal = (signal: NodeJS.Signals): void => fn({ signal: signal as "SIGINT" | "SIGTERM" });
    process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
    listeners.add(fn);
    return () => {
      process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
      listeners.delete(fn);
    };
  };

  const world: World = {
    // A getter: opening standard input has side effects, and most commands do not read it.
    get stdin() {
      return process.stdin;
    },
    stdout,
    stderr,
    env,
    cwd: process.cwd(),
    home: homedir(),
    onInterruption,
  };
  const { run } = await import("./run.ts");
  // V8 lets its young generation grow for as long as a run lasts; held at the size that starting took, a long run needs no more
  // memory than a short one, and is no slower.
  process.getBuiltinModule("v8").setFlagsFromString("--semi-space-growth-factor=1");
  const code = await run(args, world);
  // Explicit, since a plugin's forgotten timer or socket must not keep a finished command alive.
  process.exit(code === 0 && outputFailed ? 1 : code);
}
