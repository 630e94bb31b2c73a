/** The entry: the only module that touches `process`. */
import { version } from "./version.ts";
import type { Interruption, Listening, World } from "./world.ts";

const { argv, env, stderr, stdout } = process;
const args = argv.slice(2);

/** SIGHUP: the terminal was closed. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

let outputError: Error | undefined;
// If the reader is gone (`| head`), no record may be lost. A full disk under `> receipt.txt` changes the exit code.
const onOutputError = (error: NodeJS.ErrnoException): void => {
  if (error.code !== "EPIPE") outputError ??= error;
};
stdout.on("error", onOutputError);
stderr.on("error", onOutputError);

if (args.length === 1 && /^(?:-v|--version|version)$/u.test(args[0] ?? "")) {
  // Before anything else is imported, since scripts ask for the version often.
  stdout.write(`${version()}\n`);
  await flushed();
  if (outputError) process.exitCode = 1;
} else {
  await main();
}

/** Waits until standard output took everything, and reports a failure. */
async function flushed(): Promise<void> {
  await new Promise<unknown>((resolve) => stdout.write("", resolve));
  if (!outputError) return;
  const { systemText } = await loadCommand();
  stderr.write(`error: the output cannot be written: ${systemText(outputError)}\n`);
}

/** Finding the place of a syntax error in a plugin makes Node warn that this function is experimental. */
function hideOwnWarning(): void {
  const emitWarning = process.emitWarning.bind(process) as (...given: unknown[]) => void;
  process.emitWarning = (...given: unknown[]): void => {
    if (!String(given[0]).startsWith("stripTypeScriptTypes ")) emitWarning(...given);
  };
}

/**
 * Node keeps the compiled code of a module as it is before anything of it runs, and V8 compiles most functions when
 * they are called: each start would compile again what it calls. So all functions are compiled with their module, where
 * that is kept.
 */
function loadCommand(): Promise<typeof import("./command.ts")> {
  const isKept = process.getBuiltinModule("module").getCompileCacheDir() !== undefined;
  const v8 = process.getBuiltinModule("v8");
  if (isKept) v8.setFlagsFromString("--no-lazy");
  // Compiles all that it imports before it returns (Node 22: later, as if nothing were set), and runs it later. Modules
  // of Node come compiled, for the usual flags.
  const loading = import("./command.ts");
  if (isKept) v8.setFlagsFromString("--lazy");
  return loading;
}

async function main(): Promise<void> {
  const { currentFolder, homeFolder, run, watchProcess } = await loadCommand();
  const watch = watchProcess(process, {
    json: args.includes("--json"),
    debug: args.includes("--debug") || args.includes("--verbose"),
  });
  const listeners = new Set<(interruption: Interruption) => void>();
  hideOwnWarning();

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
    // Read once, since a plugin may change the current folder.
    get cwd() {
      return (cwd ??= currentFolder());
    },
    home: homeFolder(),
    calls: watch.calls,
    onInterruption,
    onStray: watch.onStray,
    maskBy: watch.maskBy,
  };
  // V8 lets its young generation grow during a long run. With this limit a long run needs no more memory than a short
  // one, and is not slower.
  process.getBuiltinModule("v8").setFlagsFromString("--semi-space-growth-factor=1");
  const code = await run(args, world);
  await flushed();
  // Exits explicitly, since a plugin's forgotten timer or socket must not keep a finished command alive.
  await watch.end(code === 0 && outputError ? 1 : code);
}
