import { BlockedError, type Outcome, reject, retry, StoreError, TooLargeError, unknown } from "@cloudmarker/store-api";
import {
  describeServer,
  excerpt,
  type HttpAnswer,
  httpFailure,
  isElsewhere,
  readObject,
  type ServerAnswer,
  UNCLEAR,
  waitOf,
} from "@cloudmarker/store-kit/http";
import { CODES, STATUSES, TAKEN } from "./codes.ts";
import type { EventRequest } from "./request.ts";

/** What is known of an index: all records go there, or it is one of several that took records before. */
export type IndexKnown = "only" | "proven" | "one of several";

/** The outcomes of a request. */
export interface Verdict {
  /** Outcomes of the records that were not plainly taken. */
  readonly outcomes: readonly Outcome[];
  /** How many Splunk took. */
  readonly taken: number;
  /** The id for asking about their acknowledgement (HEC-30). */
  readonly ackId?: number | undefined;
  /** A queue fills up (codes 24 and 25): the text of Splunk. */
  readonly warning?: string;
}

/** The size that Splunk Cloud surely takes; above it, it answers as if the first object were bad (HEC-08). */
const CLOUD_BODY_BYTES = 5_242_880;

/** Servers that name themselves; a proxy in front of Splunk is none of them. */
const OTHERS: ReadonlySet<string> = new Set(["Elasticsearch", "OpenSearch", "MongoDB"]);

/**
 * Reads what became of each record of a request.
 * @throws StoreError for all of them
 */
export function judge(
  answer: ServerAnswer,
  { records, body, name }: Pick<EventRequest, "name" | "records" | "body">,
  index: IndexKnown,
): Verdict {
  const { status, peer } = answer;
  const { code, text, ackId: id, "invalid-event-number": number } = readObject(answer.body);
  if (typeof code !== "number" && OTHERS.has(describeServer(answer))) throw wrongServer(answer);
  if (typeof code !== "number" || isElsewhere(answer) || status === 413) throw httpFailure(answer, STATUSES);
  const ackId = integer(id);
  const said = `${peer} answers "${excerpt(String(text))}" (code ${code})`;
  if (TAKEN.has(code) && status < 300)
    return { outcomes: [], taken: records.length, ackId, ...(code !== 0 && { warning: said }) };
  const [kind, meant, advice = ` with the status ${status}`] = CODES.get(code) ?? UNCLEAR;
  const wait = waitOf(answer);
  const named = integer(number);
  // Some busy collectors name an event, and the outcome of those before it is unknown (HEC-21).
  if (kind === "retry" && named !== undefined) {
    const outcomes = records.map((_, at) =>
      at < named ? unknown(at, meant, `${said}.`) : retry(at, meant, `${said}.`, wait),
    );
    return { outcomes, taken: 0 };
  }
  if (kind !== "reject") throw new StoreError(kind, meant, `${said}${advice}.`, wait);
  if (code === 6 && named === 0 && body.length > CLOUD_BODY_BYTES)
    throw new TooLargeError(`${said} to a request of ${body.length} bytes; see max_body.`);
  // With code 7, the object after the bad one is named.
  const bad = named === undefined || code !== 7 ? named : named - 1;
  if (code === 7 && index !== "proven" && (bad === undefined || bad <= 0)) {
    // All objects of a request have the same index, so the first is already refused.
    const reason = `${said}: the token may not write to ${name === "" ? "its default index" : `the index "${name}"`}, or there is none.`;
    // If all records go to that index, someone must correct the configuration, and no record is given up for it.
    if (index === "only") throw new BlockedError(meant, `${reason} Allow it for the token, or change the param index.`);
    return { outcomes: records.map((_, at) => reject(at, meant, reason)), taken: 0 };
  }
  // Which record is bad is known when it is sent alone (HEC-20).
  if (bad === undefined || bad < 0 || bad >= records.length)
    throw new StoreError("reject", meant, `${said}, and not of which record.`);
  // The objects before the bad one are indexed, those after it are not.
  const behind = records.map((_, at) => retry(at, "not_reached", `${said} of a record before this one.`));
  const fault = reject(bad, meant, `${said}.`);
  // The only index may be removed in the middle of a request.
  const first: Outcome = code === 7 && index === "only" ? { ...fault, status: "blocked" } : fault;
  return { outcomes: [first, ...behind.slice(bad + 1)], taken: bad, ackId };
}

/** The error for an address where another server answers. */
export function wrongServer(answer: ServerAnswer): BlockedError {
  const what = `is not a Splunk HTTP Event Collector: this is ${describeServer(answer)}`;
  return new BlockedError("wrong_server", `${answer.peer} ${what}.`);
}

/** The code of an answer, if it is one of Splunk. */
export function codeOf({ body }: HttpAnswer): number | undefined {
  return integer(readObject(body)["code"]);
}

/** 0 is a valid number of an event, and a valid id. */
function integer(value: unknown): number | undefined {
  return Number.isSafeInteger(value) ? (value as number) : undefined;
}
