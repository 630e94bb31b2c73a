// Kills the command at each call to the system that changes something in the state folder, resumes the run or repeats
// the command, and counts what the store has (issue 14):
//   node test/faults/kill-calls.ts [--phase TEXT] [--most 40] [--only CALL] [--store TEXT]
import { parseArgs } from "node:util";
import { Random } from "../inputs/random.ts";
import { CALLS, type KillPoint } from "./kills/process.ts";
import { killForget, killPurge, killReplay, type LettersResult } from "./kills/letters.ts";
import { killRound, type Plan } from "./kills/round.ts";
import { SCENARIOS } from "./kills/scenarios.ts";
import { GOOD } from "./kills/target.ts";

const print = (text: string): boolean => process.stdout.write(`${text}\n`);
const { values } = parseArgs({
  options: {
    phase: { type: "string", default: "" },
    most: { type: "string", default: "40" },
    only: { type: "string" },
    store: { type: "string", default: "Elasticsearch, file" },
  },
});

const RECORDS = Array.from({ length: 600 }, (_, n) => ({ finding: `check ${n}`, text: "x".repeat(500) }));
type Circumstances = Pick<Plan, "mood" | "deadline">;

/** The store answers once, so that there is a journal. */
const AWAY: Circumstances = { mood: { paceMs: 0, hangsAt: 2 }, deadline: "400ms" };

/** The store answers, so that the run is over and its claim is removed. */
const THERE: Circumstances = { mood: GOOD, deadline: "30s" };

type Point = Extract<KillPoint, { at: "call" }>;

/** How often processes are killed if there is such a call, and what is done. */
type Phase = readonly [kills: number, play: (point: Point) => Promise<LettersResult>];

const scenario = SCENARIOS.find(({ name, input }) => `${name}, ${input}` === values.store);

async function play(plan: Omit<Plan, keyof Circumstances>, n: number, circumstances = AWAY): Promise<LettersResult> {
  if (!scenario) throw new Error(`There is no ${values.store}.`);
  const result = await killRound(scenario, new Random(n), RECORDS, {
    isTimed: false,
    plan: { ...plan, ...circumstances },
  });
  const { problems, story } = result;
  return { ...result, problems: problems.length > 0 ? [...problems, ...story] : [] };
}

const PHASES: Readonly<Record<string, Phase>> = {
  write: [1, (point) => play({ write: point }, point.n)],
  "write of a run that is over at its end": [1, (point) => play({ write: point }, point.n, THERE)],
  "resume of a killed run": [2, (point) => play({ write: { at: "record", n: 500 }, resume: point }, point.n)],
  "resume of what was left": [1, (point) => play({ write: { at: "record", n: Infinity }, resume: point }, point.n)],
  "write, and its resume": [2, (point) => play({ write: point, resume: point }, point.n)],
  replay: [1, (point) => killReplay(RECORDS, [point])],
  "replay, and its repetition": [2, (point) => killReplay(RECORDS, [point, { ...point, n: point.n + 1 }])],
  "runs forget": [1, (point) => killForget(RECORDS, [point])],
  "runs forget, and its repetition": [2, (point) => killForget(RECORDS, [point, point])],
  "dead-letters purge": [1, (point) => killPurge(RECORDS, [point])],
  "dead-letters purge, and its repetition": [2, (point) => killPurge(RECORDS, [point, point])],
};

const rows: (string | number)[][] = [];
for (const [phase, [wanted, killAt]] of Object.entries(PHASES)) {
  if (!phase.includes(values.phase)) continue;
  for (const call of CALLS) {
    if (values.only !== undefined && values.only !== call) continue;
    const sums = { kills: 0, lost: 0, twice: 0, bad: 0 };
    for (let n = 1; n <= Number(values.most); n += 1) {
      // oxlint-disable-next-line no-await-in-loop -- until a process survives
      const { kills, lost, twice, problems } = await killAt({ at: "call", call, n });
      sums.kills += kills;
      sums.lost += lost;
      sums.twice += twice;
      if (problems.length > 0) sums.bad += 1;
      if (problems.length > 0) print([`${phase}: ${call} ${n}`, ...problems].join("\n  "));
      if (kills < wanted) break;
    }
    rows.push([phase, call, ...Object.values(sums)]);
    print(`| ${rows.at(-1)?.join(" | ")} |`);
  }
}
const HEAD = ["phase", "call", "kills", "lost", "twice", "bad rounds"];
print([HEAD, HEAD.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n"));
