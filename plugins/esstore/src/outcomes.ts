import { duplicate, type StoreError, UnknownOutcomeError, written } from "@cloudmarker/store-api";
import type { Outcome, OutcomeStatus } from "@cloudmarker/store-api";
import { excerpt, httpFailure, type Meaning, readObject, type ServerAnswer } from "@cloudmarker/store-kit/http";
import { awsMeaning, awsReason } from "./aws/meanings.ts";
import { BLOCKED_INDEX, CLOSED_INDEX, EXPLICIT_INDEX, FAULTS, HINTS, STATUSES, TOO_MUCH, WRONG_TYPE } from "./codes.ts";
import type { EsStoreParams } from "./params.ts";
import type { Bulk } from "./request.ts";

/** A record that was not written. */
export interface Refused {
  readonly outcome: Outcome & { readonly reason: string };
  /** Name of the index. */
  readonly name: string;
}

/** The outcomes of a bulk request. */
export interface BulkOutcomes {
  /** Of all records but the plainly written ones and {@link BulkOutcomes.refused}. */
  readonly outcomes: readonly Outcome[];
  /** Records that were rejected for their content; another form may be accepted. */
  readonly refused: readonly Refused[];
  /** Records that an ingest pipeline dropped. It was told to do so, so they count as written (ES-21). */
  readonly dropped: number;
  /** Duplicates of a document under another id, which an ingest pipeline gave the record. */
  readonly renamed: number;
}

type BulkItem = Readonly<{ status?: number; error?: Fault; result?: string; failure_store?: string }>;
type Fault = Readonly<{ type?: string | null; reason?: string | null; caused_by?: Fault | null }>;

/** Nested causes that a reason lists. */
const MOST_CAUSES = 10;

/** This reason names the id of the existing document. */
const CONFLICT = /^\[(.*)\]: version conflict/su;

/**
 * Reads the answer to a bulk request, item by item and by position (ES-20).
 * @throws StoreError where the answer is about the request as a whole
 */
export function bulkOutcomes(answer: ServerAnswer, sent: Bulk["items"], op: EsStoreParams["op"]): BulkOutcomes {
  const { items } = readObject(answer.body) as { readonly items?: readonly Readonly<Record<string, BulkItem>>[] };
  // A bulk request has no other answer (ES-33).
  if (answer.status !== 200 || !Array.isArray(items)) throw requestError(answer);
  if (items.length !== sent.length) {
    const what = `answered for ${items.length} records where ${sent.length} were sent`;
    throw new UnknownOutcomeError("wrong_answer", `${answer.peer} ${what}.`);
  }
  // The host halves a batch of which no record gets through. If some do, these have their outcomes and the others come
  // again.
  if (items.every((item) => TOO_MUCH.test(reasonOf(item?.[op]?.error))))
    throw requestError({ ...answer, status: 429, body: JSON.stringify(items[0]?.[op]) });
  const outcomes: Outcome[] = [];
  const refused: Refused[] = [];
  /** Records that failed for a reason that may lie in the record or in the index. */
  const doubtful: Refused[] = [];
  /** Names of indices that take records. */
  const taking = new Set<string>();
  let dropped = 0;
  let renamed = 0;
  for (const [n, { position: index, id, index: name, isDiverted }] of sent.entries()) {
    const { status: answered = 0, error, result, failure_store } = items[n]?.[op] ?? {};
    const status = statusOf(answered, op, error);
    if (status === "written") {
      taking.add(name);
      if (result === "noop") dropped += 1;
      else if (isDiverted || failure_store === "used") outcomes.push(written(index, { diverted: true }));
    } else if (status === "duplicate") {
      taking.add(name);
      outcomes.push(duplicate(index));
      if ((CONFLICT.exec(error?.reason ?? "")?.[1] ?? id) !== id) renamed += 1;
    } else {
      const reason = reasonOf(error);
      const hint = status === "reject" ? HINTS.find(([known]) => known.test(reason))?.[1] : undefined;
      const code = error?.type ?? "wrong_answer";
      const outcome = { index, status, code, reason: hint ? `${reason}; ${hint}` : reason };
      if (hint || [401, 403, 404].includes(answered)) doubtful.push({ outcome, name });
      else {
        // The index looked at the record. An index that is busy did not: it may take none.
        if (status === "reject") taking.add(name);
        if (answered === 400) refused.push({ outcome, name });
        else outcomes.push(outcome);
      }
    }
  }
  outcomes.push(...doubtful.map((one) => decide(one, taking)));
  return { outcomes, refused, dropped, renamed };
}

/** Decides whether the record or the index is the reason, by the indices that take records. */
function decide({ outcome, name }: Refused, taking: ReadonlySet<string>): Outcome {
  // An index that was blocked or closed during the request says nothing about the record. When no record gets through,
  // the store is blocked (L-48).
  if (BLOCKED_INDEX.test(outcome.reason)) return { ...outcome, status: taking.size > 0 ? "retry" : "blocked" };
  // When an index takes no record at all, the reason is the index (ES-27).
  if (!taking.has(name)) return { ...outcome, status: "blocked" };
  return CLOSED_INDEX.test(outcome.reason) ? { ...outcome, status: "retry" } : outcome;
}

/** The meaning of the status of an item. */
function statusOf(status: number, op: EsStoreParams["op"], error: Fault | undefined): OutcomeStatus {
  // A pipeline refused the record as it was told to; the server answers 500.
  if (error?.type === "fail_processor_exception") return "reject";
  if (status >= 200 && status < 300) return "written";
  if (status === 409 && op === "create") return "duplicate";
  if (status === 408 || status === 429 || status >= 500) return "retry";
  return status >= 400 ? "reject" : "unknown";
}

/** Whether the server takes no index in the lines of a bulk request. */
export function refusesIndexInBody({ status, body }: ServerAnswer): boolean {
  return status === 400 && body.includes(EXPLICIT_INDEX);
}

/** Type, reason and all causes in one line (ES-26). A reason may quote the record, which may be long. */
function reasonOf(fault: Fault | null | undefined): string {
  if (!fault) return "The server gives no reason.";
  const causes: string[] = [];
  for (let cause: Fault | null | undefined = fault; cause && causes.length < MOST_CAUSES; cause = cause.caused_by) {
    causes.push(`${cause.type ?? "error"}: ${excerpt(String(cause.reason ?? "no reason given"), 500)}`);
  }
  return causes.join(" (") + ")".repeat(causes.length - 1);
}

/**
 * What an answer other than 200 means for the whole request (ES-31).
 * @param own - what it means to this request in particular
 */
export function requestError(answer: ServerAnswer, own: typeof STATUSES = new Map()): StoreError {
  const whole = readObject(answer.body);
  const { error } = whole as { readonly error?: Fault | string };
  const fault = typeof error === "string" ? { reason: error } : error;
  const said = fault ? reasonOf(fault) : awsReason(whole);
  const meanings = new Map([...STATUSES, [400, badRequest(fault)], ...own]);
  const known = awsMeaning(said ?? "", answer) ?? FAULTS.find(([told]) => told.test(said ?? ""))?.[1];
  if (known) meanings.set(answer.status, known);
  return httpFailure(answer, meanings, said);
}

function badRequest(fault: Fault | undefined): Meaning {
  if (fault?.type === "media_type_header_exception") return WRONG_TYPE;
  if (!fault || /unrecognized parameter|no handler found/u.test(fault.reason ?? ""))
    return ["blocked", "wrong_server", "; this server does not know the request"];
  // An answer that names no exception may come from a proxy, so no record is given up for it; the host finds out
  // whether a record is the cause.
  if (!fault.type && !/Exception/u.test(fault.reason ?? "")) return ["unknown", "bad_request"];
  return ["reject", fault.type ?? "bad_request"];
}
