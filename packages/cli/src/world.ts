import type { Readable, Writable } from "node:stream";
import type { PluginCall } from "@cloudmarker/core";
import type { PluginCalls } from "./plugin-calls.ts";

/** Standard input. */
export interface Input extends Readable {
  /** File descriptor, if there is one. */
  readonly fd?: number;
  readonly isTTY?: boolean;
}

/** Standard output or standard error. */
export interface Output extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Why the command should end before its input does. */
export type Interruption = { readonly signal: NodeJS.Signals } | { readonly crash: Crash };

/** An uncaught exception. */
export interface Crash {
  /** The thrown value: anything. */
  readonly error: unknown;
  /** The call of a plugin that it comes from, if known. */
  readonly during?: PluginCall | undefined;
}

/** All that the command knows of the process. Only `main.ts` makes one from `process`. */
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
  /** Sets how secrets are hidden in what plugins throw uncaught. */
  maskBy(mask: (text: string) => string): void;
  /**
   * Calls `fn` from now on for every line that others than the command write to standard output, with a name in front.
   */
  onStray(fn: (line: string) => void): void;
  /**
   * Calls `fn` for every SIGINT, SIGTERM and SIGHUP and for every uncaught exception, until the returned object ends
   * it. Without a listener these end the process as usual.
   */
  onInterruption(fn: (interruption: Interruption) => void): Listening;
}

/** Listening for interruptions. */
export interface Listening {
  /** From now on signals have their usual effect on the process. */
  leaveSignals(): void;
  /** Leaves exceptions as well. */
  end(): void;
}

/** Writes text and resolves when the stream took it. If the reader is gone (EPIPE), that is not an error. */
export function print(stream: Output, text: string): Promise<void> {
  return new Promise((resolve) => {
    stream.write(text, () => {
      resolve();
    });
  });
}
