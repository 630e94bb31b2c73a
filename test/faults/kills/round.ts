import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Receipt } from "@cloudmarker/store-api";
import { fileURLToPath } from "node:url";
import type { EngineAddress } from "../../engines/start-engine.ts";
import type { Random } from "../../inputs/random.ts";
import { Project } from "../../support/project.ts";
import { type Life, oldestAgainMs } from "./acknowledgements.ts";
import { canTrace, Command, type Ended, type KillPoint, RUN } from "./process.ts";
import type { Scenario } from "./scenarios.ts";
import { GOOD, type Mood, type Target } from "./target.ts";

const TAP = fileURLToPath(new URL("../programs/kill-tap.ts", import.meta.url));
const EVERY = fileURLToPath(new URL("../programs/every-tap.ts", import.meta.url));

/** What is done in a round, where that is not left to chance. */
export interface Plan {
  readonly write: KillPoint;
  /** Absent: the resume is not killed. */
  readonly resume?: KillPoint;
  readonly mood: Mood;
  /** For the processes that are killed. */
  readonly deadline: string;
}

/** How rounds are played. */
export interface RoundOptions {
  /** Processes are killed after a time as well, and while the disk is at work. */
  readonly isTimed: boolean;
  readonly plan?: Plan;
  /** The real server, where the scenario has one. */
  readonly engine?: EngineAddress | undefined;
}

/** What became of one round. */
export interface RoundResult {
  /** How often a process was killed. */
  readonly kills: number;
  /** The run that was killed was not known afterwards, and was written again. */
  readonly repeated: number;
  readonly sent: number;
  readonly lost: number;
  readonly twice: number;
  /** How long before the kill the oldest record that is lost had been accepted, in milliseconds; 0 if none is. */
  readonly lostMs: number;
  /** The same of the oldest that came again, since the client was told that it is there. */
  readonly twiceMs: number;
  /** What must not be, each as a sentence. */
  readonly problems: readonly string[];
  /** For whoever looks for the reason. */
  readonly story: readonly string[];
}

/** Sends records, kills the process, resumes, and counts. */
export async function killRound(
  scenario: Scenario,
  random: Random,
  records: readonly object[],
  options: RoundOptions,
): Promise<RoundResult> {
  using project = new Project();
  const round = new Round(scenario, random, records, options, project.path);
  try {
    await round.play();
    return await round.result();
  } finally {
    await round.close();
  }
}

/** Calls that each run makes several times. */
const MANY_CALLS = ["openat", "pwrite64", "fsync", "unlink", "fcntl"];

class Round {
  readonly #scenario: Scenario;
  readonly #random: Random;
  readonly #isTimed: boolean;
  readonly #plan: Plan | undefined;
  readonly #engine: EngineAddress | undefined;
  readonly #folder: string;
  readonly #lines: readonly string[];
  #targets: readonly Target[] = [];
  readonly #story: string[] = [];
  readonly #problems: string[] = [];
  readonly #lives: Life[] = [];
  #inputs: readonly string[] = [];
  #repeated = 0;
  #receipt: Receipt | undefined;

  constructor(
    scenario: Scenario,
    random: Random,
    records: readonly object[],
    { isTimed, plan, engine }: RoundOptions,
    folder: string,
  ) {
    this.#engine = engine;
    this.#plan = plan;
    this.#scenario = scenario;
    this.#random = random;
    this.#isTimed = isTimed;
    this.#folder = folder;
    this.#lines = records.map((record, n) => JSON.stringify({ kill_n: n, ...record }));
  }

  async play(): Promise<void> {
    const { input, open } = this.#scenario;
    this.#targets = await open(this.#folder, this.#engine);
    this.#writeConfig();
    if (input === "file") this.#writeInputs();
    const plan = this.#plan;
    const deadline = plan ? ["--deadline", plan.deadline] : [];
    const args = ["write", "-c", "c.yaml", "--run-id", RUN, ...this.#inputs];
    const ended = await this.#runKilled([...args, ...deadline], false);
    if (ended.killedMs === undefined && ended.code === 0) return this.#end(ended);
    if (plan ? plan.resume : this.#random.once(3)) await this.#runKilled(["resume", RUN, ...deadline], true);
    for (const target of this.#targets) target.heal();
    const resumed = await new Command(["resume", RUN, "--json"], this.#folder, undefined).ended;
    if (resumed.code !== 64) return this.#end(resumed);
    // Nothing of the run is known: it was killed before it said so.
    this.#story.push(`resume: ${resumed.code}, ${firstLine(resumed.stderr)}`);
    if (ended.stderr.includes("cloudmarker resume")) this.#problems.push("The run was named, and is not known.");
    if (input === "pipe") return;
    this.#repeated += 1;
    return this.#end(await new Command([...args, "--json"], this.#folder, undefined).ended);
  }

  async result(): Promise<RoundResult> {
    const { input } = this.#scenario;
    const notes = this.#notes();
    let [sent, lost, twice, lostMs, twiceMs] = [0, 0, 0, 0, 0];
    for (const target of this.#targets) {
      const { key, isIdempotent, every = 1 } = target;
      const isFor = (n: number): boolean => n % every === 0 && n < this.#lines.length;
      // oxlint-disable-next-line no-await-in-loop -- one store after the other
      const stored = await target.stored();
      const counts = countsOf(stored);
      for (const problem of target.strange()) this.#problems.push(`${key}: ${problem}.`);
      const partial = target.partial?.() ?? [];
      if (input === "file" && partial.length > 0) this.#problems.push(`${key}: ${partial.join(", ")} are left.`);
      const strangers = [...counts.keys()].filter((n) => !isFor(n));
      if (strangers.length > 0) this.#problems.push(`${key}: ${strangers.length} are not for it, or not marked.`);
      const accepted = input === "file" ? [...this.#lines.keys()] : [...notes.acceptedMs.keys()];
      const expected = accepted.filter(isFor);
      sent += expected.length;
      const missing = expected.filter((n) => !counts.has(n));
      lost += missing.length;
      if (input === "file" && missing.length > 0) this.#problems.push(`${key}: ${missing.length} are lost.`);
      for (const n of missing) lostMs = Math.max(lostMs, (notes.killedMs ?? 0) - (notes.acceptedMs.get(n) ?? 0));
      const more = [...counts.values()].reduce((sum, count) => sum + count - 1, 0);
      twice += more;
      if (isIdempotent && more > 0) this.#problems.push(`${key}: ${more} are there twice.`);
      twiceMs = Math.max(twiceMs, oldestAgainMs(target.again?.() ?? [], this.#lives));
      this.#judgeReceipt(key, counts.size);
    }
    const kept = join(this.#folder, "cloudmarker", "runs");
    const left = existsSync(kept) ? readdirSync(kept) : [];
    if (left.length > 0) this.#problems.push(`The state folder still has ${left.join(", ")}.`);
    return {
      kills: this.#lives.filter(({ isKilled }) => isKilled).length,
      repeated: this.#repeated,
      sent,
      lost,
      twice,
      lostMs,
      twiceMs,
      problems: this.#problems,
      story: this.#story,
    };
  }

  async close(): Promise<void> {
    for (const target of this.#targets) await target[Symbol.asyncDispose]();
  }

  /** Starts a process that is to be killed. */
  async #runKilled(args: readonly string[], isResume: boolean): Promise<Ended> {
    const plan = this.#plan;
    const point = (isResume ? plan?.resume : plan?.write) ?? this.#point(isResume);
    const mood = plan?.mood ?? this.#mood();
    this.#story.push(`${args[0]}: kill at ${JSON.stringify(point)}, ${JSON.stringify(mood)}`);
    let command: Command | undefined;
    const victim = this.#random.pick(this.#targets);
    for (const target of this.#targets) {
      target.heal();
      const isVictim = target === victim;
      target.watch(isVictim ? mood : GOOD, isVictim ? (n) => command?.requested(n) : () => undefined);
    }
    const startedMs = Date.now();
    command = new Command(args, this.#folder, point);
    if (!isResume && this.#scenario.input === "pipe") void this.#pipe(command);
    else command.child.stdin?.end();
    const ended = await command.ended;
    const isKilled = ended.killedMs !== undefined;
    this.#lives.push({ startedMs, endedMs: ended.killedMs ?? Date.now(), isKilled });
    this.#story.push(`  ${ended.killedMs === undefined ? `ended with ${ended.code}` : "killed"}`);
    return ended;
  }

  #point(isResume: boolean): KillPoint {
    const random = this.#random;
    const { length } = this.#lines;
    const hasServer = this.#targets.some(({ key }) => key !== "archive");
    const bytes = this.#lines.reduce((sum, line) => sum + line.length, 0) * this.#targets.length;
    const call: KillPoint = { at: "call", call: random.pick(MANY_CALLS), n: 1 + random.below(9) };
    const timed: readonly KillPoint[] = [
      ...(canTrace ? [call, call] : []),
      { at: "bytes", n: 1 + random.below(bytes) },
      { at: "bytes", n: 1 + random.below(bytes / 20) },
      { at: "ms", n: random.below(200) },
    ];
    const points: readonly KillPoint[] = [
      ...(hasServer ? [{ at: "request", n: 1 + random.below(length / 100 + 1) } as const] : []),
      ...(hasServer ? [{ at: "request", n: 1 + random.below(length / 100 + 1) } as const] : []),
      ...(isResume ? [] : [{ at: "record", n: 1 + random.below(length) } as const]),
      { at: "written", n: 1 + random.below(length / 100) },
      ...(hasServer ? [] : [{ at: random.pick(["flush", "done"] as const), n: 1 } as const]),
      ...(isResume ? [] : [{ at: "named" } as const]),
      ...(this.#isTimed ? timed : []),
    ];
    return random.pick(points);
  }

  #mood(): Mood {
    const random = this.#random;
    const hangsAt = random.once(3) ? 1 + random.below(this.#lines.length / 100) : Infinity;
    return { paceMs: random.pick([0, 0, 20, 60]), hangsAt };
  }

  /** Writes the lines into standard input: at once, or with pauses. */
  async #pipe({ child }: Command): Promise<void> {
    const { stdin } = child;
    if (!stdin) return;
    const at = this.#isTimed && this.#random.once(2) ? 50 : Infinity;
    for (let from = 0; from < this.#lines.length; from += at) {
      const lines = this.#lines.slice(from, from + at);
      // oxlint-disable-next-line no-await-in-loop -- as the pipe takes them
      await new Promise<void>((resolve) => stdin.write(`${lines.join("\n")}\n`, () => resolve()));
      // oxlint-disable-next-line no-await-in-loop -- a producer that takes its time
      if (at !== Infinity) await delay(10);
      if (child.exitCode !== null || child.signalCode !== null) return;
    }
    stdin.end();
  }

  #writeConfig(): void {
    const plugins = Object.fromEntries(
      this.#targets.flatMap(({ key, plugin, every }) => [
        [key, every === undefined ? plugin : { ...plugin, taps: [`every${every}`] }],
        ...(every === undefined ? [] : [[`every${every}`, { plugin: EVERY, params: { of: every } }]]),
      ]),
    );
    const notes = { plugin: TAP, params: { notes: join(this.#folder, "notes") } };
    const stores = this.#targets.map(({ key }) => key);
    this.#file("c.yaml", {
      plugins: { ...plugins, notes },
      audits: { nightly: { stores, taps: ["notes"] } },
      run: ["nightly"],
    });
  }

  #writeInputs(): void {
    const form = this.#random.pick(["array", "lines", "several"]);
    if (form === "array") {
      writeFileSync(join(this.#folder, "in.json"), `[${this.#lines.join(",\n")}]`);
      this.#inputs = ["in.json"];
      return;
    }
    const parts = form === "several" ? 3 : 1;
    const each = Math.ceil(this.#lines.length / parts);
    this.#inputs = Array.from({ length: parts }, (_, part) => `in${part}.ndjson`);
    for (const [part, name] of this.#inputs.entries()) {
      const lines = this.#lines.slice(part * each, (part + 1) * each);
      writeFileSync(join(this.#folder, name), lines.map((line) => `${line}\n`).join(""));
    }
  }

  #file(name: string, value: object): void {
    writeFileSync(join(this.#folder, name), JSON.stringify(value));
  }

  /** The last process of the run: it delivers what is left. */
  #end({ code, stdout, stderr }: Ended): void {
    this.#story.push(`end: ${code}`, stderr.trim());
    const isPipe = this.#scenario.input === "pipe";
    if (code !== 0 && !(isPipe && code === 1)) this.#problems.push(`The last process ended with ${code}.`);
    try {
      const document = JSON.parse(stdout) as Receipt & { runs?: Receipt[] };
      const receipt = document.runs?.[0] ?? document;
      if ("stores" in receipt) this.#receipt = receipt;
      else this.#story.push(stdout);
    } catch {
      // It printed for a person.
    }
  }

  #judgeReceipt(key: string, stored: number): void {
    const receipt = this.#receipt;
    if (!receipt) return;
    if (this.#scenario.input === "file" && receipt.received !== this.#lines.length)
      this.#problems.push(`The receipt says that ${receipt.received} of ${this.#lines.length} came in.`);
    const of = receipt.stores.find(({ store }) => store === key);
    if (!of) return;
    const { accepted, filtered, written, duplicate, deadLettered, spooled, lost } = of;
    const isPipe = this.#scenario.input === "pipe";
    // Of a pipe, FileStore has what it has in a file of its own, which the notes name.
    const came = isPipe && key === "archive" && accepted === 0 ? 0 : receipt.received - filtered;
    if (accepted !== written + duplicate + deadLettered + spooled + lost || accepted !== came)
      this.#problems.push(
        `${key}: the receipt does not add up: ${receipt.received} came in, ${filtered} were filtered, ${accepted} accepted = ${written} written + ` +
          `${duplicate} duplicate + ${deadLettered} dead letters + ${spooled} spooled + ${lost} lost.`,
      );
    if (written + duplicate > stored)
      this.#problems.push(`${key}: the receipt says that ${written + duplicate} are there, and it has ${stored}.`);
    // Of a pipe, another store may have had some of what is lost.
    if (deadLettered + spooled + (isPipe ? 0 : lost) > 0)
      this.#problems.push(`${key}: not all was delivered: ${JSON.stringify(of)}`);
  }

  /** What the tap noted: which records were accepted, and when; and when it killed the process. */
  #notes(): { acceptedMs: ReadonlyMap<number, number>; killedMs: number | undefined } {
    const path = join(this.#folder, "notes");
    const acceptedMs = new Map<number, number>();
    let killedMs = this.#lives.find(({ isKilled }) => isKilled)?.endedMs;
    const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(0, -1) : [];
    for (const line of lines) {
      const [what, ms] = line.split(" ");
      if (what !== "killed") acceptedMs.set(Number(what), Number(ms));
      // The second one killed the resume.
      else killedMs = Math.min(killedMs ?? Infinity, Number(ms));
    }
    return { acceptedMs, killedMs };
  }
}

function countsOf(stored: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const n of stored) counts.set(n, (counts.get(n) ?? 0) + 1);
  return counts;
}

function firstLine(text: string): string {
  return text.split("\n").find((line) => line.includes("error")) ?? "";
}
