import type { Readable, Writable } from "node:stream";

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
export type Interruption = { readonly signal: "SIGINT" | "SIGTERM" } | { readonly crash: unknown };

/** Everything that the command knows of the process it runs in. Only `main.ts` makes one from `process`. */
export interface World {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** The user's home folder. */
  readonly home: string;
  /**
   * Calls `fn` for every SIGINT and SIGTERM and for every exception that nobody caught, until the function that it returns is
   * called. While nobody listens they end the process as usual.
   */
  onInterruption(fn: (interruption: Interruption) => void): () => void;
}

/** Writes text and resolves when the stream took it; a reader that went away (EPIPE) is nobody's error. */
export function print(stream: Output, text: string): Promise<void> {
  return new Promise((resolve) => {
    stream.write(text, () => {
      resolve();
    });
  });
}
