import { expect, test, vi } from "vitest";
import { type Group, groupBatch, sendGroups } from "../../src/batches/index.ts";
import {
  BlockedError,
  duplicate,
  type Outcome,
  RejectError,
  RetryError,
  type StoreRecord,
  TooLargeError,
  UnknownOutcomeError,
} from "@cloudmarker/store-api";
import { recordOf } from "../support.ts";

const named = (names: readonly (string | undefined)[]) =>
  names.map((name, n) => recordOf(n, name === undefined ? {} : { name }));
const refuse = (error: Error) => () => {
  throw error;
};
const nameOf = ({ com }: StoreRecord) => com["name"] as string | undefined;

test("cuts a batch by name, in order, and rejects records without a name (ES-08)", () => {
  const { groups, rejected } = groupBatch(named(["a", "b", undefined, "a"]), nameOf);
  expect(groups.map(({ name, indexes }) => [name, indexes])).toEqual([
    ["a", [0, 3]],
    ["b", [1]],
  ]);
  expect(rejected).toMatchObject([{ index: 2, status: "reject", code: "unresolved_name" }]);
});

test("keeps groups below the limits; a larger record is a group of its own", () => {
  const batch = [recordOf("x"), recordOf("y".repeat(500)), recordOf("z"), recordOf("z")];
  const cut = (limits: object) => groupBatch(batch, () => "a", limits).groups.map(({ indexes }) => indexes);
  expect(cut({ records: 3 })).toEqual([[0, 1, 2], [3]]);
  expect(cut({ bytes: 100 })).toEqual([[0], [1], [2, 3]]);
});

test("a record's share of a request may differ from its bytes", () => {
  const { groups } = groupBatch(
    [1, 2, 3, 4].map((n) => recordOf(n)),
    () => "a",
    { bytes: 6, bytesOf: (_, index) => index + 1 },
  );
  expect(groups.map(({ indexes }) => indexes)).toEqual([[0, 1, 2], [3]]);
});

test("a name may refuse its record; any other error is the store's", () => {
  const { groups, rejected } = groupBatch([recordOf(1)], refuse(new RejectError("too_large", "why")));
  expect(groups).toEqual([]);
  expect(rejected).toEqual([{ index: 0, status: "reject", code: "too_large", reason: "why" }]);
  expect(() => groupBatch([recordOf(1)], refuse(new TypeError("mistake")))).toThrow("mistake");
});

test("a record that has an outcome already is in no group", () => {
  const { groups, rejected } = groupBatch(named(["a", "b", "a"]), (record) =>
    nameOf(record) === "b" ? { status: "written" } : nameOf(record),
  );
  expect(groups.map(({ indexes }) => indexes)).toEqual([[0, 2]]);
  expect(rejected).toEqual([{ index: 1, status: "written" }]);
});

test("a group knows its size in the request", () => {
  const { groups } = groupBatch(named(["a", "b", "a"]), nameOf, { bytesOf: (_, index) => index + 1 });
  expect(groups.map(({ bytes }) => bytes)).toEqual([4, 2]);
});

test("outcomes get their places in the batch", async () => {
  const cut = groupBatch(named(["a", "b", "a"]), nameOf);
  expect(await sendGroups(cut, ({ name }) => (name === "a" ? [duplicate(1)] : undefined))).toEqual([duplicate(2)]);
});

test.each([
  [new BlockedError("index", "no"), "blocked", "index"],
  [new RetryError("busy", "no", { retryAfterMs: 5 }), "retry", "busy"],
  [new UnknownOutcomeError("cut", "no"), "unknown", "cut"],
  [new TooLargeError("no"), "retry", "too_large"],
  [new Error("no"), "unknown", "request_failed"],
])("a group that fails whole costs the others nothing: %s", async (error, status, code) => {
  const cut = groupBatch(named(["a", "b", "a"]), nameOf);
  const outcomes = await sendGroups(cut, ({ name }) => {
    if (name === "a") throw error;
  });
  expect(outcomes).toMatchObject([
    { index: 0, status, code, reason: "no" },
    { index: 2, status, code, reason: "no" },
  ]);
});

test("a failure of the only group is the batch's: the host halves it", async () => {
  const error = new TooLargeError("no");
  const sent = sendGroups(groupBatch(named(["a", "a"]), nameOf), () => {
    throw error;
  });
  await expect(sent).rejects.toBe(error);
});

test.each([
  ["too large", new TooLargeError("no"), new RetryError("busy", "later"), [["retry", "busy"]]],
  ["refused", new RejectError("bad", "no"), new Error("crash"), [["unknown", "request_failed"]]],
  ["failed without a word", new Error("no"), new BlockedError("index", "gone"), [["blocked", "index"]]],
  ["refused like another one", new RejectError("bad", "no"), new TooLargeError("also no"), []],
])(
  "a group that is %s is thrown for, once the others are settled (SC-15, SC-24)",
  async (_what, error, other, wanted) => {
    const settled: Outcome[] = [];
    const settle = (outcomes: readonly Outcome[]): void => void settled.push(...outcomes);
    const sent = sendGroups(
      groupBatch(
        ["a", "b", "c"].map((name, n) => recordOf(n, { name })),
        nameOf,
      ),
      ({ name }) => {
        if (name === "a") throw error;
        if (name === "b") throw other;
      },
      { settle },
    );
    await expect(sent).rejects.toBe(error);
    expect(settled.filter(({ index }) => index === 2)).toMatchObject([{ status: "written" }]);
    expect(settled.filter(({ index }) => index !== 2).map(({ index, status, code }) => [index, status, code])).toEqual(
      wanted.map((what) => [1, ...what]),
    );
  },
);

test("the outcomes of a group are settled before the next one is sent, those of the last by the answer (SC-37)", async () => {
  const cut = groupBatch(named(["a", undefined, "b", "a", "c"]), nameOf);
  const seen: unknown[] = [];
  const settle = (outcomes: readonly Outcome[]): void => {
    seen.push(outcomes.map(({ index, status }) => [index, status]));
  };
  const send = ({ name }: Group): Outcome[] => {
    seen.push(name);
    return name === "c" ? [] : [duplicate(0)];
  };
  const answer = await sendGroups(cut, send, { settle });
  expect(seen).toEqual([
    [[1, "reject"]],
    "a",
    [
      [0, "duplicate"],
      [3, "written"],
    ],
    "b",
    [[2, "duplicate"]],
    "c",
  ]);
  expect(answer.map(({ index }) => index)).toEqual([1, 0, 2]);
});

test("a batch that is one group settles nothing beforehand", async () => {
  const settle = vi.fn<(outcomes: readonly Outcome[]) => void>();
  const outcomes = await sendGroups(groupBatch(named(["a", "a"]), nameOf), () => [duplicate(1)], { settle });
  expect(outcomes).toEqual([duplicate(1)]);
  expect(settle).not.toHaveBeenCalled();
});
