// What a batch went through, as a value.
import { expect, test } from "vitest";
import {
  NEVER_SENT,
  answered,
  attempted,
  blocked,
  doubted,
  explained,
  failed,
  failedOf,
  isTogether,
  noted,
  returned,
  split,
  uncounted,
} from "../../src/delivery/history.ts";

const alone = { size: 1, worked: false, begun: 7, ordered: false };

test("an event makes a new value and leaves the old one as it was", () => {
  const before = Object.freeze({ ...NEVER_SENT });
  expect(failed(attempted(before), alone)).toMatchObject({ attempts: 1, failures: 1, tries: 1, seen: 7 });
  expect(before).toEqual(NEVER_SENT);
});

test("halves inherit failures, but not those at the size of the whole", () => {
  expect(split(failed(NEVER_SENT, { ...alone, size: 4 }))).toMatchObject({ failures: 1, tries: 0 });
});

test("an explanation clears the unexplained failures, but not the attempts", () => {
  const history = doubted(failed(attempted(NEVER_SENT), { ...alone, worked: true }), { ...alone, worked: true });
  expect(explained(history)).toEqual({ ...NEVER_SENT, attempts: 1 });
});

test("a record failed alone if the store had worked since it failed before", () => {
  expect(failed(NEVER_SENT, alone).failedAlone).toBe(false);
  expect(failed(NEVER_SENT, { ...alone, worked: true }).failedAlone).toBe(true);
  expect(failed(NEVER_SENT, { ...alone, worked: true, size: 2 }).failedAlone).toBe(false);
});

test("after several failures in a row, the store must have worked since the first one", () => {
  const once = failed(NEVER_SENT, alone);
  expect(failed(once, { ...alone, begun: 9 }).seen).toBe(7);
  expect(failed(once, { ...alone, begun: 9, worked: true }).seen).toBe(9);
});

test("a doubt counts if others were written meanwhile, and always in order", () => {
  expect(doubted(NEVER_SENT, alone).doubts).toBe(0);
  expect(doubted(NEVER_SENT, { ...alone, worked: true }).doubts).toBe(1);
  expect(doubted(NEVER_SENT, { ...alone, ordered: true }).doubts).toBe(1);
});

test("blocked for these records only, if the store takes others (SC-17)", () => {
  expect(blocked(NEVER_SENT, alone)).toMatchObject({ isRest: false, seen: 7 });
  expect(blocked(NEVER_SENT, { ...alone, worked: true })).toMatchObject({ isRest: true, seen: 7 });
});

test("answers without sense are counted until one has sense (SC-13)", () => {
  const twice = answered(answered(NEVER_SENT, false, false), false, true);
  expect(twice).toMatchObject({ invalid: 2, isRest: true });
  expect(answered(twice, true, false)).toMatchObject({ invalid: 0, isRest: true });
});

test("failures of a rest count only if nothing is acknowledged between them (SC-23)", () => {
  const twice = returned(returned(NEVER_SENT, 0), 0);
  expect(twice.idle).toBe(2);
  expect(returned(twice, 1).idle).toBe(1);
});

test("an unknown outcome leaves the records in doubt, whatever follows", () => {
  const cause = { code: "timeout", reason: "No answer.", retryAfterMs: 0 };
  const unknown = failedOf(NEVER_SENT, { ...cause, status: "unknown" });
  expect(failedOf(unknown, { ...cause, status: "retry" }).inDoubt).toBe(true);
});

test("a failure together with others does not count, and the batch is sent alone from then on (L-11)", () => {
  const before = failed(NEVER_SENT, alone);
  const shared = failed(noted(before, 1000, 9, false), { ...alone, worked: true });
  expect(uncounted(shared)).toMatchObject({ failures: 1, failedAlone: false, seen: 7, isSentAlone: true });
});

test.each([
  ["it came while the attempt was under way", 9, 1000, true],
  ["it came before the attempt had begun", 10, 1000, false],
  ["it came long before", 9, 11_001, false],
])("two failures are together if %s (L-11)", (_, number, now, expected) => {
  const other = noted(NEVER_SENT, 1000, 9, false).lastFailure;
  expect(isTogether(other, number, now)).toBe(expected);
});
