import type { Guarantee, Outcome, StoreRecord } from "@cloudmarker/store-api";
import { messageOf } from "../errors.ts";
import { cut } from "../border/describe.ts";
import { fieldsOf, MOST_CODE, MOST_TEXT } from "../border/read.ts";
import { retryAfter } from "./backoff.ts";
import type { Cause } from "./history.ts";
import { inDoubt, isStatus, NamedOutcomes } from "./named-outcomes.ts";

/** A record that a store refused for good. */
export interface Refusal {
  /** Of the record in the batch. */
  readonly index: number;
  readonly record: StoreRecord;
  readonly code: string;
  readonly reason: string;
}

/** The meaning of a store's outcomes for a batch. */
export interface Answer {
  readonly written: number;
  readonly writtenBytes: number;
  readonly duplicate: number;
  readonly duplicateBytes: number;
  readonly diverted: number;
  readonly refused: readonly Refusal[];
  /** Indexes of the records to be sent again, in their order. */
  readonly again: readonly number[];
  /** Indexes of the records that an attempt without an answer had not settled, in their order. */
  readonly open: readonly number[];
  /** Why: the gravest of their outcomes, `blocked` before others, and the longest wait that any asked for. */
  readonly cause: Cause | undefined;
  /** Everything that was not plainly written. */
  readonly outcomes: readonly Outcome[];
  /** What is wrong with the answer itself. */
  readonly invalid: string | undefined;
}

/** The meaning of a thrown error: one of the five statuses, or none if the store could not say. */
export interface Thrown extends Omit<Cause, "status"> {
  readonly status: "retry" | "unknown" | "reject" | "blocked" | "too_large" | undefined;
}

/** Whether a store threw that it cannot go on before it is opened again (SC-67). */
export function asksToReopen(error: unknown): boolean {
  return fieldsOf(error, ["reopen"])?.reopen === true;
}

const NOTHING: Answer = {
  written: 0,
  writtenBytes: 0,
  duplicate: 0,
  duplicateBytes: 0,
  diverted: 0,
  refused: [],
  again: [],
  open: [],
  cause: undefined,
  outcomes: [],
  invalid: undefined,
};
const NO_REASON = "The store gave no reason.";

/**
 * Reads the outcomes of a batch (SC-11, SC-12, SC-13). A record that the answer leaves in doubt counts as `unknown`.
 * Under `at-most-once`, what is `unknown` is refused.
 * @param settled what the store had said of its records before (SC-37)
 */
export function readAnswer(
  answer: unknown,
  records: readonly StoreRecord[],
  bytes: number,
  guarantee: Guarantee,
  settled: NamedOutcomes = new NamedOutcomes(records.length),
): Answer {
  settled.add(answer);
  if (settled.isEmpty) return { ...NOTHING, written: records.length, writtenBytes: bytes };
  return sumUp(settled, records, guarantee, true);
}

/** Reads what a store had said of the records of a batch before an attempt ended without an answer (SC-37). */
export function readSettled(settled: NamedOutcomes, records: readonly StoreRecord[], guarantee: Guarantee): Answer {
  return sumUp(settled, records, guarantee, false);
}

/** @param isAnswered records that are not named were written */
function sumUp(
  named: NamedOutcomes,
  records: readonly StoreRecord[],
  guarantee: Guarantee,
  isAnswered: boolean,
): Answer {
  const refused: Refusal[] = [];
  const again: number[] = [];
  const open: number[] = [];
  const outcomes: Outcome[] = [];
  let cause: Cause | undefined;
  const sums = { written: 0, writtenBytes: 0, duplicate: 0, duplicateBytes: 0, diverted: 0 };
  for (const [index, record] of records.entries()) {
    const said = named.get(index);
    if (!said && !isAnswered) {
      open.push(index);
      continue;
    }
    const outcome = said ?? (named.doubtsOthers ? inDoubt(index) : undefined);
    const isPlain = outcome === undefined || (outcome.status === "written" && outcome.diverted !== true);
    if (!isPlain) outcomes.push(outcome);
    if (isPlain || outcome.status === "written") {
      sums.written++;
      sums.writtenBytes += record.bytes;
      if (!isPlain) sums.diverted++;
    } else if (outcome.status === "duplicate") {
      sums.duplicate++;
      sums.duplicateBytes += record.bytes;
    } else if (outcome.status === "reject") {
      refused.push({ index, record, code: text(outcome.code, "rejected"), reason: text(outcome.reason, NO_REASON) });
    } else if (outcome.status === "unknown" && guarantee === "at-most-once") {
      refused.push({ index, record, ...notAgain(text(outcome.reason, NO_REASON)) });
    } else {
      again.push(index);
      cause = graver(cause, outcome);
    }
  }
  return { ...sums, refused, again, open, cause, outcomes, invalid: named.invalid };
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

function graver(cause: Cause | undefined, { status, code, reason, retryAfterMs }: Outcome): Cause {
  const wait = Math.max(cause?.retryAfterMs ?? 0, retryAfter(retryAfterMs));
  if (cause && (cause.status === "blocked" || status !== "blocked")) return { ...cause, retryAfterMs: wait };
  return { status, code: text(code, status), reason: text(reason, NO_REASON), retryAfterMs: wait };
}

/** Stores come from anywhere: what should be text may be anything. */
function text(value: unknown, fallback: string): string {
  return typeof value === "string" && value !== "" ? value : fallback;
}

function isThrownStatus(status: unknown): status is NonNullable<Thrown["status"]> {
  return status === "too_large" || (isStatus(status) && status !== "written" && status !== "duplicate");
}
