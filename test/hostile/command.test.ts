// Acceptance of issue 11: every hostile store beside a good one, through the real command.
import { expect, test } from "vitest";
import { allRuns, nameOf } from "./cases.ts";
import { faultsOf } from "./judge.ts";
import { runCase } from "./run-case.ts";

const RUNS = allRuns().filter(({ way }) => way === "command");

test.concurrent.each(RUNS.map((run) => [nameOf(run), run] as const))("%s", async (_, run) => {
  expect(faultsOf(run, await runCase(run))).toEqual([]);
});
