// The retry policy, row by row: what each kind of failure means (SC-13 to SC-17, SC-20, SC-23 to SC-28).
import { describe, expect, test } from "vitest";
import { type History, NEVER_SENT } from "../../src/delivery/history.ts";
import {
  CONDITIONS,
  type FailureKind,
  RULES,
  type Rule,
  type Situation,
  failuresOf,
  mayBePassed,
  needsCheck,
  ruleFor,
} from "../../src/delivery/retry-policy.ts";

interface Case extends Partial<Omit<Situation, "history">> {
  readonly history?: Partial<History>;
}

/** A batch of ten records that failed for the first time, with nothing under way beside it. */
function situation({ history, ...given }: Case): Situation {
  return {
    size: 10,
    worked: false,
    isOwn: true,
    isSmallest: true,
    ordered: false,
    atMostOnce: false,
    ...given,
    history: { ...NEVER_SENT, attempts: 1, ...history },
  };
}

const rest = { isRest: true };
const guilty = { failures: 8, tries: 1, failedAlone: true };

const rows: readonly (readonly [kind: FailureKind, given: Case, rule: Rule])[] = [
  ["reject", { size: 1 }, ["one record", "give up", "none", "none"]],
  ["reject", { size: 2 }, ["otherwise", "split", "none", "none"]],
  ["blocked", { history: rest }, ["a rest", "again", "recheck", "none"]],
  ["blocked", {}, ["otherwise", "again", "none", "recheck"]],
  ["retry", { history: rest }, ["a rest", "again", "idle", "none"]],
  ["retry", {}, ["otherwise", "again", "attempts", "back off"]],
  ["doubt", { atMostOnce: true, history: rest }, ["at most once", "give up", "none", "back off"]],
  ["doubt", { history: { attempts: 4, isRest: true } }, ["a sample", "split at once", "as asked", "none"]],
  ["doubt", { history: rest }, ["a rest", "again", "idle", "none"]],
  ["doubt", {}, ["otherwise", "again", "attempts", "back off"]],
  ["unexplained", { atMostOnce: true }, ["at most once", "give up", "none", "back off"]],
  [
    "unexplained",
    { ordered: true, history: { failures: 2, tries: 1 } },
    ["failed twice in order", "split", "first", "if down"],
  ],
  ["unexplained", { history: { failures: 2, tries: 2 } }, ["failed twice", "split", "as asked", "if down"]],
  ["unexplained", { history: { failures: 2, tries: 1 } }, ["several records", "again", "tries", "if down"]],
  ["unexplained", { size: 1, history: { ...guilty, failures: 7 } }, ["failed seldom", "again", "soon", "if down"]],
  ["unexplained", { size: 1, history: guilty }, ["its own fault", "give up", "none", "none"]],
  ["unexplained", { size: 1, isOwn: false, history: guilty }, ["maybe its fault", "again alone", "first", "if down"]],
  ["unexplained", { size: 1, history: { failures: 99, tries: 99 } }, ["otherwise", "again", "tries", "if down"]],
];

test.each(rows)("%s %j: %j", (kind, given, rule) => {
  expect(ruleFor(kind, situation(given))).toEqual(rule);
});

test("every row of the table is one of these, in the order of the table", () => {
  const table = Object.entries(RULES).flatMap(([kind, rules]) => rules.map((rule) => [kind, rule]));
  expect(rows.map(([kind, , rule]) => [kind, rule])).toEqual(table);
});

test("each condition has a use and an explanation", () => {
  const used = new Set(Object.values(RULES).flatMap((rules) => rules.map(([when]) => when)));
  expect([...used].toSorted()).toEqual(Object.keys(CONDITIONS).toSorted());
});

describe("a batch is split as a sample (SC-24)", () => {
  test.each([
    ["from the fourth attempt on", { history: { attempts: 4 } }, true],
    ["not before", { history: { attempts: 3 } }, false],
    ["not where the store wrote something meanwhile", { history: { attempts: 4 }, worked: true }, false],
    ["not where another one is smaller", { history: { attempts: 4 }, isSmallest: false }, false],
    ["not where it is a single record", { history: { attempts: 4 }, size: 1 }, false],
  ])("%s", (_, given, isSample) => {
    expect(ruleFor("doubt", situation(given))[0] === "a sample").toBe(isSample);
  });
});

describe("several records that failed without an explanation are split (SC-24)", () => {
  test.each([
    ["at once where the store wrote others meanwhile", { worked: true, history: { failures: 1, tries: 1 } }, true],
    ["not after one failure, as the store may be down", { history: { failures: 1, tries: 1 } }, false],
    ["not the half of such a batch either", { history: { failures: 3, tries: 1 } }, false],
    ["in order the half of such a batch at once", { ordered: true, history: { failures: 3, tries: 1 } }, true],
    ["in order not after one failure", { ordered: true, history: { failures: 1, tries: 1 } }, false],
  ])("%s", (_, given, isSplit) => {
    expect(ruleFor("unexplained", situation(given))[1] === "split").toBe(isSplit);
  });
});

test.each([
  ["attempts", 5],
  ["idle", 3],
  ["tries", 4],
  ["soon", 3],
  ["first", 1],
] as const)("the back-off %j counts %i failures", (wait, failures) => {
  expect(failuresOf(wait, { ...NEVER_SENT, attempts: 5, idle: 3, tries: 4 }, 2)).toBe(failures);
});

test("the back-off of attempts counts the failures of the store if they are more", () => {
  expect(failuresOf("attempts", { ...NEVER_SENT, attempts: 1 }, 6)).toBe(6);
});

test("in order the store is asked from the sixth failure of a single record on (SC-28)", () => {
  const asked = [5, 6, 9].map((failures) => needsCheck({ ...NEVER_SENT, failures, tries: 1 }, 1));
  expect(asked).toEqual([false, true, true]);
  expect(needsCheck({ ...NEVER_SENT, failures: 9, tries: 1 }, 2)).toBe(false);
  expect(needsCheck({ ...NEVER_SENT, failures: 9, tries: 0 }, 1)).toBe(false);
});

test("in order, a record is passed after eight failures if the store was well after the last three (SC-28)", () => {
  const passed = [
    [8, 3],
    [7, 3],
    [8, 2],
  ].map(([failures = 0, checks = 0]) => mayBePassed({ ...NEVER_SENT, failures, checks, tries: 1 }, 1));
  expect(passed).toEqual([true, false, false]);
});
