// A random model of a journal: whatever is accepted, settled, committed and read in whatever order, and whatever the
// disk does, what the journal promises holds. CLOUDMARKER_SEED and CLOUDMARKER_PATH run again what failed.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type Entry, entryOf, makeOrigin } from "../../src/records/entry.ts";
import { unpackBlock } from "../../src/state/block.ts";
import { entryFor, Fork } from "../../src/state/fork.ts";
import { Journal, RECEIVED } from "../../src/state/journal.ts";
import { Settled } from "../../src/state/settled.ts";
import type { JournalChange } from "../../src/state/stored.ts";
import { MemoryJournal, diskError } from "../support/memory-journal.ts";
import { SEED, runs } from "../support/seed.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const COMMIT_MS = 200;
const LANES = 3;
/** If its run is resumed, the store of this lane gets everything again. */
const AGAIN = 2;
const path = process.env["CLOUDMARKER_PATH"];
const origin = makeOrigin({});

/** By lane: which text of a record it gets; undefined where its taps drop the record. */
type Texts = readonly (number | undefined)[];

const SAME: Texts = [0, 0, 0];

type Step =
  | { readonly does: "accept"; readonly count: number; readonly padding: number; readonly texts: readonly Texts[] }
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
        // In turn.
        texts: fc.oneof(
          fc.constant([SAME]),
          fc.array(fc.array(fc.constantFrom(0, 0, 1, undefined), { minLength: LANES, maxLength: LANES }), {
            minLength: 1,
            maxLength: 4,
          }),
        ),
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
  /** Of each record. */
  readonly texts: Texts[] = [];
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
  readonly isAgain: boolean;
  /** Texts and numbers without one that were written of records that are not the same for all. */
  forks = 0;

  /** @param isAgain whether the last lane may get everything again */
  constructor(isAgain: boolean) {
    this.isAgain = isAgain;
    this.journal = new Journal({
      storage: this.storage,
      size: this.storage.size,
      clock: this.clock,
      lanes: Array.from({ length: LANES }, (_, lane) => {
        return { low: 0, ranges: [], isAgain: isAgain && lane === AGAIN };
      }),
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
        for (let i = 0; i < step.count; i++) this.#accept(step.padding, step.texts[i % step.texts.length] ?? SAME);
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
    const { entries, lost, passed, next } = await this.journal.read(index, from, bytes);
    lane.next = next;
    if (passed.length > 0) this.violations.push(`lane ${index}: ${JSON.stringify(passed)} is said to be dropped`);
    if (lost.length > 0) this.violations.push(`lane ${index}: ${JSON.stringify(lost)} is said to be lost`);
    for (const { seq, entry } of entries) {
      if (!this.#isRight(seq, index, entry.head)) this.violations.push(`lane ${index}: ${seq} is another record`);
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

  #accept(padding: number, texts: Texts): void {
    const { next } = this.journal;
    this.acceptedAt.push(this.clock.now());
    if (this.isCrowded) this.crowdedAt = this.clock.now();
    this.texts.push(texts);
    const entries = [0, 1].map((t) => entryOf({ n: next, t, p: "x".repeat(padding) }, origin));
    const lanesOf = (text: number): number[] => texts.flatMap((one, lane) => (one === text ? [lane] : []));
    const forked = entries.map((entry, text) => ({ entry, lanes: lanesOf(text) }));
    const same = forked.find(({ lanes }) => lanes.length === LANES)?.entry;
    const seq = this.journal.accept(same ?? new Fork(forked.filter(({ lanes }) => lanes.length > 0)));
    if (seq !== next) this.violations.push(`${next} got the number ${seq}`);
    for (const [lane, text] of texts.entries()) if (text === undefined) this.settle(lane, seq, seq + 1);
  }

  #isRight(seq: number, lane: number, head: string | undefined): boolean {
    return head?.startsWith(`{"raw":{"n":${seq},"t":${this.texts[seq]?.[lane]},`) === true;
  }

  /** Whether a block has of a record what the stores have yet to get, and nothing else. */
  #isWritten(seq: number, kept: Entry | Fork): boolean {
    const isNeeded = (lane: number): boolean =>
      !this.settled[lane]?.has(seq) || (this.isAgain && lane === AGAIN && this.texts[seq]?.[lane] !== undefined);
    const lanes = Array.from({ length: LANES }, (_, lane) => lane);
    if (kept instanceof Fork) {
      this.forks += Math.max(1, kept.texts.length);
      if (!this.wasBehind && kept.texts.some((text) => !text.lanes.some(isNeeded))) return false;
    }
    return lanes.every((lane) => !isNeeded(lane) || this.#isRight(seq, lane, entryFor(kept, lane)?.head));
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

  #look({ blocks = [], lanes = [], inputs = [], isForked = false }: JournalChange): void {
    const written = blocks.flatMap(({ first, count, bytes }) => {
      const all = unpackBlock(bytes);
      if (all.length !== count) this.violations.push(`a block of ${count} has ${all.length}`);
      if (all.some((kept) => kept instanceof Fork) && !isForked && !this.storage.isForked)
        this.violations.push("a journal of an older version gets a block that it does not know");
      for (const [at, kept] of all.entries())
        if (!this.#isWritten(first + at, kept)) this.violations.push(`${first + at} is written as another record`);
      // What all stores have settled has no text where many gaps are written as one block.
      return this.#range(first, first + count).filter((seq) => {
        const kept = all[seq - first];
        return !(kept instanceof Fork && kept.texts.length === 0 && this.#isSettledEverywhere(seq));
      });
    });
    for (const { first, count } of blocks) {
      // What came while a store was behind is written whole if something in it is not settled.
      const its = written.filter((seq) => seq >= first && seq < first + count);
      const settled = its.filter((seq) => this.#isSettledEverywhere(seq)).length;
      if (settled > (this.wasBehind ? its.length - 1 : 0))
        this.violations.push(`${settled} of ${first} are written though they are settled everywhere`);
    }
    for (const seq of written) {
      const age = this.clock.now() - (this.acceptedAt[seq] ?? 0);
      const isEarly = this.asked > 0 || this.isCrowded || this.crowdedAt === this.clock.now();
      if (!isEarly && age < COMMIT_MS) this.violations.push(`${seq} is written after ${age} ms`);
    }
    for (const { lane: index, low, ranges, counts, pages } of lanes) {
      const before = pages ? (this.storage.lanes.get(index)?.ranges ?? []) : [];
      const all = new Settled(low, [...before, ...ranges]).ranges();
      const told = [[0, low] as const, ...all].flatMap(([from, to]) => this.#range(from, to));
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

test("whatever happens, what the journal promises holds (issue 14)", async () => {
  const sums = { written: 0, read: 0, failures: 0, positions: 0, forks: 0 };
  const property = fc.asyncProperty(fc.limitShrink(steps, 500), fc.boolean(), async (plan, isAgain) => {
    const trial = new Trial(isAgain);
    for (const step of plan) {
      // oxlint-disable-next-line no-await-in-loop -- one step after the other
      await trial.do(step);
      expect(trial.journal.bytesInMemory).toBeLessThan(33 * 1024 * 1024);
    }
    await trial.end();
    expect(trial.violations).toEqual([]);
    sums.failures += trial.failures;
    sums.forks += trial.forks;
    for (const { seqs } of trial.read) sums.read += seqs.length;
    for (const { blocks = [], inputs = [] } of trial.storage.changes) {
      sums.written += blocks.length;
      sums.positions += inputs.length;
    }
  });
  await fc.assert(property, { numRuns: runs(100), seed: SEED, ...(path !== undefined && { path }) });
  expect(Math.min(...Object.values(sums))).toBeGreaterThan(0);
}, 300_000);
