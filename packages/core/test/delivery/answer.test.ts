// How the answer to a batch is read (SC-11 to SC-14, SC-20).
import { UnknownOutcomeError } from "@cloudmarker/store-api";
import { expect, test } from "vitest";
import { readAnswer, readError } from "../../src/delivery/answer.ts";
import { NumberedRecord } from "../support/scripted-queue.ts";

const records = [1, 2, 3].map((n) => new NumberedRecord(n));
const each = records[0]?.bytes ?? 0;

function read(answer: unknown, guarantee: "at-least-once" | "at-most-once" = "at-least-once") {
  return readAnswer(answer, records, 3 * each, guarantee);
}

test.each([[[]], [undefined]])("%j says that all records were written (SC-11)", (answer) => {
  expect(read(answer ?? [])).toMatchObject({ written: 3, writtenBytes: 3 * each, again: [], refused: [] });
});

test("records that no outcome names were written (SC-12)", () => {
  const answer = read([
    { index: 0, status: "duplicate" },
    { index: 2, status: "written", diverted: true },
  ]);
  expect(answer).toMatchObject({ written: 2, duplicate: 1, duplicateBytes: each, diverted: 1, again: [] });
});

test("a rejected record is refused with its code and reason", () => {
  const { refused, written } = read([{ index: 1, status: "reject", code: "mapping", reason: "No number." }]);
  expect(refused).toEqual([{ index: 1, record: records[1], code: "mapping", reason: "No number." }]);
  expect(written).toBe(2);
});

test("records to send again keep their order; the worst outcome and the longest wait count", () => {
  const { again, cause } = read([
    { index: 2, status: "blocked", code: "forbidden", reason: "403" },
    { index: 0, status: "retry", code: "busy", reason: "503", retryAfterMs: 500 },
  ]);
  expect(again).toEqual([0, 2]);
  expect(cause).toEqual({ status: "blocked", code: "forbidden", reason: "403", retryAfterMs: 500 });
});

test.each([
  [
    "an index that is not in the batch",
    [{ index: 3, status: "written" }],
    [0, 1, 2],
    "it names record 3 of a batch of 3",
  ],
  [
    "a record twice",
    [
      { index: 0, status: "written" },
      { index: 0, status: "written" },
    ],
    [0],
    "it names record 0 twice",
  ],
  [
    "a status that does not exist",
    [{ index: 1, status: "fine" }],
    [1],
    'it gives record 1 the status "fine", which does not exist',
  ],
  ["no list", "done", [0, 1, 2], 'it is "done" and no list of outcomes'],
])("%s leaves records in doubt (SC-13)", (_, given, again, invalid) => {
  const answer = read(given);
  expect(answer).toMatchObject({ again, invalid });
  expect(answer.cause).toMatchObject({ status: "unknown", code: "invalid_outcome" });
});

test("at most once: an unknown record becomes a dead letter and is never sent again (SC-20)", () => {
  const { again, refused } = read(
    [{ index: 0, status: "unknown", code: "timeout", reason: "No answer." }],
    "at-most-once",
  );
  expect(again).toEqual([]);
  expect(refused).toMatchObject([{ code: "unknown_outcome", reason: expect.stringContaining("No answer.") }]);
});

test.each([
  ["an error of the contract", new UnknownOutcomeError("closed", "The connection is gone."), "unknown", "closed"],
  ["one of another copy of the class", { status: "too_large", code: "413", message: "Too large." }, "too_large", "413"],
  ["an error without a status", new TypeError("x is undefined"), undefined, "batch_failed"],
  ["a status that only outcomes have", { status: "written", message: "?" }, undefined, "batch_failed"],
  ["no error at all", undefined, undefined, "batch_failed"],
])("a thrown error is read by its properties: %s (SC-14)", (_, error, status, code) => {
  expect(readError(error)).toMatchObject({ status, code });
});

test.each([
  [500, 500],
  [-1, 0],
  ["5", 0],
  [Infinity, 3_600_000],
])("a wait of %j milliseconds that a store asks for counts as %i (SC-14)", (retryAfterMs, expected) => {
  expect(readError(Object.assign(new Error("503"), { retryAfterMs })).retryAfterMs).toBe(expected);
});
