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

/** What is known of an index: all records go there, or of several it is one that took records before. */
export type IndexKnown = "only" | "proven" | "one of several";

/** What became of the records of a request. */
export interface Verdict {
  /** Of those that were not plainly taken. */
  readonly outcomes: readonly Outcome[];
  /** How many Splunk took. */
  readonly taken: number;
  /** To ask for their acknowledgement with (HEC-30). */
  readonly ackId?: number | undefined;
  /** A queue fills up (codes 24 and 25): what Splunk said. */
  readonly warning?: string;
}

/** What Splunk Cloud was seen to take for sure; above, it answers as if the first object were bad (HEC-08). */
const CLOUD_BODY_BYTES = 5_242_880;

/** Servers that say what they are: whoever speaks for Splunk in front of it is none of them. */
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
  // Some that are busy name an event, and nobody knows what became of those before it (HEC-21).
  if (kind === "retry" && named !== undefined) {
    const outcomes = records.map((_, at) =>
      at < named ? unknown(at, meant, `${said}.`) : retry(at, meant, `${said}.`, wait),
    );
    return { outcomes, taken: 0 };
  }
  if (kind !== "reject") throw new StoreError(kind, meant, `${said}${advice}.`, wait);
  if (code === 6 && named === 0 && body.length > CLOUD_BODY_BYTES)
    throw new TooLargeError(`${said} to a request of ${body.length} bytes; see max_body.`);
  // Of code 7, the object behind the bad one is named.
  const bad = named === undefined || code !== 7 ? named : named - 1;
  if (code === 7 && index !== "proven" && (bad === undefined || bad <= 0)) {
    // All objects of a request have the same index, so that the first is refused already.
    const reason = `${said}: the token may not write to ${name === "" ? "its default index" : `the index "${name}"`}, or there is none.`;
    // Where that is the index of all records, someone must correct the configuration, and no record is given up for it.
    if (index === "only") throw new BlockedError(meant, `${reason} Allow it for the token, or change the param index.`);
    return { outcomes: records.map((_, at) => reject(at, meant, reason)), taken: 0 };
  }
  // Which one is bad shows when it is alone (HEC-20).
  if (bad === undefined || bad < 0 || bad >= records.length)
    throw new StoreError("reject", meant, `${said}, and not of which record.`);
  // What stands before the bad object is indexed, what stands behind it is not.
  const behind = records.map((_, at) => retry(at, "not_reached", `${said} of a record before this one.`));
  const fault = reject(bad, meant, `${said}.`);
  // The only index may be taken away in the middle of a request.
  const first: Outcome = code === 7 && index === "only" ? { ...fault, status: "blocked" } : fault;
  return { outcomes: [first, ...behind.slice(bad + 1)], taken: bad, ackId };
}

/** The error for an address at which something else answers. */
export function wrongServer(answer: ServerAnswer): BlockedError {
  const what = `is not a Splunk HTTP Event Collector: this is ${describeServer(answer)}`;
  return new BlockedError("wrong_server", `${answer.peer} ${what}.`);
}

/** The code of an answer, if it is one of Splunk. */
export function codeOf({ body }: HttpAnswer): number | undefined {
  return integer(readObject(body)["code"]);
}

/** 0 is a good number of an event, and a good id. */
function integer(value: unknown): number | undefined {
  return Number.isSafeInteger(value) ? (value as number) : undefined;
}
