// Acceptance of issue 11: every hostile store beside a good one, in a program that embeds the host.
import { expect, test } from "vitest";
import { allCases, allRuns, isAboutNode, nameOf } from "./cases.ts";
import { isOtherNode } from "../support/other-node.ts";
import { faultsOf } from "./judge.ts";
import { runCase } from "./run-case.ts";

const RUNS = allRuns().filter((run) => run.way === "embedded" && (!isOtherNode || isAboutNode(run)));

test("no case is left out", () => {
  const names = new Set(allRuns().map(nameOf));
  expect(allCases().filter((one) => !names.has(nameOf(one)))).toEqual([]);
  expect(names.size).toBeGreaterThan(200);
});

test.concurrent.each(RUNS.map((run) => [nameOf(run), run] as const))("%s", async (_, run) => {
  expect(faultsOf(run, await runCase(run))).toEqual([]);
});
