// Kills `cloudmarker write` at random moments, resumes the runs, and counts what every store has (issue 14):
// node test/faults/kill-rounds.ts [--rounds 1000] [--seed 1] [--jobs 2] [--kinds all|scripted|real] [--only TEXT]
// [--round N] [--records 3000] [--minutes 60] [--tell MS]
// The kinds "real" are servers that `npm run engines` builds; those that are not there are left out, and named. A round
// that is to be played again needs the same seed, kinds and `--only`. With `--tell`, rounds are told as well in which a
// record is lost, or came again, that is older. The exit code is 1 if a round was bad.
import { parseArgs } from "node:util";
import { hasData, realRecords } from "../bench/data.ts";
import type { EngineName } from "../engines/catalogue.ts";
import { missing } from "../engines/missing.ts";
import { type Engine, startEngine } from "../engines/start-engine.ts";
import { Random } from "../inputs/random.ts";
import { killRound, type RoundResult } from "./kills/round.ts";
import { ENGINE_SCENARIOS, type Scenario, SCENARIOS } from "./kills/scenarios.ts";

const print = (text: string): boolean => process.stdout.write(`${text}\n`);
const { values } = parseArgs({
  options: {
    rounds: { type: "string" },
    seed: { type: "string", default: "1" },
    jobs: { type: "string", default: "2" },
    kinds: { type: "string", default: "all" },
    only: { type: "string", default: "" },
    round: { type: "string" },
    records: { type: "string", default: "3000" },
    minutes: { type: "string", default: "60" },
    tell: { type: "string", default: "Infinity" },
  },
});

const MADE: readonly object[] = Array.from({ length: 50 }, (_, n) => ({
  finding: `check ${n}`,
  text: "x".repeat(20 * n),
}));
const RECORDS: readonly object[] = hasData ? realRecords() : MADE;

const KINDS: Readonly<Record<string, readonly Scenario[]>> = {
  scripted: SCENARIOS,
  real: ENGINE_SCENARIOS,
  all: [...SCENARIOS, ...ENGINE_SCENARIOS],
};
const kinds = KINDS[values.kinds];
if (!kinds) throw new Error(`--kinds ${values.kinds}: it is one of ${Object.keys(KINDS).join(", ")}`);
const chosen = kinds.filter(({ name, input, engine }) => {
  if (!`${name}, ${input}`.includes(values.only)) return false;
  const lack = engine && missing(engine);
  if (lack !== undefined) print(`${name}, ${input} is left out: ${lack}`);
  return lack === undefined;
});
const results = new Map<Scenario, RoundResult[]>(chosen.map((scenario) => [scenario, []]));
const rounds =
  values.round === undefined
    ? Array.from({ length: Number(values.rounds ?? chosen.length) }, (_, n) => n)
    : [Number(values.round)];

const started = new Map<EngineName, Promise<Engine>>();

/** One of each for all rounds; a collector for each round, as the file that it writes has to be read whole. */
async function withEngine<T>(
  name: EngineName | undefined,
  play: (engine: Engine | undefined) => Promise<T>,
): Promise<T> {
  if (name === undefined) return play(undefined);
  if (name !== "hec") {
    const engine = started.get(name) ?? startEngine(name);
    started.set(name, engine);
    return play(await engine);
  }
  const engine = await startEngine(name);
  try {
    return await play(engine);
  } finally {
    await engine.stop();
  }
}

// Ends with the rounds that are under way, and prints the table.
process.once("SIGINT", () => (rounds.length = 0));

const endMs = Date.now() + Number(values.minutes) * 60_000;

async function work(): Promise<void> {
  for (let n = rounds.shift(); n !== undefined && Date.now() < endMs; n = rounds.shift()) {
    const scenario = chosen[n % chosen.length];
    if (!scenario) return;
    const random = new Random(Number(values.seed) * 100_000 + n);
    const count = 500 + random.below(Number(values.records) - 500);
    const samples = scenario.isPicky ? MADE : RECORDS;
    const from = random.below(samples.length);
    const records = Array.from({ length: count }, (_, index) => samples[(from + index) % samples.length] ?? {});
    // oxlint-disable-next-line no-await-in-loop -- each worker plays one round after the other
    const result = await withEngine(scenario.engine, (engine) =>
      killRound(scenario, random, records, { isTimed: true, engine }),
    );
    results.get(scenario)?.push(result);
    const { problems, story, lostMs, twiceMs } = result;
    const isTold = Math.max(lostMs, twiceMs) > Number(values.tell);
    if (problems.length === 0 && values.round === undefined && !isTold) continue;
    const times = `oldest lost ${lostMs} ms, oldest twice ${twiceMs} ms`;
    print([`round ${n}: ${scenario.name}, ${scenario.input}: ${times}`, ...problems, ...story].join("\n  "));
  }
}

try {
  await Promise.all(Array.from({ length: Number(values.jobs) }, work));
} finally {
  await Promise.all(Array.from(started.values(), async (engine) => (await engine).stop()));
}

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
if ([...results.values()].flat().some(({ problems }) => problems.length > 0)) process.exitCode = 1;
