import type { Batch, WriteContext } from "@cloudmarker/store-api";
import { NumberedRecord, ScriptedQueue, seeded } from "../scripted-queue.ts";
import { Ledger } from "./ledger.ts";
import { ModelStore } from "./model-store.ts";
import type { Plan, Step } from "./plan.ts";

/** Most time of a run that is waited for anything. */
const PATIENCE_MS = 1e9;

/** What a run of a plan came to. */
export interface Run {
  readonly queue: ScriptedQueue;
  readonly ledger: Ledger;
  /** Promises that the queue broke. */
  readonly violations: readonly string[];
}

/** Runs a plan to its end, and compares everything that the queue says with what happened. */
export async function runPlan(plan: Plan): Promise<Run> {
  const queue = new ScriptedQueue(() => undefined, plan.settings, seeded(plan.jitterSeed));
  const ledger = new Ledger(promisesOf(queue));
  const { clock, queue: tested } = queue;
  const store = new ModelStore(plan, clock, ledger);
  queue.answer = (batch: Batch, context: WriteContext) => store.write(batch, context);
  queue.check = () => store.check();
  tap(queue, plan, ledger);
  const broken = (what: string): void => void ledger.violations.push(what);
  const flushes: Flush[] = [];
  try {
    if (plan.stopMs !== undefined) clock.setTimeout(() => tested.stop(), plan.stopMs);
    await clock.run(produce(plan, queue, ledger, flushes), PATIENCE_MS);
    const startedAt = clock.now();
    await clock.run(tested.finish(plan.deadlineMs), PATIENCE_MS);
    const over = clock.now() - startedAt - plan.deadlineMs - slowest(plan) * (ledger.accepted + 1);
    if (over > 0) broken(`finish took ${over} ms longer than it may`);
    if (flushes.some(({ isOver }) => !isOver)) broken("a flush waits without end");
  } catch (error) {
    broken(String(error));
  }
  const attempts = ledger.attempts;
  await clock.advance(1e8);
  if (ledger.attempts > attempts) broken("something is sent after the end");
  if (clock.pending !== store.naps) broken(`${clock.pending - store.naps} timers are left`);
  for (const what of balance(queue, ledger)) broken(what);
  return { queue, ledger, violations: ledger.violations };
}

interface Flush {
  isOver: boolean;
}

async function produce(plan: Plan, queue: ScriptedQueue, ledger: Ledger, flushes: Flush[]): Promise<void> {
  let isBounded = true;
  for (const step of plan.steps) {
    if (step.act === "sleep") await new Promise<void>((resolve) => void queue.clock.setTimeout(resolve, step.ms));
    else if (step.act === "flush") flushes.push(flush(queue, ledger));
    else {
      isBounded &&= step.waits;
      await accept(step, plan, queue, ledger, isBounded);
    }
  }
}

async function accept(
  { count, waits }: Extract<Step, { act: "accept" }>,
  { paddings }: Plan,
  { queue }: ScriptedQueue,
  ledger: Ledger,
  isBounded: boolean,
): Promise<void> {
  for (let i = 0; i < count; i++) {
    if (waits && queue.full) await queue.room();
    const number = ledger.accepted + 1;
    const record = new NumberedRecord(number, paddings[number % paddings.length] ?? 0);
    ledger.accept(number, record.bytes, isBounded);
    queue.accept(record, number);
  }
}

/** Everything that was accepted before is to be settled then. */
function flush({ queue }: ScriptedQueue, ledger: Ledger): Flush {
  const state = { isOver: false };
  const { accepted } = ledger;
  const check = async (): Promise<void> => {
    await queue.flush();
    state.isOver = true;
    for (let number = 1; number <= accepted; number++)
      if (!ledger.settled.has(number)) ledger.violations.push(`flush is over, and ${number} is not settled`);
  };
  void check();
  return state;
}

function tap(queue: ScriptedQueue, { taps, keeps }: Plan, ledger: Ledger): void {
  let consulted = 0;
  let kept = 0;
  queue.onRetry = () => taps[consulted++];
  queue.deadLetter = async (deadLetters) => {
    const how = keeps[kept++ % keeps.length] ?? 0;
    const numbers = deadLetters.map(({ id }) => Number(id));
    if (typeof how === "number" && how > 0) {
      await new Promise<void>((resolve) => void queue.clock.setTimeout(resolve, how));
    }
    for (const number of numbers) ledger.settle(number, how === "fails" ? "lost" : "dead letter");
    if (how === "fails") throw new Error("The disk is full.");
    queue.deadLetters.push(...deadLetters);
  };
}

function slowest({ keeps }: Plan): number {
  return Math.max(...keeps.map((how) => (how === "fails" ? 0 : how)));
}

function* balance({ queue, written }: ScriptedQueue, { accepted, settled }: Ledger): Generator<string> {
  const { counts } = queue;
  const of = (how: string): number => [...settled.values()].filter((one) => one === how).length;
  const sums = {
    accepted,
    acknowledged: of("acknowledged"),
    deadLettered: of("dead letter"),
    lost: of("lost"),
  };
  const { deadLettered, lost } = counts;
  const told = { accepted: counts.accepted, acknowledged: counts.written + counts.duplicate, deadLettered, lost };
  if (JSON.stringify(sums) !== JSON.stringify(told))
    yield `the counts are ${JSON.stringify(told)}, and in truth ${JSON.stringify(sums)}`;
  if (sums.acknowledged + sums.deadLettered + sums.lost !== accepted)
    yield `of ${accepted} ${settled.size} are settled`;
  const reasons = counts.reasons.reduce((sum, { count }) => sum + count, 0);
  if (reasons !== deadLettered + lost) yield `there are ${reasons} reasons for ${deadLettered + lost} records`;
  if (written.reduce((sum, { records }) => sum + records, 0) !== sums.acknowledged) yield "the hooks tell another sum";
  if (queue.full) yield "an empty queue is full";
}

function promisesOf({ settings }: ScriptedQueue): ConstructorParameters<typeof Ledger>[0] {
  const { ordered, guarantee, concurrency, batchRecords, batchBytes, queueRecords, queueBytes } = settings;
  const room = { records: queueRecords, bytes: queueBytes };
  const atMostOnce = guarantee === "at-most-once";
  return { ordered, atMostOnce, concurrency, batchRecords, batchBytes, room };
}
