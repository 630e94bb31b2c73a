// Judges the cases of a range of inputs. In a thread of its own, so that one that never comes back can be ended.
import { parentPort, workerData } from "node:worker_threads";
import { casesOf } from "../cases.ts";
import { judge } from "../judge.ts";

/** What the thread is to do. */
export interface Range {
  readonly seed: number;
  readonly from: number;
  readonly to: number;
  /** The input and the case of it that is being judged. */
  readonly progress: Int32Array;
}

/** What it says when it is done. */
export interface Judged {
  readonly cases: number;
  /** Those with a fault, and those of them in which the reader would not guess what is a line. */
  readonly faulty: number;
  readonly refused: number;
  readonly failures: readonly string[];
  /** Milliseconds of the processor. */
  readonly cpuMs: number;
}

const MOST_FAILURES = 3;

const { seed, from, to, progress } = workerData as Range;
const failures: string[] = [];
let cases = 0;
let faulty = 0;
let refused = 0;
for (let number = from; number < to; number++) {
  Atomics.store(progress, 0, number);
  let index = 0;
  for (const one of casesOf(seed, number)) {
    Atomics.store(progress, 1, index++);
    cases++;
    let said: string | undefined;
    try {
      const { wrong, isFaulty, isRefused } = await judge(one);
      said = wrong;
      if (isFaulty) faulty++;
      if (isRefused) refused++;
    } catch (error) {
      said = `thrown: ${error instanceof Error ? error.stack : String(error)}`;
    }
    if (said !== undefined && failures.length < MOST_FAILURES) {
      const how = `chunks end at ${one.cuts.slice(0, 20).join()}${one.skips ? ", bad lines skipped" : ""}`;
      failures.push(
        `input ${number}, case ${index - 1}: ${one.what}; ${how}\n  ${said}\n  ${one.bytes.toString("base64").slice(0, 2_000)}`,
      );
    }
  }
}
const { user, system } = process.threadCpuUsage();
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is not a window
parentPort?.postMessage({ cases, faulty, refused, failures, cpuMs: (user + system) / 1000 } satisfies Judged);
