import { BlockedError, reject, RetryError, TooLargeError, written } from "@cloudmarker/store-api";
import { expect, test } from "vitest";
import { divert } from "../src/divert.ts";
import type { BulkOutcomes, Refused } from "../src/outcomes.ts";
import type { Diverted } from "../src/request.ts";

const REFUSED = [3, 5, 8].map((index) => refused(index, "first reason"));

function refused(index: number, reason: string, name = "audit"): Refused {
  return { outcome: { index, status: "reject", code: "document_parsing_exception", reason }, name };
}

const ignore = (): void => undefined;

/** What an answer says of positions that were taken. */
function diverted(...positions: number[]): BulkOutcomes {
  return {
    outcomes: positions.map((index) => written(index, { diverted: true })),
    refused: [],
    dropped: 0,
    renamed: 0,
  };
}

test("a record that is refused again keeps its first reason; the answer decides the others; what a pipeline dropped counts as written", async () => {
  const outcomes = await divert(
    REFUSED,
    new Set(),
    async ({ form }) => ({
      outcomes: form === "object" ? [{ index: 5, status: "duplicate" }] : [],
      refused: [refused(8, "second reason")],
      dropped: 1,
      renamed: 0,
    }),
    ignore,
  );
  expect(outcomes).toEqual([
    { index: 5, status: "duplicate" },
    reject(8, "document_parsing_exception", "first reason"),
  ]);
});

test("only what is refused as an object is sent as text (L-41)", async () => {
  const sent: Diverted[] = [];
  const outcomes = await divert(
    REFUSED,
    new Set(),
    async (given) => {
      sent.push(given);
      if (given.form === "text") return diverted(...given.positions);
      return { ...diverted(3, 8), refused: [refused(5, "Duplicate field 'a'")] };
    },
    ignore,
  );
  expect(sent).toEqual([
    { positions: [3, 5, 8], form: "object" },
    { positions: [5], form: "text" },
  ]);
  expect(outcomes.map(({ index, status }) => [index, status])).toEqual([3, 8, 5].map((index) => [index, "written"]));
});

test("nothing is sent for nothing", async () => {
  expect(await divert([], new Set(), () => Promise.reject(new Error("sent")), ignore)).toEqual([]);
});

test("a record that is too large alone keeps its first reason (ES-12)", async () => {
  const [one = refused(0, "first reason")] = REFUSED;
  const error = new TooLargeError("too large");
  const outcomes = await divert([one], new Set(), () => Promise.reject(error), ignore);
  expect(outcomes).toEqual([reject(3, "document_parsing_exception", "first reason")]);
});

test("known outcomes are settled before a request that is too large is left to the host (SC-37, ES-12)", async () => {
  const settled: unknown[] = [];
  const error = new TooLargeError("too large");
  const older = [...REFUSED, refused(9, "first reason", "old")];
  const diverting = divert(
    older,
    new Set(["old"]),
    async ({ form }) => {
      if (form === "text") throw error;
      return { ...diverted(5), refused: [refused(3, "again"), refused(8, "again")] };
    },
    (positions, outcomes) => void settled.push([positions, outcomes.map(({ status }) => status)]),
  );
  await expect(diverting).rejects.toBe(error);
  expect(settled).toEqual([
    [[9], ["reject"]],
    [[5], ["written"]],
  ]);
});

test.each([
  [
    new RetryError("unavailable", "why", { retryAfterMs: 5 }),
    { status: "retry", code: "unavailable", retryAfterMs: 5 },
  ],
  [new BlockedError("credentials", "why"), { status: "blocked", code: "credentials" }],
  [new Error("why"), { status: "unknown", code: "request_failed" }],
])("a failure as a whole (%s) is about each of these records, and no other", async (failure, expected) => {
  const outcomes = await divert(REFUSED, new Set(), () => Promise.reject(failure), ignore);
  expect(outcomes).toEqual([3, 5, 8].map((index) => ({ index, reason: "why", ...expected })));
});
