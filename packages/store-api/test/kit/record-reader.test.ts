import { expect, test } from "vitest";
import { isScalar, recordReader } from "../../src/kit/index.ts";
import type { StoreRecord } from "../../src/index.ts";
import { recordOf } from "./support.ts";

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
  const { record, parsed } = counted({ at: 7, n: 8 });
  expect(recordReader([...TIME], MEMBERS, 1)(record)).toEqual({
    timeMs: 7,
    members: ',"n":8',
    value: expect.objectContaining({ raw: { at: 7, n: 8 } }),
  });
  expect(parsed()).toBe(1);
});

test("where neither is wanted the record is not parsed", () => {
  const { record, parsed } = counted({ at: 7, n: 8 });
  expect(recordReader([], [], 1)(record)).toEqual({ timeMs: 1, members: "" });
  expect(parsed()).toBe(0);
});

test("a record that nests too deep for JavaScript has the time of the run, and no members", () => {
  const record = Object.defineProperty({ ...recordOf({}) }, "value", {
    get() {
      throw new RangeError("too deep");
    },
  });
  expect(recordReader([...TIME], MEMBERS, 1)(record)).toEqual({ timeMs: 1, members: "" });
});
