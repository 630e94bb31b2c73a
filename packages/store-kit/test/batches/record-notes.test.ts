import { describe, expect, test } from "vitest";
import { isScalar, recordReader } from "../../src/batches/index.ts";
import { duplicate, reject, type Remark, retry, type StoreRecord } from "@cloudmarker/store-api";
import { recordOf } from "../support.ts";

const AT = Date.UTC(2026, 0, 1);
const TIME = [{ from: "/raw/at", format: "milliseconds" }] as const;
const MEMBERS = [{ name: "n", from: "/raw/n", fits: isScalar }];

/** A record, and how often it was parsed. */
function counted(raw: object): { record: StoreRecord; parsed: () => number } {
  let times = 0;
  const { value, ...rest } = recordOf(raw);
  const record = Object.defineProperty({ ...rest, value }, "value", {
    get() {
      times++;
      return value;
    },
  });
  return { record, parsed: () => times };
}

test("time and members cost one parse", () => {
  const { record, parsed } = counted({ at: AT, n: 8 });
  expect(recordReader([...TIME], MEMBERS, 1)(record)).toEqual({
    timeMs: AT,
    nanos: 0,
    members: ',"n":8',
    value: expect.objectContaining({ raw: { at: AT, n: 8 } }),
  });
  expect(parsed()).toBe(1);
});

test("if neither is wanted, the record is not parsed", () => {
  const { record, parsed } = counted({ at: AT, n: 8 });
  expect(recordReader([], [], 1)(record)).toEqual({ timeMs: 1, nanos: 0, members: "" });
  expect(parsed()).toBe(0);
});

test("a record that nests too deep for JavaScript has the time of the run, and no members", () => {
  const record = Object.defineProperty({ ...recordOf({}) }, "value", {
    get() {
      throw new RangeError("too deep");
    },
  });
  expect(recordReader([...TIME], MEMBERS, 1)(record)).toEqual({ timeMs: 1, nanos: 0, members: "" });
});

const SOURCES = [
  { from: "/raw/at", format: "iso8601" },
  { from: "/raw/seen", format: "seconds" },
] as const;

/** What the receipt says of records that a store has written. */
function remarksOf(raws: readonly object[], from: readonly string[] = []): readonly Remark[] {
  const members = from.map((pointer, n) => ({ name: `f${n}`, from: pointer, fits: isScalar }));
  const read = recordReader([...SOURCES], members, 1);
  const batch = raws.map((raw) => recordOf(raw));
  for (const record of batch) read(record);
  read.settle(batch, []);
  return read.remarks();
}

function sampleOf(raw: object): string | undefined {
  return remarksOf([raw])[0]?.sample;
}

describe("what the receipt says (L-05)", () => {
  test("nothing if all is well, or if nothing is configured", () => {
    expect(remarksOf([{ at: "2026-01-01" }])).toEqual([]);
    expect(remarksOf([])).toEqual([]);
    const read = recordReader([], [], 1);
    const batch = [recordOf({})];
    read(recordOf({}));
    read.settle(batch, []);
    expect(read.remarks()).toEqual([]);
  });

  test("the number of records without a readable time, and the value of the first one", () => {
    const raws = Array.from({ length: 1_500 }, (_, n) => ({
      at: n < 1_100 ? `2026-02-3${n % 10}` : "2026-02-03",
      seen: null,
    }));
    expect(remarksOf(raws)).toEqual([
      {
        code: "unreadable_time",
        count: 1_100,
        of: 1_500,
        message:
          '1,100 of 1,500 records had no readable time at /raw/at or /raw/seen, and that of the run\'s start was taken; first: "2026-02-30".',
        sample: '"2026-02-30"',
      },
      expect.objectContaining({ code: "unmatched_pointer" }),
    ]);
  });

  test("how many had none, and how many one that was passed over", () => {
    const raws = [{ at: "x", seen: 1_700_000_000 }, { at: "2026-01-01" }, { at: 0 }, {}];
    expect(remarksOf(raws).map(({ message }) => message)).toEqual([
      "2 of 4 records had no time at /raw/at or /raw/seen, and that of the run's start was taken.",
      '1 of 4 records had an unreadable time, and that of a later pointer was taken; first: "x".',
    ]);
  });

  test("which format would read it", () => {
    expect(sampleOf({ at: 1_700_000_000, seen: null })).toBe(
      "1700000000, which would be a time with `format: seconds`",
    );
    expect(sampleOf({ at: null, seen: 1_700_000_000_000 })).toBe(
      "1700000000000, which would be a time with `format: milliseconds`",
    );
    expect(sampleOf({ at: "x".repeat(500) })).toBe(`"${"x".repeat(79)}…`);
    expect(sampleOf({ at: { a: 1 } })).toBe("an object");
    expect(sampleOf({ at: [1, 2] })).toBe("a list of 2");
  });

  test("which pointers led to nothing, and which to nothing of use", () => {
    const members = ["/raw/n", "/raw/typo", "/raw/o", "/raw/null"];
    expect(remarksOf([{ n: 1, o: {}, null: null }, { n: 2 }], members)).toEqual([
      {
        code: "unmatched_pointer",
        count: 2,
        of: 2,
        message: "time: /raw/at led to nothing in any of 2 records, and that of the run's start was taken.",
        sample: "/raw/at",
      },
      expect.objectContaining({ sample: "/raw/seen" }),
      {
        code: "unmatched_pointer",
        count: 2,
        of: 2,
        message: "fields.f1: /raw/typo led to nothing in any of 2 records.",
        sample: "/raw/typo",
      },
      {
        code: "unfit_values",
        count: 2,
        of: 2,
        message: "fields.f2: no value at /raw/o in any of 2 records is one that the field takes.",
        sample: "/raw/o",
      },
      expect.objectContaining({ code: "unmatched_pointer", sample: "/raw/null" }),
    ]);
  });

  test("which texts no record had anything for", () => {
    const read = recordReader([], [], 1);
    const batch = [recordOf({}), recordOf({})];
    read.settle(batch, []);
    expect(read.remarks({ routing: { isUnmatched: true }, host: { isUnmatched: false } })).toEqual([
      {
        code: "unmatched_pointer",
        count: 2,
        of: 2,
        message: "routing: what a placeholder asks for is not in any of 2 records, which went without.",
      },
    ]);
  });

  test("counts a record once, when it is written, however often it was tried", () => {
    const read = recordReader([{ from: "/raw/at", format: "iso8601" }], [], 1);
    const batch = ["x", "y", "z", "2026-01-01"].map((at) => recordOf({ at }));
    for (const record of [...batch, ...batch]) read(record);
    read.settle(batch, [retry(0, "later", "Later."), duplicate(1), reject(2, "bad", "Bad.")]);
    expect(read.remarks()).toMatchObject([{ count: 1, of: 2, sample: '"y"' }]);
    const [first] = batch;
    if (first) read.settle([first], undefined);
    expect(read.remarks()).toMatchObject([{ count: 2, of: 3, sample: '"y"' }]);
  });

  test("a record that nests too deep to be read", () => {
    const read = recordReader([...TIME], [], 1);
    const record = Object.defineProperty({ ...recordOf({}) }, "value", {
      get() {
        throw new RangeError("too deep");
      },
    });
    read(record);
    read.settle([record], []);
    expect(read.remarks()[0]).toMatchObject({
      code: "unreadable_time",
      sample: "a record that nests too deeply to be read",
    });
  });
});
