import type { Readable, Writable } from "node:stream";
import type { PluginCall } from "@cloudmarker/core";
import type { PluginCalls } from "./plugin-calls.ts";

/** Standard input. */
export interface Input extends Readable {
  /** File descriptor, where there is one. */
  readonly fd?: number;
  readonly isTTY?: boolean;
}

/** Standard output or standard error. */
export interface Output extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Why the command should come to an end before its input does. */
export type Interruption = { readonly signal: NodeJS.Signals } | { readonly crash: Crash };

/** An exception that nobody caught. */
export interface Crash {
  /** What was thrown: anything. */
  readonly error: unknown;
  /** The call of a plugin that it comes from, where that is known. */
  readonly during?: PluginCall | undefined;
}

/** Everything that the command knows of the process it runs in. Only `main.ts` makes one from `process`. */
export interface World {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** @throws CloudmarkerError CURRENT_FOLDER_MISSING */
  readonly cwd: string;
  /** The user's home folder. */
  readonly home: string;
  /** The plugins that are being called. */
  readonly calls: PluginCalls;
  /** Tells how secrets are hidden in what plugins throw where nobody catches it. */
  maskBy(mask: (text: string) => string): void;
  /** Calls `fn` from now on for every line that was written to standard output by others than the command, with a name in front. */
  onStray(fn: (line: string) => void): void;
  /**
   * Calls `fn` for every SIGINT, SIGTERM and SIGHUP and for every exception that nobody caught, until what it returns is
   * ended. While nobody listens they end the process as usual.
   */
  onInterruption(fn: (interruption: Interruption) => void): Listening;
}

/** Listening for interruptions. */
export interface Listening {
  /** From now on signals do what they do to any process. */
  leaveSignals(): void;
  /** Leaves exceptions as well. */
  end(): void;
}

/** Writes text and resolves when the stream took it; a reader that went away (EPIPE) is nobody's error. */
export function print(stream: Output, text: string): Promise<void> {
  return new Promise((resolve) => {
    stream.write(text, () => {
      resolve();
    });
  });
}
