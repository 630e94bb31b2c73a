// Kills `cloudmarker write` at random moments, resumes the runs, and counts what every store has (issue 14):
// node test/faults/kill-rounds.ts [--rounds 1000] [--seed 1] [--jobs 2] [--only TEXT] [--round N] [--records 3000]
// [--minutes 60]
import { parseArgs } from "node:util";
import { hasData, realRecords } from "../bench/data.ts";
import { Random } from "../inputs/random.ts";
import { killRound, type RoundResult } from "./kills/round.ts";
import { type Scenario, SCENARIOS } from "./kills/scenarios.ts";

const print = (text: string): boolean => process.stdout.write(`${text}\n`);
const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: String(SCENARIOS.length) },
    seed: { type: "string", default: "1" },
    jobs: { type: "string", default: "2" },
    only: { type: "string", default: "" },
    round: { type: "string" },
    records: { type: "string", default: "3000" },
    minutes: { type: "string", default: "60" },
  },
});

const RECORDS: readonly object[] = hasData
  ? realRecords()
  : Array.from({ length: 50 }, (_, n) => ({ finding: `check ${n}`, text: "x".repeat(20 * n) }));

const chosen = SCENARIOS.filter(({ name, input }) => `${name}, ${input}`.includes(values.only));
const results = new Map<Scenario, RoundResult[]>(chosen.map((scenario) => [scenario, []]));
const rounds =
  values.round === undefined ? Array.from({ length: Number(values.rounds) }, (_, n) => n) : [Number(values.round)];

const endMs = Date.now() + Number(values.minutes) * 60_000;

async function work(): Promise<void> {
  for (let n = rounds.shift(); n !== undefined && Date.now() < endMs; n = rounds.shift()) {
    const scenario = chosen[n % chosen.length];
    if (!scenario) return;
    const random = new Random(Number(values.seed) * 100_000 + n);
    const count = 500 + random.below(Number(values.records) - 500);
    const from = random.below(RECORDS.length);
    const records = Array.from({ length: count }, (_, index) => RECORDS[(from + index) % RECORDS.length] ?? {});
    // oxlint-disable-next-line no-await-in-loop -- each worker plays one round after the other
    const result = await killRound(scenario, random, records, { isTimed: true });
    results.get(scenario)?.push(result);
    if (result.problems.length === 0 && values.round === undefined) continue;
    print([`round ${n}: ${scenario.name}, ${scenario.input}`, ...result.problems, ...result.story].join("\n  "));
  }
}

await Promise.all(Array.from({ length: Number(values.jobs) }, work));

const sum = (all: readonly RoundResult[], of: (one: RoundResult) => number): number =>
  all.reduce((total, one) => total + of(one), 0);
const most = (all: readonly RoundResult[], of: (one: RoundResult) => number): number =>
  all.reduce((max, one) => Math.max(max, of(one)), 0);
const rows = [...results].map(([{ name, input }, all]) => [
  name,
  input,
  all.length,
  sum(all, ({ kills }) => kills),
  sum(all, ({ sent }) => sent),
  sum(all, ({ lost }) => lost),
  sum(all, ({ twice }) => twice),
  most(all, ({ lostMs }) => lostMs),
  most(all, ({ twiceMs }) => twiceMs),
  all.filter(({ problems }) => problems.length > 0).length,
]);
const HEAD = ["store", "input", "rounds", "kills", "sent", "lost", "twice", "lost ms", "twice ms", "bad rounds"];
print([HEAD, HEAD.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n"));
