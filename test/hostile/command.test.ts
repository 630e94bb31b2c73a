// Acceptance of issue 11: every hostile store beside a good one, through the real command.
import { expect, test } from "vitest";
import { allRuns, isAboutNode, nameOf } from "./cases.ts";
import { isOtherNode } from "../support/other-node.ts";
import { faultsOf } from "./judge.ts";
import { runCase } from "./run-case.ts";

const RUNS = allRuns().filter((run) => run.way === "command" && (!isOtherNode || isAboutNode(run)));

test.concurrent.each(RUNS.map((run) => [nameOf(run), run] as const))("%s", async (_, run) => {
  expect(faultsOf(run, await runCase(run))).toEqual([]);
});
