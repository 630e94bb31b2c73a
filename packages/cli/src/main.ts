/** The entry: the only module that touches `process`. */
import { version } from "./version.ts";
import type { Interruption, Listening, World } from "./world.ts";

const { argv, env, stderr, stdout } = process;
const args = argv.slice(2);

/** SIGHUP: the terminal was closed. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

let outputError: Error | undefined;
// A reader that went away (`| head`) must cost no record; a full disk under `> receipt.txt` shows in the exit code.
const onOutputError = (error: NodeJS.ErrnoException): void => {
  if (error.code !== "EPIPE") outputError ??= error;
};
stdout.on("error", onOutputError);
stderr.on("error", onOutputError);

if (args.length === 1 && (args[0] === "-v" || args[0] === "--version")) {
  // Before anything else is imported: scripts ask often.
  stdout.write(`${version()}\n`);
  await flushed();
  if (outputError) process.exitCode = 1;
} else {
  await main();
}

/** Waits until standard output took everything, and says so where it does not. */
async function flushed(): Promise<void> {
  await new Promise<unknown>((resolve) => stdout.write("", resolve));
  if (outputError) stderr.write(`cloudmarker: the output cannot be written: ${outputError.message}\n`);
}

async function main(): Promise<void> {
  const { currentFolder, homeFolder, run, watchProcess } = await import("./command.ts");
  const watch = watchProcess(process, { json: args.includes("--json"), debug: args.includes("--debug") });
  const listeners = new Set<(interruption: Interruption) => void>();

  process.on("uncaughtException", (error: unknown) => {
    if (listeners.size === 0) watch.crashed(error);
    for (const listener of listeners) listener({ crash: { error, during: watch.calls.running } });
  });

  const onInterruption = (fn: (interruption: Interruption) => void): Listening => {
    const onSignal = (signal: NodeJS.Signals): void => fn({ signal });
    for (const signal of SIGNALS) process.on(signal, onSignal);
    listeners.add(fn);
    const leaveSignals = (): void => {
      for (const signal of SIGNALS) process.off(signal, onSignal);
    };
    const end = (): void => {
      leaveSignals();
      listeners.delete(fn);
    };
    return { leaveSignals, end };
  };

  let cwd: string | undefined;
  const world: World = {
    // A getter: opening standard input has side effects, and most commands do not read it.
    get stdin() {
      return watch.takeInput();
    },
    stdout,
    stderr,
    env,
    // Asked once: a plugin may go elsewhere.
    get cwd() {
      return (cwd ??= currentFolder());
    },
    home: homeFolder(),
    calls: watch.calls,
    onInterruption,
    onStray: watch.onStray,
    maskBy: watch.maskBy,
  };
  // V8 lets its young generation grow for as long as a run lasts; held at the size that starting took, a long run needs no more
  // memory than a short one, and is no slower.
  process.getBuiltinModule("v8").setFlagsFromString("--semi-space-growth-factor=1");
  const code = await run(args, world);
  await flushed();
  // Explicit, since a plugin's forgotten timer or socket must not keep a finished command alive.
  await watch.end(code === 0 && outputError ? 1 : code);
}
