// Kills `cloudmarker write` and `cloudmarker resume` at each call to the system that changes something in the state
// folder, resumes the run, and counts what the store has (issue 14):
//   node test/faults/kill-calls.ts [--phase write|resume|left] [--most 40] [--only CALL] [--store TEXT]
import { parseArgs } from "node:util";
import { Random } from "../inputs/random.ts";
import { CALLS, type KillPoint } from "./kills/process.ts";
import { killRound, type Plan } from "./kills/round.ts";
import { SCENARIOS } from "./kills/scenarios.ts";

const print = (text: string): boolean => process.stdout.write(`${text}\n`);
const { values } = parseArgs({
  options: {
    phase: { type: "string" },
    most: { type: "string", default: "40" },
    only: { type: "string" },
    store: { type: "string", default: "Elasticsearch, file" },
  },
});

const RECORDS = Array.from({ length: 600 }, (_, n) => ({ finding: `check ${n}`, text: "x".repeat(500) }));
const AWAY = { paceMs: 0, hangsAt: 2 };
const DEADLINE = "400ms";

/** What a phase does with a kill at a call. */
const PHASES: Readonly<Record<string, (point: KillPoint) => Plan>> = {
  write: (point) => ({ write: point, mood: AWAY, deadline: DEADLINE }),
  resume: (point) => ({ write: { at: "record", n: 500 }, resume: point, mood: AWAY, deadline: DEADLINE }),
  left: (point) => ({ write: { at: "record", n: Infinity }, resume: point, mood: AWAY, deadline: DEADLINE }),
};

const scenario = SCENARIOS.find(({ name, input }) => `${name}, ${input}` === values.store);
const rows: (string | number)[][] = [];
for (const [phase, planOf] of Object.entries(PHASES)) {
  if (!scenario || (values.phase !== undefined && values.phase !== phase)) continue;
  for (const call of CALLS) {
    if (values.only !== undefined && values.only !== call) continue;
    const [sums, wanted] = [{ lost: 0, twice: 0, bad: 0 }, phase === "write" ? 1 : phase === "resume" ? 2 : 1];
    let n = 0;
    for (; n < Number(values.most); n += 1) {
      const plan = planOf({ at: "call", call, n: n + 1 });
      // oxlint-disable-next-line no-await-in-loop -- until a process survives
      const result = await killRound(scenario, new Random(n), RECORDS, { isTimed: false, plan });
      sums.lost += result.lost;
      sums.twice += result.twice;
      if (result.problems.length > 0) {
        sums.bad += 1;
        print([`${phase}: ${call} ${n + 1}`, ...result.problems, ...result.story].join("\n  "));
      }
      if (result.kills < wanted) break;
    }
    rows.push([phase, call, n, sums.lost, sums.twice, sums.bad]);
    print(`| ${rows.at(-1)?.join(" | ")} |`);
  }
}
const HEAD = ["phase", "call", "kills", "lost", "twice", "bad rounds"];
print([HEAD, HEAD.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n"));
