// What a queue counts for the receipt.
import { expect, test } from "vitest";
import { Tally } from "../../src/delivery/tally.ts";

test("the reasons are counted by code, each with the first reason", () => {
  const tally = new Tally();
  tally.gaveUp("mapping_conflict", "the first");
  tally.gaveUp("deadline", "not delivered");
  tally.gaveUp("mapping_conflict", "the second");
  expect(tally.snapshot().reasons).toEqual([
    { code: "mapping_conflict", count: 2, reason: "the first" },
    { code: "deadline", count: 1, reason: "not delivered" },
  ]);
});

test("codes beyond the nineteenth are counted together as `other`, and a long reason is cut to 300 characters", () => {
  const tally = new Tally();
  for (let n = 0; n < 1000; n++) tally.gaveUp(`code_${n}`, "x".repeat(1000));
  tally.gaveUp("code_0", "again");
  const { reasons } = tally.snapshot();
  expect(reasons).toHaveLength(20);
  expect(reasons[0]).toEqual({ code: "code_0", count: 2, reason: "x".repeat(300) });
  expect(reasons.at(-1)).toMatchObject({ code: "other", count: 981 });
});

test("a snapshot is a copy", () => {
  const tally = new Tally();
  const before = tally.snapshot();
  tally.accepted = 3;
  tally.gaveUp("deadline", "not delivered");
  expect(before).toMatchObject({ accepted: 0, reasons: [] });
  expect(tally.snapshot()).toMatchObject({ accepted: 3, reasons: [{ count: 1 }] });
});
