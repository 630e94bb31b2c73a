import type { Failure } from "@cloudmarker/store-api";
import { beforeEach, describe, expect, test } from "vitest";
import { type Entry, entryOf, makeOrigin } from "../../src/records/entry.ts";
import { Fork } from "../../src/state/fork.ts";
import { Settled } from "../../src/state/settled.ts";
import { type Backlog, Journal, type JournalOptions, RECEIVED } from "../../src/state/journal.ts";
import { numbers } from "../support/scripted-queue.ts";
import { MemoryJournal, diskError } from "../support/memory-journal.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const MIB = 1024 * 1024;
const origin = makeOrigin({});

let clock: VirtualClock;
let storage: MemoryJournal;
let failures: Failure[];
beforeEach(() => {
  clock = new VirtualClock();
  storage = new MemoryJournal(clock, 2);
  failures = [];
});

/** A journal with two lanes. */
function journalOf(options: Partial<JournalOptions> = {}): Journal {
  return new Journal({
    storage,
    size: storage.size,
    clock,
    lanes: [0, 1].map(() => ({ low: 0, ranges: [] })),
    next: 0,
    commitMs: 200,
    maxBytes: 4096 * MIB,
    reserveBytes: 0,
    received: () => ({ counts: {} }),
    counts: () => null,
    failed: (failure) => failures.push(failure),
    ...options,
  });
}

function entry(n: number, bytes = 0): Entry {
  return entryOf({ n, p: "x".repeat(bytes) }, origin);
}

function accept(journal: Journal, count: number, bytes = 0): void {
  for (let i = 0; i < count; i++) journal.accept(entry(journal.next, bytes));
}

function settle(journal: Journal, from: number, to: number): void {
  journal.settle(0, from, to);
  journal.settle(1, from, to);
}

function seqs({ entries }: Pick<Backlog, "entries">): number[] {
  return entries.map(({ seq }) => seq);
}

describe("what is written", () => {
  test("nothing of an entry that every store settles in time, only how far they are (DESIGN 10)", async () => {
    const journal = journalOf({ counts: (lane) => ({ written: lane }) });
    accept(journal, 1000);
    await clock.advance(199);
    settle(journal, 0, 1000);
    expect(journal.bytesInMemory).toBe(0);
    accept(journal, 1);
    settle(journal, 1000, 1001);
    expect(journal.bytesInMemory).toBe(0);
    await clock.advance(10_000);
    const lanes = [0, 1].map((lane) => ({ lane, low: 1001, ranges: [], counts: { written: lane } }));
    const inputs = [{ input: RECEIVED, at: { counts: {}, seq: 1001 } }];
    expect(storage.changes).toEqual([{ blocks: [], lanes, inputs }]);
    expect([journal.bytesInMemory, clock.pending]).toEqual([0, 0]);
  });

  test("an entry that is old enough, also where the event loop seldom has a turn (DESIGN 10)", async () => {
    const journal = journalOf();
    accept(journal, 2);
    clock.freeze(400);
    await clock.advance(0);
    expect(storage.kept).toEqual([0, 1]);
    accept(journal, 2);
    clock.freeze(110);
    await clock.advance(0);
    expect(storage.kept).toEqual([0, 1]);
    clock.freeze(150);
    await clock.advance(0);
    expect(storage.kept).toEqual([0, 1, 2, 3]);
  });

  test("an entry that is old enough, also where the time of the system is set back", async () => {
    let behindMs = 0;
    const now = (): number => clock.now() - behindMs;
    const setTimeout = clock.setTimeout.bind(clock);
    const journal = journalOf({ clock: { now, setTimeout, clearTimeout: clock.clearTimeout.bind(clock) } });
    accept(journal, 2);
    await clock.advance(10);
    behindMs = 3_600_000;
    await clock.advance(290);
    expect(storage.kept).toEqual([0, 1]);
  });

  test("an entry that some store has not settled, once it is old enough", async () => {
    const journal = journalOf();
    await clock.advance(12);
    accept(journal, 2);
    journal.settle(0, 0, 2);
    await clock.advance(199);
    expect(storage.kept).toEqual([]);
    await clock.advance(51);
    expect(storage.kept).toEqual([0, 1]);
    expect([journal.bytesInMemory, journal.unsettled(0), journal.unsettled(1)]).toEqual([0, 0, 2]);
  });

  test("of entries in a row only those that some store has not settled", async () => {
    const journal = journalOf();
    accept(journal, 600);
    settle(journal, 0, 100);
    journal.settle(0, 150, 300);
    journal.settle(1, 100, 200);
    settle(journal, 310, 598);
    await clock.advance(250);
    expect(storage.kept).toEqual([...numbers(100, 149), ...numbers(200, 309), 598, 599]);
  });

  test("4 MiB at once while a store is behind", async () => {
    const journal = journalOf();
    journal.setBehind(1, true);
    accept(journal, 50, 100_000);
    await clock.advance(0);
    expect(storage.kept.length).toBeGreaterThan(39);
    expect(journal.bytesInMemory).toBeLessThan(2 * MIB);
  });

  test("a large backlog in transactions of 4 MiB, one after the other", async () => {
    const journal = journalOf();
    storage.delayMs = 10;
    accept(journal, 200, 100_000);
    await clock.run(journal.commit());
    const sizes = storage.changes.map(({ blocks = [] }) => blocks.reduce((sum, { bytes }) => sum + bytes.length, 0));
    expect(Math.max(...sizes)).toBeLessThan(5.1 * MIB);
    expect([sizes.length, storage.kept.length]).toEqual([5, 200]);
  });
});

describe("commit()", () => {
  test("writes what is not settled at once, and without need nothing", async () => {
    const journal = journalOf();
    accept(journal, 3);
    settle(journal, 1, 2);
    journal.position(0, { byte: 7 });
    await journal.commit();
    expect([storage.kept, [...storage.inputs.keys()]]).toEqual([
      [0, 2],
      [0, RECEIVED],
    ]);
    await journal.commit();
    expect(storage.changes).toHaveLength(1);
  });

  test("covers what was accepted while another commit was under way, and calls share one", async () => {
    const journal = journalOf();
    storage.delayMs = 100;
    accept(journal, 1);
    const first = journal.commit();
    await clock.advance(50);
    accept(journal, 1);
    const others = [journal.commit(), journal.commit()];
    await clock.run(Promise.all([first, ...others]));
    expect([storage.kept, storage.changes.length]).toEqual([[0, 1], 2]);
  });

  test("comes to its end though producers fill the journal all the time", async () => {
    const journal = journalOf();
    journal.setBehind(0, true);
    storage.delayMs = 10;
    const produce = (): void => {
      accept(journal, 60, 100_000);
      clock.setTimeout(produce, 5);
    };
    produce();
    await clock.advance(12);
    await clock.run(journal.commit(), 1000);
    expect(storage.kept.length).toBeGreaterThan(100);
  });

  test("rejects where the disk does, and again tries it", async () => {
    const journal = journalOf();
    accept(journal, 1);
    const error = diskError("failed", "Cannot write to run.db: EIO.");
    storage.fault = { error };
    const failed = { code: "SPOOL_FAILED", message: "Cannot write to run.db: EIO.", cause: error };
    await expect(journal.commit()).rejects.toMatchObject(failed);
    storage.fault = undefined;
    await journal.commit();
    expect([storage.kept, journal.problem, failures]).toEqual([[0], undefined, [failed]]);
    // The disk works: nothing waits as after a failure.
    accept(journal, 1);
    await clock.advance(250);
    expect(storage.kept).toEqual([0, 1]);
  });
});

describe("a disk that takes nothing", () => {
  test("is told once and tried again; what is accepted stays in memory up to 32 MiB", async () => {
    const journal = journalOf();
    storage.fault = { error: diskError("full", "Cannot write to run.db: its disk has no room left.") };
    accept(journal, 100, 100_000);
    await clock.advance(60_000);
    expect(failures.map(({ code }) => code)).toEqual(["SPOOL_FULL"]);
    expect(journal.problem?.message).toBe("Cannot write to run.db: its disk has no room left.");
    // Not at every moment: each try writes 4 MiB.
    expect(storage.changes.length).toBeLessThan(70);
    expect(journal.full).toBe(false);
    accept(journal, 240, 100_000);
    expect(journal.full).toBe(true);
    const room = journal.room();
    storage.fault = undefined;
    await clock.run(room, 2000);
    await clock.advance(2000);
    expect([journal.full, journal.bytesInMemory, journal.problem]).toEqual([false, 0, undefined]);
    expect(storage.kept).toHaveLength(340);
  });

  test("keeps nothing back that is not an entry: how far the stores are is written later", async () => {
    const journal = journalOf();
    accept(journal, 3);
    settle(journal, 0, 3);
    storage.fault = { error: diskError("failed", "EIO") };
    await clock.advance(300);
    storage.fault = undefined;
    await clock.advance(2000);
    expect([storage.lanes.get(0)?.low, storage.lanes.get(1)?.low]).toEqual([3, 3]);
  });

  test("is not asked for what is settled everywhere", async () => {
    const journal = journalOf({ reserveBytes: 1000 });
    accept(journal, 1);
    await journal.commit();
    storage.freeBytes = 0;
    for (const seq of [1, 2]) {
      accept(journal, 1);
      settle(journal, seq, seq + 1);
      // oxlint-disable-next-line no-await-in-loop -- the first tells that there is no room
      await journal.commit();
    }
    expect([journal.problem, storage.kept]).toEqual([undefined, [0]]);
  });

  test("uses what became free in its own files", async () => {
    const journal = journalOf({ reserveBytes: 1000 });
    storage.freeBytes = 0;
    storage.reusableBytes = 2 ** 20;
    for (const _ of [1, 2]) {
      accept(journal, 1);
      // oxlint-disable-next-line no-await-in-loop -- the first tells the room
      await journal.commit();
    }
    expect(storage.kept).toEqual([0, 1]);
  });

  test("costs nothing while the stores keep up: what they settle makes room", async () => {
    const journal = journalOf();
    storage.fault = { error: diskError("failed", "EIO") };
    accept(journal, 340, 100_000);
    const room = journal.room();
    settle(journal, 0, 100);
    await room;
    expect([journal.full, journal.bytesInMemory < 25 * MIB]).toEqual([false, true]);
  });

  test("fails a second time with the same block, of which a part is settled meanwhile: each entry is read once", async () => {
    const journal = journalOf();
    accept(journal, 10);
    storage.fault = { error: diskError("failed", "no answer"), late: true };
    await expect(journal.commit()).rejects.toThrow("no answer");
    settle(journal, 2, 5);
    storage.fault = undefined;
    await journal.commit();
    const first = await journal.read(0, 0, MIB);
    expect([seqs(first), first.lost, first.next]).toEqual([[0, 1, 5, 6, 7, 8, 9], [], 10]);
  });

  test.each([
    ["spool.max_bytes", { maxBytes: MIB }, "it holds 0 bytes of records, and spool.max_bytes allows 1 MiB"],
    [
      "spool.reserve_bytes",
      { reserveBytes: 2 ** 40 },
      "its disk has 1 TiB left, and spool.reserve_bytes keeps 1 TiB free",
    ],
  ])("%s is kept to, and what the stores settle is written all the same", async (_name, limits, why) => {
    const journal = journalOf(limits);
    accept(journal, 30, 100_000);
    journal.settle(0, 0, 10);
    const message = `The journal takes no more records: ${why}.`;
    await expect(journal.commit()).rejects.toMatchObject({ code: "SPOOL_FULL", message });
    expect(storage.lanes.get(0)?.low).toBe(10);
    expect(failures).toEqual([{ code: "SPOOL_FULL", message }]);
    expect([journal.unsaved(0).length, storage.kept]).toEqual([20, []]);
    settle(journal, 0, 30);
    await clock.advance(2000);
    expect([journal.problem, journal.bytesInMemory]).toEqual([undefined, 0]);
  });
});

describe("read()", () => {
  test("goes from the disk to memory without a gap, and leaves out what the store has settled", async () => {
    const journal = journalOf();
    accept(journal, 5);
    await journal.commit();
    accept(journal, 5);
    journal.settle(1, 2, 3);
    journal.settle(1, 7, 8);
    const disk = await journal.read(1, 1, MIB);
    expect([seqs(disk), disk.next]).toEqual([[1, 3, 4], 5]);
    const memory = await journal.read(1, disk.next, MIB);
    expect([seqs(memory), memory.next]).toEqual([[5, 6, 8, 9], 10]);
    expect(memory.entries.map(({ entry: { head } }) => head)).toEqual([5, 6, 8, 9].map((n) => entry(n).head));
    expect(await journal.read(1, 10, MIB)).toMatchObject({ entries: [], lost: [], next: 10 });
  });

  test("misses nothing that is on its way to the disk", async () => {
    const journal = journalOf();
    accept(journal, 3);
    storage.delayMs = 50;
    const commit = journal.commit();
    await clock.advance(10);
    expect(seqs(await journal.read(0, 0, MIB))).toEqual([0, 1, 2]);
    await clock.run(commit);
    expect(seqs(await clock.run(journal.read(0, 0, MIB)))).toEqual([0, 1, 2]);
  });

  test("goes on in memory where what lies before is settled and was never written", async () => {
    const journal = journalOf();
    accept(journal, 4);
    await journal.commit();
    accept(journal, 3);
    settle(journal, 4, 6);
    storage.fault = { error: diskError("failed", "EIO") };
    await expect(journal.commit()).rejects.toThrow("EIO");
    const backlog = await journal.read(0, 4, MIB);
    expect([seqs(backlog), backlog.lost]).toEqual([[6], []]);
  });

  test("gives about as much as it was asked for", async () => {
    const journal = journalOf();
    accept(journal, 100, 100_000);
    await journal.commit();
    expect((await journal.read(0, 0, 2 * MIB)).entries.length).toBeLessThan(22);
    accept(journal, 100, 100_000);
    expect((await journal.read(0, 100, 2 * MIB)).entries).toHaveLength(21);
    expect((await journal.read(0, 100, 1)).entries).toHaveLength(1);
  });

  test("names what is lost where the disk is damaged, and goes on behind it", async () => {
    const journal = journalOf();
    for (const _ of [1, 2, 3]) {
      accept(journal, 10);
      // oxlint-disable-next-line no-await-in-loop -- a block each
      await journal.commit();
    }
    journal.settle(0, 12, 14);
    storage.blocks.delete(10);
    const backlog = await journal.read(0, 5, 100 * MIB);
    expect(backlog.lost).toEqual([
      [10, 12],
      [14, 20],
    ]);
    expect(seqs(backlog)).toEqual([5, 6, 7, 8, 9, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29]);
    storage.blocks.delete(20);
    expect((await journal.read(0, 20, MIB)).lost).toEqual([[20, 30]]);
  });
});

describe("position()", () => {
  test("is kept once everything before it is on disk or settled, and with the number of the next entry", async () => {
    const journal = journalOf();
    accept(journal, 2);
    journal.position(0, { byte: 20 });
    await clock.advance(60);
    accept(journal, 2);
    journal.position(0, { byte: 40 });
    settle(journal, 0, 2);
    await clock.advance(199);
    expect(storage.inputs.get(0)).toEqual({ input: 0, at: { byte: 20, seq: 2 } });
    expect(storage.kept).toEqual([]);
    await clock.advance(100);
    expect([storage.inputs.get(0), storage.kept]).toEqual([{ input: 0, at: { byte: 40, seq: 4 } }, [2, 3]]);
  });

  test("a disk that fails for long costs no memory", async () => {
    const journal = journalOf();
    accept(journal, 1);
    storage.fault = { error: diskError("failed", "EIO") };
    for (let byte = 0; byte < 500; byte++) {
      journal.position(0, { byte });
      // oxlint-disable-next-line no-await-in-loop -- one period after the other
      await clock.advance(50);
    }
    storage.fault = undefined;
    await journal.commit();
    expect(storage.inputs.get(0)).toEqual({ input: 0, at: { byte: 499, seq: 1 } });
  });
});

describe("after the end of a process", () => {
  test("it goes on with the numbers and what was settled; entries that are read again keep their numbers", async () => {
    const before = journalOf();
    accept(before, 4);
    before.settle(0, 1, 3);
    await before.commit();
    accept(before, 2);
    before.settle(0, 5, 6);
    before.settle(1, 5, 6);
    const { lanes } = await storage.state();
    const journal = journalOf({ lanes, next: 2, size: storage.size });
    journal.skip();
    journal.skip();
    accept(journal, 1);
    expect([journal.next, journal.isSettled(0, 1), journal.isSettled(0, 3)]).toEqual([5, true, false]);
    await journal.commit();
    expect(seqs(await journal.read(0, 0, MIB))).toEqual([0, 3, 4]);
  });
});

describe("close()", () => {
  test("removes the files of a run that is over and settled", async () => {
    const journal = journalOf();
    accept(journal, 2);
    settle(journal, 0, 2);
    await journal.close({ ended: true });
    expect([storage.end, clock.pending]).toEqual(["removed", 0]);
  });

  test.each([true, false])("writes what is left and keeps the files (the run has ended: %s)", async (ended) => {
    const journal = journalOf();
    accept(journal, 2);
    if (!ended) settle(journal, 0, 2);
    await journal.close({ ended });
    expect([storage.end, storage.kept, clock.pending]).toEqual(["closed", ended ? [0, 1] : [], 0]);
  });

  test("waits for a commit that somebody asked for and that has yet to begin", async () => {
    const journal = journalOf();
    const order: string[] = [];
    storage.delayMs = 10;
    storage.onCommit = () => void order.push("commit");
    const remove = storage.remove.bind(storage);
    storage.remove = () => {
      order.push("remove");
      return remove();
    };
    accept(journal, 3);
    const first = journal.commit();
    await clock.advance(1);
    // It waits for the first.
    const second = journal.commit();
    settle(journal, 0, 3);
    await clock.run(Promise.all([first, second, journal.close({ ended: true })]));
    expect([order, storage.end, clock.pending]).toEqual([["commit", "commit", "remove"], "removed", 0]);
  });

  test("closes the files also where the disk fails, and then says what is not on it", async () => {
    const journal = journalOf();
    accept(journal, 3);
    journal.settle(1, 1, 3);
    storage.fault = { error: diskError("failed", "EIO") };
    await expect(journal.close({ ended: true })).rejects.toMatchObject({ code: "SPOOL_FAILED" });
    const unsaved = [0, 1].map((lane) => journal.unsaved(lane).map(({ seq }) => seq));
    expect([storage.end, unsaved, clock.pending]).toEqual(["closed", [[0, 1, 2], [0]], 0]);
  });
});

describe("a store whose taps drop much of what it would get", () => {
  test("costs a commit only what has changed, however many gaps there are (issue 15)", async () => {
    const journal = journalOf();
    const [first, last] = [40_000, 200];
    for (let seq = 0; seq < first; seq++) {
      journal.accept(entry(seq));
      journal.settle(0, seq, seq + 1);
      if (seq % 2 === 1) journal.settle(1, seq, seq + 1);
    }
    await journal.commit();
    for (let seq = first; seq < first + last; seq++) {
      journal.accept(entry(seq));
      journal.settle(0, seq, seq + 1);
      if (seq % 2 === 1) journal.settle(1, seq, seq + 1);
    }
    journal.settle(1, 0, 1);
    await journal.commit();
    const lane = storage.changes.at(-1)?.lanes?.find((one) => one.lane === 1);
    expect(lane).toMatchObject({ low: 2, pages: [Math.floor(first / 4096)] });
    expect(lane?.ranges.length).toBeLessThan(4096);
    const known = storage.lanes.get(1);
    const settled = new Settled(known?.low, known?.ranges);
    expect(settled.count).toBe((first + last) / 2 + 1);
    expect(journal.unsettled(1)).toBe((first + last) / 2 - 1);
  });

  test("has one block for many records with gaps between them, and no text in the gaps", async () => {
    const journal = journalOf();
    for (let seq = 0; seq < 200; seq++) {
      journal.accept(entry(seq, 1000));
      journal.settle(0, seq, seq + 1);
      if (seq % 2 === 0) journal.settle(1, seq, seq + 1);
    }
    await journal.commit();
    expect([...storage.blocks.keys()]).toEqual([1]);
    expect(storage.size.usedBytes).toBeLessThan(100 * 1100);
    expect(journal.bytesInMemory).toBe(0);
    const backlog = await journal.read(1, 0, MIB);
    expect(seqs(backlog)).toEqual(Array.from({ length: 100 }, (_, at) => 2 * at + 1));
    expect(backlog.entries.map((kept) => kept.entry.head)).toEqual(
      backlog.entries.map(({ seq }) => entry(seq, 1000).head),
    );
    expect(backlog).toMatchObject({ lost: [], next: 200 });
  });

  test("a commit that failed is made good by one of all of it, even if it had taken effect", async () => {
    const journal = journalOf();
    const drop = (from: number, to: number): void => {
      for (let seq = from; seq < to; seq++) {
        journal.accept(entry(seq));
        if (seq % 2 === 1) journal.settle(1, seq, seq + 1);
      }
    };
    drop(0, 40_000);
    await journal.commit();
    for (const late of [true, false]) {
      storage.fault = { error: diskError("failed", "no"), late };
      drop(journal.next, journal.next + 5000);
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await expect(journal.commit()).rejects.toMatchObject({ code: "SPOOL_FAILED" });
      storage.fault = undefined;
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await journal.commit();
      const known = storage.lanes.get(1);
      expect(new Settled(known?.low, known?.ranges).count).toBe(journal.next / 2);
    }
  });

  test.each([
    ["an entry that a store does not get", (journal: Journal) => journal.accept(new Fork([]))],
    [
      "a block with gaps",
      (journal: Journal) => {
        for (let seq = 0; seq < 200; seq++) {
          journal.accept(entry(seq));
          if (seq % 2 === 0) for (const lane of [0, 1]) journal.settle(lane, seq, seq + 1);
        }
      },
    ],
  ])("tells the disk of %s, until it knows", async (_, take) => {
    const journal = journalOf();
    journal.accept(entry(0));
    await journal.commit();
    journal.settle(0, 0, 1);
    journal.settle(1, 0, 1);
    take(journal);
    storage.fault = { error: diskError("failed", "no") };
    await expect(journal.commit()).rejects.toMatchObject({ code: "SPOOL_FAILED" });
    storage.fault = undefined;
    await journal.commit();
    journal.accept(new Fork([]));
    await journal.commit();
    expect(storage.changes.map(({ isForked }) => isForked === true)).toEqual([false, true, true, false]);
  });

  test("each store gets its own text, of the disk and of memory, and what it does not get is not lost", async () => {
    const journal = journalOf();
    const [one, two] = [entry(1), entry(2)];
    const fork = new Fork([
      { entry: one, lanes: [0] },
      { entry: two, lanes: [1] },
    ]);
    const heads = async (lane: number): Promise<(string | undefined)[]> =>
      (await journal.read(lane, 0, MIB)).entries.map((kept) => kept.entry.head);
    journal.accept(fork);
    journal.accept(new Fork([{ entry: one, lanes: [0] }]));
    journal.settle(1, 1, 2);
    for (const _ of ["memory", "disk"]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect([await heads(0), await heads(1)]).toEqual([[one.head, one.head], [two.head]]);
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await journal.commit();
    }
    expect(storage.reads).toBeGreaterThan(0);
    expect(await journal.read(1, 0, MIB)).toMatchObject({ lost: [], next: 2 });
    expect(journal.unsaved(0)).toEqual([]);
  });
});
