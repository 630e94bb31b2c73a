import { EXIT } from "@cloudmarker/core";

/** The part of Node's process that decides its exit code. */
export interface ExitingProcess {
  exitCode?: number | string | null | undefined;
  /**
   * `process.exit` calls this at its end, after every listener of `exit`. It is undocumented, but has existed as long
   * as `process.exit`.
   */
  reallyExit(code: number): never;
  on(event: "exit", fn: () => void): unknown;
}

/**
 * Makes the exit code right: it is the code of the result, and 70 without a result. Code that calls `process.exit`,
 * sets `process.exitCode`, or leaves the event loop with nothing to do cannot change it.
 * @param unfinished called when the process ends without a result, with the place in the code that ended it. The place
 * is undefined if no code ended it and nothing was left to wait for. It must do its work before it returns.
 * @returns a function to call with the exit code when there is a result
 */
export function guardExit(
  process: ExitingProcess,
  unfinished: (place: string | undefined) => void,
): (code: number) => void {
  const leave = process.reallyExit.bind(process);
  let result: number | undefined;
  const end = (): never => {
    if (result === undefined) {
      result = EXIT.SOFTWARE;
      unfinished(placeOfCaller());
    }
    return leave(result);
  };
  process.exitCode = EXIT.SOFTWARE;
  process.reallyExit = end;
  process.on("exit", () => {
    if (result === undefined) end();
  });
  return (code) => {
    result = code;
  };
}

/** `file:line:col` of the first code on the stack that is neither this file's nor Node's. */
export function placeOfCaller(): string | undefined {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 50;
  const stack = new Error("where").stack ?? "";
  Error.stackTraceLimit = stackTraceLimit;
  return placeIn(stack, import.meta.url);
}

function placeIn(stack: string, ownUrl: string): string | undefined {
  for (const line of stack.split("\n").slice(1)) {
    const place = /(?:^\s+at (?:async )?|\()((?:file:|\/|[A-Za-z]:\\)[^()]*:\d+:\d+)\)?$/u.exec(line)?.[1];
    if (place !== undefined && !place.startsWith(ownUrl)) return place.replace(/^file:\/\//u, "");
  }
  return undefined;
}
