import type { Guarantee, Outcome, OutcomeStatus, StoreRecord } from "@cloudmarker/store-api";
import { messageOf } from "../errors.ts";
import { cut, describe } from "../border/describe.ts";
import { copyOutcomes } from "../border/outcomes.ts";
import { fieldsOf, MOST_CODE, MOST_TEXT } from "../border/read.ts";
import { retryAfter } from "./backoff.ts";
import type { Cause } from "./history.ts";

/** A record that a store refused for good. */
export interface Refusal {
  readonly record: StoreRecord;
  readonly code: string;
  readonly reason: string;
}

/** What a store's outcomes mean for a batch. */
export interface Answer {
  readonly written: number;
  readonly writtenBytes: number;
  readonly duplicate: number;
  readonly duplicateBytes: number;
  readonly diverted: number;
  readonly refused: readonly Refusal[];
  /** Indexes of the records to be sent again, in their order. */
  readonly again: readonly number[];
  /** Why: the gravest of their outcomes, `blocked` before others, and the longest wait that any asked for. */
  readonly cause: Cause | undefined;
  /** Everything that was not plainly written. */
  readonly outcomes: readonly Outcome[];
  /** What is wrong with the answer itself. */
  readonly invalid: string | undefined;
}

/** What a thrown error means: one of the five statuses, or nothing that the store could say. */
export interface Thrown extends Omit<Cause, "status"> {
  readonly status: "retry" | "unknown" | "reject" | "blocked" | "too_large" | undefined;
}

const NOTHING: Answer = {
  written: 0,
  writtenBytes: 0,
  duplicate: 0,
  duplicateBytes: 0,
  diverted: 0,
  refused: [],
  again: [],
  cause: undefined,
  outcomes: [],
  invalid: undefined,
};
const NO_REASON = "The store gave no reason.";
const IN_DOUBT = "The store's answer does not say what became of this record.";

/**
 * Reads the outcomes of a batch. A record that the answer leaves in doubt counts as `unknown`: named twice, with a
 * status that does not exist, or unnamed while the answer names records that are not in the batch. Under
 * `at-most-once`, what is `unknown` is refused.
 */
export function readAnswer(
  answer: unknown,
  records: readonly StoreRecord[],
  bytes: number,
  guarantee: Guarantee,
): Answer {
  // Taps of the write hook may have answered as well, so this is read with the same care as what a store says.
  const copied: unknown = copyOutcomes(answer, records.length);
  if (Array.isArray(copied) && copied.length === 0) {
    return { ...NOTHING, written: records.length, writtenBytes: bytes };
  }
  const named = new Map<number, Outcome>();
  const invalid = nameOutcomes(copied, records.length, named);
  const refused: Refusal[] = [];
  const again: number[] = [];
  const outcomes: Outcome[] = [];
  let cause: Cause | undefined;
  const sums = { written: 0, writtenBytes: 0, duplicate: 0, duplicateBytes: 0, diverted: 0 };
  for (const [index, record] of records.entries()) {
    const outcome = named.get(index);
    if (outcome) outcomes.push(outcome);
    if (outcome === undefined || outcome.status === "written") {
      sums.written++;
      sums.writtenBytes += record.bytes;
      if (outcome?.diverted === true) sums.diverted++;
    } else if (outcome.status === "duplicate") {
      sums.duplicate++;
      sums.duplicateBytes += record.bytes;
    } else if (outcome.status === "reject") {
      refused.push({ record, code: text(outcome.code, "rejected"), reason: text(outcome.reason, NO_REASON) });
    } else if (outcome.status === "unknown" && guarantee === "at-most-once") {
      refused.push({ record, ...notAgain(text(outcome.reason, NO_REASON)) });
    } else {
      again.push(index);
      cause = graver(cause, outcome);
    }
  }
  return { ...sums, refused, again, cause, outcomes, invalid };
}

/** Why a record is given up that the store may have, under `at-most-once`. */
export function notAgain(reason: string): Pick<Refusal, "code" | "reason"> {
  return {
    code: "unknown_outcome",
    reason: `The store may have it, and it is not sent again (at-most-once). ${reason}`,
  };
}

/** Reads what a store threw; by its properties, since there may be two copies of the class. */
export function readError(error: unknown): Thrown {
  const { status, code, retryAfterMs } = fieldsOf(error, ["status", "code", "retryAfterMs"]) ?? {};
  return {
    status: isThrownStatus(status) ? status : undefined,
    code: cut(text(code, isThrownStatus(status) ? status : "batch_failed"), MOST_CODE),
    reason: cut(messageOf(error), MOST_TEXT),
    retryAfterMs: retryAfter(retryAfterMs),
  };
}

function nameOutcomes(answer: unknown, size: number, named: Map<number, Outcome>): string | undefined {
  const entries = Array.isArray(answer) ? (answer as readonly Outcome[]) : [];
  let invalid = Array.isArray(answer) ? undefined : `it is ${describe(answer)} and no list of outcomes`;
  // Where there are more than records, not all were read.
  if (entries.length > size) invalid = `it has more outcomes than the batch has records, which are ${size}`;
  let doubtRest = invalid !== undefined;
  for (const outcome of entries) {
    const { index, status } = outcome as Readonly<Record<keyof Outcome, unknown>>;
    if (typeof index !== "number" || !Number.isInteger(index) || index < 0 || index >= size) {
      invalid ??= `it names record ${show(index)} of a batch of ${size}`;
      doubtRest = true;
    } else if (named.has(index)) {
      invalid ??= `it names record ${index} twice`;
      named.set(index, inDoubt(index));
    } else if (!isStatus(status)) {
      invalid ??= `it gives record ${index} the status ${show(status)}, which does not exist`;
      named.set(index, inDoubt(index));
    } else {
      named.set(index, outcome);
    }
  }
  if (doubtRest) for (let index = 0; index < size; index++) if (!named.has(index)) named.set(index, inDoubt(index));
  return invalid;
}

function inDoubt(index: number): Outcome {
  return { index, status: "unknown", code: "invalid_outcome", reason: IN_DOUBT };
}

function graver(cause: Cause | undefined, { status, code, reason, retryAfterMs }: Outcome): Cause {
  const wait = Math.max(cause?.retryAfterMs ?? 0, retryAfter(retryAfterMs));
  if (cause && (cause.status === "blocked" || status !== "blocked")) return { ...cause, retryAfterMs: wait };
  return { status, code: text(code, status), reason: text(reason, NO_REASON), retryAfterMs: wait };
}

/** Stores come from anywhere: what should be text may be anything. */
function text(value: unknown, fallback: string): string {
  return typeof value === "string" && value !== "" ? value : fallback;
}

function show(value: unknown): string {
  return value === undefined ? "undefined" : describe(value);
}

function isStatus(status: unknown): status is OutcomeStatus {
  switch (status) {
    case "written":
    case "duplicate":
    case "retry":
    case "unknown":
    case "reject":
    case "blocked":
      return true;
    default:
      return false;
  }
}

function isThrownStatus(status: unknown): status is NonNullable<Thrown["status"]> {
  return status === "too_large" || (isStatus(status) && status !== "written" && status !== "duplicate");
}
