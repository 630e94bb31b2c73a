import { homedir, userInfo } from "node:os";
import perf from "node:perf_hooks";
import type { Clock, LogFields, Logger } from "@cloudmarker/store-api";
import { systemClock } from "./clock.ts";
import { errorOf } from "./errors/error-of.ts";
import { type AroundCall, callPlainly } from "./plugin-call.ts";
import { isThenable } from "./realms.ts";

/** Everything that the host gets from its environment. */
export interface World {
  readonly cwd: string;
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
  readonly clock: Clock;
  /** 0 to 1, for the jitter of the back-off. */
  readonly random: () => number;
  /** For how long the event loop has had nothing to do since the process began, in milliseconds. */
  readonly idleMs: () => number;
  /** Wraps the calls of plugins. */
  readonly around: AroundCall;
}

type Given = { readonly [Name in Exclude<keyof World, "idleMs">]?: World[Name] | undefined };

/** Calls a function in a given asynchronous context. */
export type InContext = <Args extends unknown[], T>(fn: (...args: Args) => T, ...args: Args) => T;

const silent: Logger = { debug: noop, info: noop, warn: noop, error: noop };

/**
 * The only place in this package that reads from the process: it gives the defaults of options that the embedding tool
 * did not set.
 * @param logFailed called for each line that the logger could not write
 * @param here calls the logger
 */
export function worldOf(given: Given, logFailed: (cause: unknown) => void, here: InContext): World {
  return {
    cwd: given.cwd ?? currentFolder(),
    home: given.home ?? homeFolder(),
    env: given.env ?? process.env,
    logger: given.logger ? sturdy(given.logger, logFailed, here) : silent,
    clock: given.clock ?? systemClock,
    random: given.random ?? Math.random,
    idleMs: () => perf.performance.eventLoopUtilization().idle,
    around: given.around ?? callPlainly,
  };
}

/**
 * The user's home folder: the value of `HOME`, else the system's answer, else the root, so that the current folder is
 * never searched.
 */
export function homeFolder(): string {
  try {
    return homedir() || userInfo().homedir;
  } catch {
    return "/";
  }
}

/** The user id of files that the process creates; undefined on Windows. */
export function userId(): number | undefined {
  return process.geteuid?.();
}

/** Whether the process may start threads: with `--permission` it needs `--allow-worker`. */
export function mayStartThreads(): boolean {
  // Without `--permission`, Node has no `process.permission`.
  return (process.permission as NodeJS.ProcessPermission | undefined)?.has("worker") !== false;
}

/**
 * The current folder of the process.
 * @throws CloudmarkerError CURRENT_FOLDER_MISSING if it was removed, or if a folder above it may not be read
 */
export function currentFolder(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw errorOf("CURRENT_FOLDER_MISSING", "missing", {}, { cause });
  }
}

/** A logger that cannot fail: an error or a rejected promise of the given logger is reported, and the run goes on. */
function sturdy(logger: Logger, failed: (cause: unknown) => void, here: InContext): Logger {
  const safe = (level: keyof Logger) => (message: string, fields?: LogFields) => {
    try {
      const result: unknown = here(() => logger[level](message, fields));
      if (isThenable(result)) result.then(undefined, failed);
    } catch (cause) {
      failed(cause);
    }
  };
  return { debug: safe("debug"), info: safe("info"), warn: safe("warn"), error: safe("error") };
}

function noop(): void {}
