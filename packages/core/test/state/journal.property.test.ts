// A random model of a journal: whatever is accepted, settled, committed and read in whatever order, and whatever the
// disk does, what the journal promises holds. CLOUDMARKER_SEED and CLOUDMARKER_PATH run again what failed.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { entryOf, makeOrigin } from "../../src/records/entry.ts";
import { unpackBlock } from "../../src/state/block.ts";
import { Journal, RECEIVED } from "../../src/state/journal.ts";
import type { JournalChange } from "../../src/state/stored.ts";
import { MemoryJournal, diskError } from "../support/memory-journal.ts";
import { SEED, runs } from "../support/seed.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const COMMIT_MS = 200;
const LANES = 3;
const path = process.env["CLOUDMARKER_PATH"];
const origin = makeOrigin({});

type Step =
  | { readonly does: "accept"; readonly count: number; readonly padding: number }
  | { readonly does: "settle"; readonly lane: number; readonly from: number; readonly part: number }
  | { readonly does: "settleAll"; readonly lane: number }
  | { readonly does: "behind"; readonly lane: number; readonly is: boolean }
  | { readonly does: "read"; readonly lane: number; readonly bytes: number }
  | { readonly does: "position"; readonly input: number }
  | { readonly does: "commit" }
  | { readonly does: "wait"; readonly ms: number }
  | { readonly does: "disk"; readonly fault: "none" | "full" | "failed" | "late"; readonly delayMs: number };

const anyLane = fc.nat(LANES - 1);
const share = fc.double({ min: 0, max: 1, noNaN: true });
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        does: fc.constant("accept"),
        count: fc.oneof(fc.constantFrom(1, 1, 2), fc.integer({ min: 1, max: 400 })),
        padding: fc.constantFrom(0, 0, 5000),
      }),
    },
    { weight: 6, arbitrary: fc.record({ does: fc.constant("settle"), lane: anyLane, from: share, part: share }) },
    { weight: 4, arbitrary: fc.record({ does: fc.constant("settleAll"), lane: anyLane }) },
    { weight: 1, arbitrary: fc.record({ does: fc.constant("behind"), lane: anyLane, is: fc.boolean() }) },
    {
      weight: 4,
      arbitrary: fc.record({ does: fc.constant("read"), lane: anyLane, bytes: fc.constantFrom(1, 20_000, 1_000_000) }),
    },
    { weight: 2, arbitrary: fc.record({ does: fc.constant("position"), input: fc.nat(1) }) },
    { weight: 2, arbitrary: fc.record({ does: fc.constant("commit") }) },
    {
      weight: 5,
      arbitrary: fc.record({ does: fc.constant("wait"), ms: fc.constantFrom(0, 10, 50, 130, 200, 260, 1500) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        does: fc.constant("disk"),
        fault: fc.constantFrom("none", "none", "full", "failed", "late"),
        delayMs: fc.constantFrom(0, 0, 30, 300),
      }),
    },
  ) as fc.Arbitrary<Step>,
  { maxLength: 60, size: "max" },
);

/** The journal, what a plain model knows of it, and what was wrong. */
class Trial {
  readonly clock = new VirtualClock();
  readonly storage = new MemoryJournal(this.clock, LANES);
  readonly journal: Journal;
  readonly violations: string[] = [];
  readonly acceptedAt: number[] = [];
  readonly settled = Array.from({ length: LANES }, () => new Set<number>());
  /** Of each lane: what was read, and where to read on. */
  readonly read = Array.from({ length: LANES }, () => ({ seqs: [] as number[], next: 0 }));
  readonly reading: Promise<unknown>[] = [];
  /** Commits of everything that have not ended. */
  asked = 0;
  failures = 0;
  wasBehind = false;
  /** When much was in memory the last time. */
  crowdedAt = -Infinity;

  constructor() {
    const none = { low: 0, ranges: [] };
    this.journal = new Journal({
      storage: this.storage,
      size: this.storage.size,
      clock: this.clock,
      lanes: Array.from({ length: LANES }, () => none),
      next: 0,
      commitMs: COMMIT_MS,
      maxBytes: 2 ** 40,
      reserveBytes: 0,
      received: () => ({ counts: {} }),
      counts: (index) => this.settled[index]?.size,
      failed: () => this.failures++,
    });
    this.storage.onCommit = (change) => this.#look(change);
  }

  async do(step: Step): Promise<void> {
    const { journal, storage } = this;
    switch (step.does) {
      case "accept":
        for (let i = 0; i < step.count; i++) this.#accept(step.padding);
        break;
      case "settle": {
        const from = Math.floor(step.from * journal.next);
        this.settle(step.lane, from, from + Math.ceil(step.part * 0.2 * (journal.next - from)));
        break;
      }
      case "settleAll":
        this.settle(step.lane, 0, journal.next);
        break;
      case "behind":
        journal.setBehind(step.lane, step.is);
        this.wasBehind ||= step.is;
        break;
      case "read":
        this.reading.push(this.readOnce(step.lane, step.bytes));
        break;
      case "position":
        journal.position(step.input, { received: journal.next });
        break;
      case "commit":
        this.reading.push(this.commit());
        break;
      case "wait":
        await this.clock.advance(step.ms);
        break;
      case "disk": {
        const error = diskError(step.fault === "full" ? "full" : "failed", "the disk fails");
        storage.fault = step.fault === "none" ? undefined : { error, late: step.fault === "late" };
        storage.delayMs = step.delayMs;
      }
    }
  }

  settle(index: number, from: number, to: number): void {
    for (let seq = from; seq < to; seq++) this.settled[index]?.add(seq);
    this.journal.settle(index, from, to);
  }

  async commit(): Promise<void> {
    const { next } = this.journal;
    this.asked++;
    try {
      await this.journal.commit();
      this.#checkKept(next, this.storage.kept, "commit() resolved");
    } catch (error) {
      if ((error as { code?: unknown }).code === undefined) throw error;
    }
    this.asked--;
  }

  /** One read at a time of each lane, as a queue does it. */
  async readOnce(index: number, bytes: number): Promise<void> {
    const lane = this.read[index];
    if (!lane || lane.next < 0) return;
    const from = lane.next;
    lane.next = -1;
    const before = new Set(this.settled[index]);
    const { entries, lost, next } = await this.journal.read(index, from, bytes);
    lane.next = next;
    if (lost.length > 0) this.violations.push(`lane ${index}: ${JSON.stringify(lost)} is said to be lost`);
    for (const { seq, entry } of entries) {
      if (entry.head !== headOf(seq, entry.head)) this.violations.push(`lane ${index}: ${seq} is another record`);
      if (before.has(seq)) this.violations.push(`lane ${index}: ${seq} is read though it is settled`);
    }
    const seqs = entries.map(({ seq }) => seq);
    const missed = this.#range(from, next).filter((seq) => !seqs.includes(seq) && !this.settled[index]?.has(seq));
    if (missed.length > 0) this.violations.push(`lane ${index}: ${missed.join()} is passed over`);
    lane.seqs.push(...seqs);
  }

  /** The disk works again, and everything comes to its end. */
  async end(): Promise<void> {
    this.storage.fault = undefined;
    this.storage.delayMs = 0;
    await this.clock.advance(5000);
    await Promise.all(this.reading);
    this.#checkKept(this.journal.next, this.storage.kept, "all is over");
    if (this.journal.bytesInMemory > 0) this.violations.push(`${this.journal.bytesInMemory} bytes stay in memory`);
    if (this.journal.problem) this.violations.push("the problem stays");
    for (const [index, lane] of this.read.entries()) {
      // oxlint-disable-next-line no-await-in-loop -- one lane after the other
      while (lane.next < this.journal.next) await this.clock.run(this.readOnce(index, 100_000));
      const isInOrder = lane.seqs.every((seq, at) => at === 0 || seq > (lane.seqs[at - 1] ?? 0));
      if (!isInOrder) this.violations.push(`lane ${index}: not in order, or twice`);
      const wrong = this.storage.lanes.get(index)?.counts;
      const right = this.settled[index]?.size;
      if ((wrong ?? 0) !== right)
        this.violations.push(`lane ${index}: ${String(wrong)} is on disk, ${right} is settled`);
      if (this.journal.unsettled(index) !== this.journal.next - (right ?? 0)) this.violations.push("unsettled");
      this.settle(index, 0, this.journal.next);
    }
    await this.clock.advance(5000);
    if (this.clock.pending > 0) this.violations.push("a timer stays");
    if (this.storage.blocks.size > 0) this.violations.push("blocks stay");
    await this.clock.run(this.journal.close({ ended: true }));
    if (this.storage.end !== "removed") this.violations.push("the files stay");
  }

  #accept(padding: number): void {
    const { next } = this.journal;
    this.acceptedAt.push(this.clock.now());
    if (this.isCrowded) this.crowdedAt = this.clock.now();
    const seq = this.journal.accept(entryOf({ n: next, p: "x".repeat(padding) }, origin));
    if (seq !== next) this.violations.push(`${next} got the number ${seq}`);
  }

  #isSettledEverywhere(seq: number): boolean {
    return this.settled.every((one) => one.has(seq));
  }

  #range(from: number, to: number): number[] {
    return Array.from({ length: Math.max(0, to - from) }, (_, at) => from + at);
  }

  #checkKept(before: number, kept: readonly number[], when: string): void {
    const known = new Set(kept);
    const missing = this.#range(0, before).filter((seq) => !known.has(seq) && !this.#isSettledEverywhere(seq));
    if (missing.length > 0) this.violations.push(`${when}: ${missing.join()} is neither on disk nor settled`);
  }

  #look({ blocks = [], lanes = [], inputs = [] }: JournalChange): void {
    const written = blocks.flatMap(({ first, count, bytes }) => {
      const heads = unpackBlock(bytes).map(({ head }) => head);
      if (heads.length !== count) this.violations.push(`a block of ${count} has ${heads.length}`);
      for (const [at, head] of heads.entries())
        if (head !== headOf(first + at, head)) this.violations.push(`${first + at} is written as another record`);
      return this.#range(first, first + count);
    });
    for (const { first, count } of blocks) {
      // What came while a store was behind is written whole if something in it is not settled.
      const least = this.wasBehind ? 1 : count;
      const left = this.#range(first, first + count).filter((seq) => !this.#isSettledEverywhere(seq)).length;
      if (left < least)
        this.violations.push(`${count - left} of ${first} are written though they are settled everywhere`);
    }
    for (const seq of written) {
      const age = this.clock.now() - (this.acceptedAt[seq] ?? 0);
      const isEarly = this.asked > 0 || this.isCrowded || this.crowdedAt === this.clock.now();
      if (!isEarly && age < COMMIT_MS) this.violations.push(`${seq} is written after ${age} ms`);
    }
    for (const { lane: index, low, ranges, counts } of lanes) {
      const told = [[0, low] as const, ...ranges].flatMap(([from, to]) => this.#range(from, to));
      const known = [...(this.settled[index] ?? [])].toSorted((a, b) => a - b);
      if (told.join() !== known.join() || counts !== known.length) this.violations.push(`lane ${index}: told wrong`);
    }
    for (const { input, at } of inputs) {
      const { seq, received } = at as { seq: number; received: number };
      if (input !== RECEIVED && seq !== received)
        this.violations.push(`the position of ${received} has the number ${seq}`);
      this.#checkKept(seq, [...this.storage.kept, ...written], `a position at ${seq}`);
    }
  }

  /** A store is behind and much is in memory, but for an entry: then it is written at once. */
  get isCrowded(): boolean {
    return this.journal.bytesInMemory >= 4 * 1024 * 1024 - 6000;
  }
}

function headOf(seq: number, head: string): string {
  return head.startsWith(`{"raw":{"n":${seq},`) ? head : "";
}

test("whatever happens, what the journal promises holds (issue 14)", async () => {
  const sums = { written: 0, read: 0, failures: 0, positions: 0 };
  const property = fc.asyncProperty(fc.limitShrink(steps, 500), async (plan) => {
    const trial = new Trial();
    for (const step of plan) {
      // oxlint-disable-next-line no-await-in-loop -- one step after the other
      await trial.do(step);
      expect(trial.journal.bytesInMemory).toBeLessThan(33 * 1024 * 1024);
    }
    await trial.end();
    expect(trial.violations).toEqual([]);
    sums.failures += trial.failures;
    for (const { seqs } of trial.read) sums.read += seqs.length;
    for (const { blocks = [], inputs = [] } of trial.storage.changes) {
      sums.written += blocks.length;
      sums.positions += inputs.length;
    }
  });
  await fc.assert(property, { numRuns: runs(100), seed: SEED, ...(path !== undefined && { path }) });
  expect(Math.min(...Object.values(sums))).toBeGreaterThan(0);
}, 300_000);
