// A small part of what kill-rounds.ts and kill-calls.ts do, always the same (issue 14).
import { describe, expect, test } from "vitest";
import { Random } from "../inputs/random.ts";
import { isOtherNode } from "../support/other-node.ts";
import { canTrace } from "./kills/process.ts";
import { killForget, killPurge, killReplay } from "./kills/letters.ts";
import { killRound, type Plan } from "./kills/round.ts";
import { SCENARIOS } from "./kills/scenarios.ts";

const RECORDS = Array.from({ length: 1200 }, (_, n) => ({ finding: `check ${n}`, text: "x".repeat(n) }));

const ROUNDS = SCENARIOS.map((scenario, seed) => ({ ...scenario, seed }));

test.each(isOtherNode ? ROUNDS.filter(({ input }) => input === "file") : ROUNDS)(
  "$name, from a $input: a run that is killed and resumed loses nothing of a file, and has nothing twice",
  async ({ seed, ...scenario }) => {
    const { problems, story } = await killRound(scenario, new Random(seed), RECORDS, { isTimed: false });
    expect(problems.length > 0 ? [...problems, ...story] : []).toEqual([]);
  },
);

/**
 * Calls for files of the state folder: while they are made, while records are committed, and while they are removed.
 */
const CALLS = [
  ["openat", 3],
  ["pwrite64", 9],
  ["fsync", 2],
  ["unlink", 1],
  ["fcntl", 4],
] as const;
const AWAY = { mood: { paceMs: 0, hangsAt: 2 }, deadline: "300ms" };

describe.runIf(canTrace)("Elasticsearch, from a file: a kill at a call for a file of the state folder", () => {
  const [scenario] = SCENARIOS;
  const problemsOf = async (plan: Plan): Promise<readonly string[]> => {
    if (!scenario) throw new Error("There is no such scenario.");
    const { problems, story } = await killRound(scenario, new Random(1), RECORDS, { isTimed: false, plan });
    return problems.length > 0 ? [...problems, ...story] : [];
  };

  test.each(CALLS)("the %s with number %i of a write", async (call, n) => {
    expect(await problemsOf({ write: { at: "call", call, n }, ...AWAY })).toEqual([]);
  });

  test.each(CALLS)("the %s with number %i of a resume of a run that was killed", async (call, n) => {
    const plan = { write: { at: "record", n: 1000 }, resume: { at: "call", call, n }, ...AWAY } as const;
    expect(await problemsOf(plan)).toEqual([]);
  });
});

describe.runIf(canTrace)("a replay that is killed, and repeated: none is lost, none is twice", () => {
  const points = [
    ["as the server gets a request", { at: "request", n: 4 }],
    ["as letters are marked", { at: "call", call: "pwrite64", n: 9 }],
    ["as the marks are made durable", { at: "call", call: "fsync", n: 3 }],
  ] as const;
  test.each(points)("%s, and so is its repetition", async (_when, point) => {
    expect(await killReplay(RECORDS.slice(0, 600), [point, point])).toMatchObject({ lost: 0, twice: 0, problems: [] });
  });
});

const calls = (points: readonly (readonly [call: string, n: number])[]) =>
  points.map(([call, n]) => [call, n, { at: "call", call, n }] as const);

describe.runIf(canTrace)("a command that is killed at a call for a file of the state folder, and repeated", () => {
  test.each(
    calls([
      ["pwrite64", 9],
      ["rename", 1],
      ["unlink", 1],
    ]),
  )("runs forget, at the %s with number %i: each record is a dead letter once", async (_call, _n, point) => {
    expect(await killForget(RECORDS.slice(0, 600), [point])).toMatchObject({ kills: 1, problems: [] });
  });

  test.each(
    calls([
      ["pwrite64", 9],
      ["fsync", 1],
    ]),
  )("dead-letters purge, at the %s with number %i: the others stay", async (_call, _n, point) => {
    expect(await killPurge(RECORDS.slice(0, 600), [point])).toMatchObject({ kills: 1, problems: [] });
  });
});
