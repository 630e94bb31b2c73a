// Inputs that a generator makes, judged by a reader of the test's own (L-02, L-22): no hang, no wrong acceptance, exact
// counts. CLOUDMARKER_INPUT_SEED=N makes other inputs; with CLOUDMARKER_INPUT=M as well, only those of number M.
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import type { Judged, Range } from "./programs/judge-inputs.ts";

/** So many inputs, of some 200 cases each. */
const INPUTS = 250;
const AT_ONCE = 10;

/** The cases of that many inputs take a second or two; a case that hangs is stopped. */
const LIMIT_MS = 120_000;

const { CLOUDMARKER_INPUT_SEED = "11", CLOUDMARKER_INPUT } = process.env;
const seed = Number(CLOUDMARKER_INPUT_SEED);
const only = CLOUDMARKER_INPUT === undefined ? undefined : Number(CLOUDMARKER_INPUT);

test(`generated inputs, seed ${seed}, are read as the reference reads them`, { timeout: 600_000 }, async () => {
  const first = only ?? 0;
  const end = only === undefined ? INPUTS : only + 1;
  const sum = { cases: 0, faulty: 0, refused: 0, cpuMs: 0 };
  const failures: string[] = [];
  for (let from = first; from < end; from += AT_ONCE) {
    const judged = await judgeRange(from, Math.min(end, from + AT_ONCE));
    for (const key of Object.keys(sum) as (keyof typeof sum)[]) sum[key] += judged[key];
    failures.push(...judged.failures);
  }
  const { cases, faulty, refused, cpuMs } = sum;
  const counts = `${cases} generated inputs, ${faulty} of them faulty, ${refused} of those in several lines`;
  process.stdout.write(`\n${counts}; seed ${seed}; ${(cpuMs / 1000).toFixed(1)} s of CPU\n`);
  expect(failures.join("\n\n")).toBe("");
  expect(cases).toBeGreaterThanOrEqual(only === undefined ? 50_000 : 1);
  // To refuse is right now and then only: a line break must have come into a record.
  expect(refused).toBeLessThan(faulty / 200 + 1);
});

async function judgeRange(from: number, to: number): Promise<Judged> {
  const progress = new Int32Array(new SharedArrayBuffer(8));
  const workerData: Range = { seed, from, to, progress };
  const worker = new Worker(new URL("programs/judge-inputs.ts", import.meta.url), { workerData });
  const place = (): string => `seed ${seed}: input ${progress[0]}, case ${progress[1]}`;
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<Judged>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`${place()} was not read within ${LIMIT_MS / 1000} s`)), LIMIT_MS);
      worker.once("message", resolve).once("error", reject);
      // One that waits for nothing any more ends with 13.
      worker.once("exit", (code) => reject(new Error(`${place()} was never read to its end (${code})`)));
    });
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}
