import { writeSync } from "node:fs";
import { Readable } from "node:stream";
import { EXIT, messageOf } from "@cloudmarker/core";
import { errorToJson, renderError } from "./render/error.ts";
import { colorsFor } from "./render/text.ts";
import { guardExit, placeOfCaller } from "./exit-guard.ts";
import { nameOf, PluginCalls } from "./plugin-calls.ts";
import { leaveStuckThreads } from "./stuck-threads.ts";
import { StrayLines, StrayOutput } from "./stray-output.ts";
import { type Ending, unfinished } from "./unfinished.ts";

/** How the command sees and guards the process that it shares with plugins. */
export interface ProcessWatch {
  readonly calls: PluginCalls;
  /**
   * Standard input, for the command alone: from the first call on, `process.stdin` is a replacement that is at its end.
   */
  takeInput(): NodeJS.ReadStream;
  /** Ends the process with a result. */
  readonly end: (code: number) => Promise<never>;
  /**
   * Takes an exception that came when no code could finish the run. Ends the process without a result, if there is none
   * yet.
   */
  readonly crashed: (error: unknown) => never;
  /** Hides secrets in what plugins throw, once the secrets are known. */
  maskBy(mask: (text: string) => string): void;
  /**
   * Passes on lines that others than the command wrote to standard output. Standard error takes them while there is no
   * listener.
   */
  onStray(fn: (line: string) => void): void;
}

/** How the command was called. */
export interface Called {
  /** The result is expected as one JSON document. */
  readonly json: boolean;
  readonly debug: boolean;
}

/**
 * Guards the exit code, standard output and standard input against plugins. Call it before any of them is imported:
 * from here on `process.stdout` is a replacement.
 */
export function watchProcess(process: NodeJS.Process, { json, debug }: Called): ProcessWatch {
  const { stderr, env } = process;
  const calls = new PluginCalls();
  let tellStray = (line: string): void => void stderr.write(`${line}\n`);
  let mask: (text: string) => string = String;
  const strays = new StrayLines((line, whose) => tellStray(`[${whose ?? "a plugin"}] ${line}`));
  const whose = (): string | undefined =>
    calls.running ? nameOf(calls.running) : placeOfCaller()?.replace(/:\d+:\d+$/u, "");
  const stdout = new StrayOutput(strays, whose);
  Object.defineProperty(process, "stdout", { configurable: true, enumerable: true, get: () => stdout });

  const tell = (ending: Omit<Ending, "underWay" | "running">): void => {
    strays.flush();
    const error = unfinished({ ...ending, running: calls.running, underWay: calls.underWay }, mask);
    if (json) writeNow(1, `${JSON.stringify(errorToJson(error, error.exit), undefined, 2)}\n`);
    writeNow(2, renderError(error, colorsFor(stderr, env), debug));
  };
  const settle = guardExit(process as unknown as Parameters<typeof guardExit>[0], (place) => tell({ place }));
  let result: number | undefined;
  let input: NodeJS.ReadStream | undefined;
  return {
    calls,
    takeInput() {
      if (!input) {
        input = process.stdin;
        const standIn = Readable.from([]);
        Object.defineProperty(process, "stdin", { configurable: true, enumerable: true, get: () => standIn });
      }
      return input;
    },
    async end(code) {
      strays.flush();
      settle((result = code));
      await leaveStuckThreads(process, code);
      return process.exit(code);
    },
    crashed(error) {
      // The result was printed: what a plugin throws while the process ends does not change it.
      if (result !== undefined)
        writeNow(2, `cloudmarker: an exception after the end of the run: ${mask(messageOf(error))}\n`);
      else tell({ crash: { error } });
      settle((result ??= EXIT.SOFTWARE));
      return process.exit(result);
    },
    maskBy(fn) {
      mask = fn;
    },
    onStray(fn) {
      tellStray = fn;
    },
  };
}

/**
 * Writes without the event loop, which will not turn again. What cannot be written is dropped, since no one could be
 * told.
 */
function writeNow(fd: number, text: string): void {
  let rest: Uint8Array = Buffer.from(text);
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let tries = 0; rest.length > 0 && tries < 100; tries++) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return;
      // A pipe with a slow reader.
      Atomics.wait(pause, 0, 0, 10);
    }
  }
}
