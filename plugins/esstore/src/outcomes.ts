import { BlockedError, RejectError, RetryError, TooLargeError, UnknownOutcomeError } from "@cloudmarker/store-api";
import { duplicate, reject, retry, unknown, written } from "@cloudmarker/store-api";
import type { Outcome, StoreError } from "@cloudmarker/store-api";
import { describeServer, excerpt, retryAfterMs } from "@cloudmarker/store-api/kit";
import type { Bulk } from "./request.ts";
import type { ServerAnswer } from "./server.ts";

/** What became of a bulk request. */
export interface BulkOutcomes {
  /** Of all records but the plainly written ones and {@link BulkOutcomes.refused}. */
  readonly outcomes: readonly Outcome[];
  /** Rejections for what is in the record, which might be taken in another form. */
  readonly refused: readonly Outcome[];
}

/**
 * Reads the answer to a bulk request, item by item and by position (ES-20).
 * @param nowMs - milliseconds since the epoch
 * @throws StoreError where the answer is about the request as a whole
 */
export function bulkOutcomes(
  answer: ServerAnswer,
  { items: sent }: Bulk,
  op: "create" | "index",
  nowMs: number,
): BulkOutcomes {
  if (answer.status !== 200) throw requestError(answer, nowMs);
  const items = (answer.json as { readonly items?: unknown } | undefined)?.items;
  if (!Array.isArray(items))
    throw new UnknownOutcomeError(
      "wrong_answer",
      `${answer.peer} is ${describeServer(answer)}; a bulk request has another answer (ES-33).`,
    );
  if (items.length !== sent.length)
    throw new UnknownOutcomeError(
      "wrong_answer",
      `${answer.peer} answered for ${items.length} records where ${sent.length} were sent (ES-29).`,
    );
  const outcomes: Outcome[] = [];
  const refused: Outcome[] = [];
  /** Indices that took no record, so far, and where the fault is theirs. */
  const atFault = new Set(sent.map(({ index }) => index));
  const held: { readonly outcome: Outcome; readonly index: string }[] = [];
  for (const [n, { position, index }] of sent.entries()) {
    const item = (items as Readonly<Record<string, BulkItem>>[])[n]?.[op];
    const kind = kindOf(item, op);
    if (kind !== "held") atFault.delete(index);
    const { type = "wrong_answer" } = item?.error ?? {};
    const reason = reasonOf(item?.error);
    if (kind === "duplicate") outcomes.push(duplicate(position));
    else if (kind === "diverted") outcomes.push(written(position, { diverted: true }));
    else if (kind === "retry") outcomes.push(retry(position, type, reason));
    else if (kind === "unknown") outcomes.push(unknown(position, type, reason));
    else if (kind === "reject") outcomes.push(reject(position, type, reason));
    else if (kind === "refused") refused.push(reject(position, type, reason));
    else if (kind === "held")
      held.push({ index, outcome: reject(position, type, `${reason}${hintFor(type, reason)}`) });
  }
  // Where not one record gets into an index, the fault is not in the records (ES-27).
  for (const { outcome, index } of held)
    outcomes.push(atFault.has(index) ? { ...outcome, status: "blocked" } : outcome);
  return { outcomes, refused };
}

interface BulkItem {
  readonly status?: number;
  readonly error?: Fault;
  readonly result?: string;
  readonly failure_store?: string;
}

interface Fault {
  readonly type?: string;
  readonly reason?: string;
  readonly caused_by?: Fault;
}

type Kind = "written" | "diverted" | "duplicate" | "retry" | "unknown" | "refused" | "reject" | "held";

function kindOf(item: BulkItem | undefined, op: "create" | "index"): Kind {
  const { status = 0, error, failure_store } = item ?? {};
  // An ingest pipeline that drops a record answers 200 and `noop`: what it was told to do (ES-21).
  if (status >= 200 && status < 300) return failure_store === "used" ? "diverted" : "written";
  if (status === 409) return op === "create" ? "duplicate" : "reject";
  if (status === 408 || status === 429 || status >= 500) return "retry";
  if (status === 401 || status === 403 || status === 404 || isSetUp(error)) return "held";
  if (status === 400) return "refused";
  return status > 400 ? "reject" : "unknown";
}

/** Errors 400 of an item that are about the index or the params, with what to do. */
const SET_UP: readonly (readonly [type: string, reason: RegExp, hint: string])[] = [
  ["index_closed_exception", /^/u, "open the index"],
  ["validation_exception", /maximum.*shards/u, "the cluster has no room for another index"],
  ["illegal_argument_exception", /^pipeline with id/u, "create the pipeline, or change `pipeline`"],
  ["illegal_argument_exception", /op_type of create/u, "choose `op: create`"],
  ["illegal_argument_exception", /no write index/u, "give the alias a write index"],
];

function isSetUp({ type, reason = "" }: Fault = {}): boolean {
  return SET_UP.some(([name, text]) => name === type && text.test(reason));
}

function hintFor(type: string, reason: string): string {
  if (type === "index_not_found_exception")
    return "; create it, or let the server create indices (action.auto_create_index)";
  if (type === "security_exception")
    return "; grant `create_doc` (for `op: index`, `index`) and `auto_configure` on it";
  const hint = SET_UP.find(([name, text]) => name === type && text.test(reason.slice(type.length + 2)))?.[2];
  return hint === undefined ? "" : `; ${hint}`;
}

/** Type, reason and all causes in one line (ES-26). */
function reasonOf(fault: Fault | undefined): string {
  if (!fault) return "The server gives no reason.";
  const { type = "error", reason = "no reason given", caused_by } = fault;
  const cause = caused_by ? ` (${reasonOf(caused_by)})` : "";
  return `${type}: ${excerptOf(reason)}${cause}`;
}

/** A reason may quote the record, which may be long. */
function excerptOf(reason: string): string {
  return reason.length <= 500 ? reason : `${reason.slice(0, 499)}…`;
}

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
  const { status, headers, peer, json } = answer;
  const error = (json as { readonly error?: Fault | string } | undefined)?.error;
  const fault = typeof error === "string" ? { reason: error } : error;
  const said = fault ? reasonOf(fault) : excerpt(answer.body);
  const text = `${peer} answered ${status}${said === "" ? "" : `: ${said}`}`;
  const after = retryAfterMs(headers["retry-after"], nowMs);
  const options = after === undefined ? {} : { retryAfterMs: after };
  if (status === 429) return new RetryError("overloaded", text, options);
  if (status === 502 || status === 503 || status === 504) return new RetryError("unavailable", text, options);
  if (status >= 500) return new UnknownOutcomeError("server_error", text, options);
  if (status === 413) return new TooLargeError(`${text}; see http.max_content_length there, or lower buffer_size.`);
  if (status === 401)
    return new BlockedError("credentials", `${text}; check username and password, api_key or bearer.`);
  if (status === 403) return new BlockedError("no_permission", `${text}; ${grant}.`);
  if (status === 406 || fault?.type === "media_type_header_exception")
    return new BlockedError(
      "version",
      `${text}; the server does not take plain application/x-ndjson, which every Elasticsearch and OpenSearch does.`,
    );
  if (status === 400) {
    if (fault && !/unrecognized parameter|no handler found/u.test(fault.reason ?? ""))
      return new RejectError(fault.type ?? "bad_request", text);
    return new BlockedError("wrong_server", `${text}; this server does not know the request.`);
  }
  if (status >= 300 && status < 400)
    return new BlockedError(
      "redirected",
      `${peer} is ${describeServer(answer)}; give the address of the server itself.`,
    );
  if (status === 404 || status === 405)
    return new BlockedError(
      "wrong_server",
      `${peer} is ${describeServer(answer)}, and has no bulk endpoint there; check node, host and port.`,
    );
  if (status > 400) return new BlockedError("refused_request", `${text}.`);
  return new UnknownOutcomeError(
    "wrong_answer",
    `${peer} is ${describeServer(answer)}; a bulk request has another answer.`,
  );
}
