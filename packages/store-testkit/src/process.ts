import { fork } from "node:child_process";
import type { HostOptions, StoreReceipt } from "@cloudmarker/core";
import { besideUs } from "./beside-us.ts";

/** What a process is to do; JSON can hold it. */
export interface ChildOrder {
  /**
   * `end`: one short run. `check`: open, check and close. `killed`: writes and flushes until it is killed. `much`: 20
   * times the bytes of the queue.
   */
  readonly task: "end" | "check" | "killed" | "much";
  readonly options: HostOptions;
  /** Path of the module of the store. */
  readonly module: string;
  readonly namespace: string;
  /** What the queue holds. */
  readonly bytes: number;
}

/** What a process says of itself. */
export type ChildReport =
  | { readonly kind: "flushed"; readonly count: number }
  | { readonly kind: "memory"; readonly bytes: number }
  /** Globals and process-wide handlers that are new. */
  | { readonly kind: "changed"; readonly what: readonly string[] }
  | { readonly kind: "done"; readonly store: StoreReceipt | undefined }
  | { readonly kind: "failed"; readonly why: string }
  | { readonly kind: "alive"; readonly what: readonly string[] };

/** A process that has ended. */
export interface Ended {
  readonly reports: readonly ChildReport[];
  /** Why it ended otherwise than by itself, or what it printed when it crashed. */
  readonly crash: string | undefined;
}

/** The argument of such a process: whoever only imports its program gets nothing done. */
export const CHILD = "a process of the store testkit";

/** No task takes so long. */
const LIMIT_MS = 60_000;

/**
 * Runs a task in a process of its own.
 * @param flushed called when so many records are flushed: `true` kills it
 */
export function runChild(order: ChildOrder, flushed: (count: number) => boolean = () => false): Promise<Ended> {
  // The runner that this process belongs to is none of the child's business.
  const { NODE_OPTIONS: _, NODE_TEST_CONTEXT: _context, ...env } = process.env;
  const child = fork(besideUs("child"), [CHILD], {
    env,
    execArgv: ["--expose-gc"],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  // Not as an argument: there may be secrets in it, and arguments are listed for everyone.
  child.send(order, () => undefined);
  const reports: ChildReport[] = [];
  let printed = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (printed = (printed + text).slice(-2000)));
  child.on("message", (report: ChildReport) => {
    reports.push(report);
    if (report.kind === "flushed" && flushed(report.count)) child.kill("SIGKILL");
  });
  const limit = setTimeout(() => child.kill("SIGKILL"), LIMIT_MS);
  return new Promise((resolve, reject) => {
    child.on("error", reject).on("close", (code, signal) => {
      clearTimeout(limit);
      const why = signal === null ? `it ended with the code ${code}` : `it was ended by ${signal}`;
      resolve({ reports, crash: code === 0 ? undefined : `${why} ${printed}`.trim() });
    });
  });
}
