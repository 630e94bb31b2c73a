import { duplicate, type StoreError, UnknownOutcomeError, written } from "@cloudmarker/store-api";
import type { Outcome, OutcomeStatus } from "@cloudmarker/store-api";
import { excerpt, httpFailure, type Meaning, readObject, type ServerAnswer } from "@cloudmarker/store-kit/http";
import { awsMeaning, awsReason } from "./aws/meanings.ts";
import { BLOCKED_INDEX, CLOSED_INDEX, EXPLICIT_INDEX, FAULTS, HINTS, STATUSES, TOO_MUCH, WRONG_TYPE } from "./codes.ts";
import type { EsStoreParams } from "./params.ts";
import type { Bulk } from "./request.ts";

/** A record that an index did not take. */
export interface Refused {
  readonly outcome: Outcome & { readonly reason: string };
  /** Name of the index. */
  readonly name: string;
}

/** What became of a bulk request. */
export interface BulkOutcomes {
  /** Of all records but the plainly written ones and {@link BulkOutcomes.refused}. */
  readonly outcomes: readonly Outcome[];
  /** Rejections for what is in the record, which might be taken in another form. */
  readonly refused: readonly Refused[];
  /** How many an ingest pipeline dropped: what it was told to do, so that they count as written (ES-21). */
  readonly dropped: number;
  /** Of the duplicates, those that an ingest pipeline gave another id, under which there was a document. */
  readonly renamed: number;
}

type BulkItem = Readonly<{ status?: number; error?: Fault; result?: string; failure_store?: string }>;
type Fault = Readonly<{ type?: string | null; reason?: string | null; caused_by?: Fault | null }>;

/** Causes of causes that are told. */
const MOST_CAUSES = 10;

/** Such a reason names the id that is there already. */
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
    const what = `answered for ${items.length} records where ${sent.length} were sent (ES-29)`;
    throw new UnknownOutcomeError("wrong_answer", `${answer.peer} ${what}.`);
  }
  // Where all that is left waits in vain, it is parted. In company it is not yet: the others have their outcomes.
  if (items.every((item) => TOO_MUCH.test(reasonOf(item?.[op]?.error))))
    throw requestError({ ...answer, status: 429, body: JSON.stringify(items[0]?.[op]) });
  const outcomes: Outcome[] = [];
  const refused: Refused[] = [];
  /** Rejections that may be the fault of the index. */
  const held: Refused[] = [];
  const isFine = new Set<string>();
  let dropped = 0;
  let renamed = 0;
  for (const [n, { position: index, id, index: name, isDiverted }] of sent.entries()) {
    const { status: answered = 0, error, result, failure_store } = items[n]?.[op] ?? {};
    const status = statusOf(answered, op, error);
    if (status === "written" || status === "duplicate") {
      isFine.add(name);
      if (status === "duplicate") {
        outcomes.push(duplicate(index));
        if ((CONFLICT.exec(error?.reason ?? "")?.[1] ?? id) !== id) renamed += 1;
      } else if (result === "noop") dropped += 1;
      else if (isDiverted || failure_store === "used") outcomes.push(written(index, { diverted: true }));
      continue;
    }
    const said = reasonOf(error);
    const hint = status === "reject" && HINTS.find(([known]) => known.test(said))?.[1];
    const outcome = { index, status, code: error?.type ?? "wrong_answer", reason: hint ? `${said}; ${hint}` : said };
    const isHeld = hint || [401, 403, 404].includes(answered);
    if (isHeld) held.push({ outcome, name });
    else if (answered === 400) refused.push({ outcome, name });
    else outcomes.push(outcome);
    // Of an index that is busy nobody knows yet whether it takes records.
    if (status === "reject" && !isHeld) isFine.add(name);
  }
  for (const { outcome, name } of held) {
    const { reason } = outcome;
    const isTaking = isFine.has(name);
    // What came over an index in the middle of a request is not in the records either; the store is blocked once nothing gets through (L-48).
    const isPassing = BLOCKED_INDEX.test(reason) ? isFine.size > 0 : isTaking && CLOSED_INDEX.test(reason);
    // Where not one record gets into an index, the fault is not in the records (ES-27).
    outcomes.push(isPassing ? { ...outcome, status: "retry" } : isTaking ? outcome : { ...outcome, status: "blocked" });
  }
  return { outcomes, refused, dropped, renamed };
}

/** What the status of an item means. */
function statusOf(status: number, op: EsStoreParams["op"], error: Fault | undefined): OutcomeStatus {
  // A pipeline that was told to refuse the record; the server says 500 of it.
  if (error?.type === "fail_processor_exception") return "reject";
  if (status >= 200 && status < 300) return "written";
  if (status === 409 && op === "create") return "duplicate";
  if (status === 408 || status === 429 || status >= 500) return "retry";
  return status >= 400 ? "reject" : "unknown";
}

/** Whether the server takes no index in the lines of a bulk request; the next one has it in its path. */
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
  // What names no exception may be of a proxy, for which no record is given up; the host finds out whether one is to blame.
  if (!fault.type && !/Exception/u.test(fault.reason ?? "")) return ["unknown", "bad_request"];
  return ["reject", fault.type ?? "bad_request"];
}
