import { duplicate, type StoreError, UnknownOutcomeError, written } from "@cloudmarker/store-api";
import type { Outcome, OutcomeStatus } from "@cloudmarker/store-api";
import { describeServer, httpFailure, type Meaning } from "@cloudmarker/store-api/kit";
import type { Bulk } from "./request.ts";
import type { ServerAnswer } from "./server.ts";

/** What became of a bulk request. */
export interface BulkOutcomes {
  /** Of all records but the plainly written ones and {@link BulkOutcomes.refused}. */
  readonly outcomes: readonly Outcome[];
  /** Rejections for what is in the record, which might be taken in another form. */
  readonly refused: readonly Outcome[];
}

interface BulkItem {
  readonly status?: number;
  readonly error?: Fault;
  readonly failure_store?: string;
}

interface Fault {
  readonly type?: string;
  readonly reason?: string;
  readonly caused_by?: Fault;
}

/**
 * Reads the answer to a bulk request, item by item and by position (ES-20).
 * @param nowMs - milliseconds since the epoch
 * @throws StoreError where the answer is about the request as a whole
 */
export function bulkOutcomes(
  answer: ServerAnswer,
  { items: sent }: Pick<Bulk, "items">,
  op: "create" | "index",
  nowMs: number,
): BulkOutcomes {
  if (answer.status !== 200) throw requestError(answer, nowMs);
  const items = readItems(answer, sent.length);
  const outcomes: Outcome[] = [];
  const refused: Outcome[] = [];
  /** Rejections that may be the fault of the index, with its name. */
  const held: { readonly outcome: Outcome; readonly name: string }[] = [];
  const isFine = new Set<string>();
  for (const [n, { position: index, index: name }] of sent.entries()) {
    const { status: answered = 0, error, failure_store } = items[n]?.[op] ?? {};
    const status = statusOf(answered, op);
    const hint = status === "reject" ? hintFor(error) : undefined;
    const isHeld = hint !== undefined || answered === 401 || answered === 403 || answered === 404;
    if (!isHeld) isFine.add(name);
    if (status === "duplicate") outcomes.push(duplicate(index));
    else if (status !== "written") {
      const { type: code = "wrong_answer" } = error ?? {};
      const outcome = { index, status, code, reason: `${reasonOf(error)}${hint ?? ""}` };
      if (isHeld) held.push({ outcome, name });
      else (answered === 400 ? refused : outcomes).push(outcome);
    } else if (failure_store === "used") outcomes.push(written(index, { diverted: true }));
  }
  // Where not one record gets into an index, the fault is not in the records (ES-27).
  for (const { outcome, name } of held) outcomes.push(isFine.has(name) ? outcome : { ...outcome, status: "blocked" });
  return { outcomes, refused };
}

function readItems(answer: ServerAnswer, count: number): readonly Readonly<Record<string, BulkItem>>[] {
  const items = (answer.json as { readonly items?: unknown } | undefined)?.items;
  if (!Array.isArray(items)) {
    const text = `${answer.peer} is ${describeServer(answer)}; a bulk request has another answer (ES-33).`;
    throw new UnknownOutcomeError("wrong_answer", text);
  }
  if (items.length !== count) {
    const text = `${answer.peer} answered for ${items.length} records where ${count} were sent (ES-29).`;
    throw new UnknownOutcomeError("wrong_answer", text);
  }
  return items;
}

/** What the status of an item means; an ingest pipeline that drops a record answers 200 and `noop`: what it was told to do (ES-21). */
function statusOf(status: number, op: "create" | "index"): OutcomeStatus {
  if (status >= 200 && status < 300) return "written";
  if (status === 409 && op === "create") return "duplicate";
  if (status === 408 || status === 429 || status >= 500) return "retry";
  return status >= 400 ? "reject" : "unknown";
}

/** Errors of an item that are about the index or the params, with what to do. */
const HINTS: readonly (readonly [type: string, reason: RegExp, hint: string])[] = [
  ["index_not_found_exception", /^/u, "create it, or let the server create indices (action.auto_create_index)"],
  ["security_exception", /^/u, "grant `create_doc` (for `op: index`, `index`) and `auto_configure` on it"],
  ["index_closed_exception", /^/u, "open the index"],
  ["validation_exception", /maximum.*shards/u, "the cluster has no room for another index"],
  ["illegal_argument_exception", /^pipeline with id/u, "create the pipeline, or change `pipeline`"],
  ["illegal_argument_exception", /op_type of create/u, "choose `op: create`"],
  ["illegal_argument_exception", /no write index/u, "give the alias a write index"],
];

function hintFor(fault: Fault | undefined): string | undefined {
  if (!fault) return undefined;
  const found = HINTS.find(([type, reason]) => type === fault.type && reason.test(fault.reason ?? ""));
  return found && `; ${found[2]}`;
}

/** Type, reason and all causes in one line (ES-26). A reason may quote the record, which may be long. */
function reasonOf(fault: Fault | undefined): string {
  if (!fault) return "The server gives no reason.";
  const { type = "error", reason = "no reason given", caused_by } = fault;
  const cause = caused_by ? ` (${reasonOf(caused_by)})` : "";
  return `${type}: ${reason.length <= 500 ? reason : `${reason.slice(0, 499)}…`}${cause}`;
}

const WRONG_SERVER: Meaning = ["blocked", "wrong_server", ", without a bulk endpoint; check node, host and port"];
const VERSION: Meaning = [
  "blocked",
  "version",
  "; every Elasticsearch and OpenSearch takes plain application/x-ndjson",
];

/** What an answer to a whole request means (ES-31). */
const STATUSES: Readonly<Record<string, Meaning>> = {
  "3xx": ["blocked", "redirected", "; give the address of the server itself"],
  401: ["blocked", "credentials", "; check username and password, api_key or bearer"],
  404: WRONG_SERVER,
  405: WRONG_SERVER,
  406: VERSION,
  413: ["too_large", "too_large", "; see http.max_content_length there, or lower buffer_size"],
  429: ["retry", "overloaded"],
  "4xx": ["blocked", "refused_request"],
  502: ["retry", "unavailable"],
  503: ["retry", "unavailable"],
  504: ["retry", "unavailable"],
  "5xx": ["unknown", "server_error"],
};

/**
 * What an answer other than 200 means for the whole request (ES-31).
 * @param nowMs - milliseconds since the epoch
 * @param grant - what to do where the user lacks a privilege
 */
export function requestError(
  answer: ServerAnswer,
  nowMs: number,
  grant = "grant `create_doc` and `auto_configure` on the index",
): StoreError {
  const error = (answer.json as { readonly error?: Fault | string } | undefined)?.error;
  const fault = typeof error === "string" ? { reason: error } : error;
  const meanings: typeof STATUSES = {
    ...STATUSES,
    400: badRequest(fault),
    403: ["blocked", "no_permission", `; ${grant}`],
  };
  return httpFailure(answer, answer.peer, nowMs, meanings, fault && reasonOf(fault));
}

function badRequest(fault: Fault | undefined): Meaning {
  if (fault?.type === "media_type_header_exception") return VERSION;
  if (fault && !/unrecognized parameter|no handler found/u.test(fault.reason ?? ""))
    return ["reject", fault.type ?? "bad_request"];
  return ["blocked", "wrong_server", "; this server does not know the request"];
}
