import {
  BlockedError,
  type Outcome,
  RejectError,
  reject,
  RetryError,
  retry,
  TooLargeError,
  unknown,
  UnknownOutcomeError,
} from "@cloudmarker/store-api";
import { describeServer, excerpt, type HttpAnswer, retryAfterMs } from "@cloudmarker/store-api/kit";
import { CODES } from "./codes.ts";
import type { EventRequest } from "./request.ts";

/** What an answer is measured by. */
export interface Question {
  readonly request: Pick<EventRequest, "name" | "records" | "body">;
  readonly peer: string;
  /** What is known of the index: it took records before, or all records go there. */
  readonly index: "proven" | "only" | "one of several";
  readonly nowMs: number;
}

/** What became of the records of a request. */
export interface Verdict {
  /** Of those that were not plainly taken. */
  readonly outcomes: readonly Outcome[];
  /** How many Splunk took. */
  readonly taken: number;
  /** To ask for their acknowledgement with (HEC-30). */
  readonly ackId: number | undefined;
  /** A queue fills up (codes 24 and 25): what Splunk said. */
  readonly warning: string | undefined;
}

/** The body of an answer of Splunk. */
interface HecAnswer {
  readonly code: number;
  readonly text: string;
  readonly invalidEvent: number | undefined;
  readonly ackId: number | undefined;
}

/** What Splunk Cloud was seen to take for sure; above, it answers as if the first object were bad (HEC-08). */
const CLOUD_BODY_BYTES = 5_242_880;

/**
 * Reads what became of each record of a request.
 * @throws StoreError for all of them
 */
export function judge(answer: HttpAnswer, question: Question): Verdict {
  const { request, peer } = question;
  const { status } = answer;
  if (isWrongUrl(status)) throw wrongUrl(answer, peer);
  if (status === 413)
    throw new TooLargeError(`${peer} takes no request of ${request.body.length} bytes; see max_body.`);
  const hec = readAnswer(answer.body);
  if (!hec) throw notSplunk(answer, question);
  const { code, text, invalidEvent, ackId } = hec;
  const known = CODES[code];
  const said = `${peer} answers "${excerpt(text)}" (code ${code})`;
  const after = waitOf(answer, question);
  const all = request.records.length;
  switch (known?.kind) {
    case "taken":
      if (status >= 300) throw new UnknownOutcomeError("wrong_answer", `${said} with the status ${status}.`);
      return { outcomes: [], taken: all, ackId, warning: code === 0 ? undefined : said };
    case "blocked":
      throw new BlockedError(known.code, `${said}: ${known.advice}.`, after);
    case "busy":
      // Some that are busy name an event, and nobody knows what became of those before it (HEC-21).
      if (invalidEvent !== undefined) {
        const outcomes = request.records.map((_, at) =>
          at < invalidEvent ? unknown(at, known.code, `${said}.`) : retry(at, known.code, `${said}.`, after),
        );
        return { outcomes, taken: 0, ackId: undefined, warning: undefined };
      }
      throw new RetryError(known.code, `${said}.`, after);
    case "refused": {
      if (code === 6 && invalidEvent === 0 && request.body.length > CLOUD_BODY_BYTES)
        throw new TooLargeError(`${said} to a request of ${request.body.length} bytes; see max_body.`);
      if (code === 7) return wrongIndex(hec, said, question);
      return prefix(invalidEvent, known.code, said, question, ackId);
    }
    case "empty":
      throw new RejectError(known.code, `${said} to a request of ${request.body.length} bytes.`);
    default:
      throw new UnknownOutcomeError(known?.code ?? "wrong_answer", `${said} with the status ${status}.`);
  }
}

/** The code of an answer, if it is one of Splunk. */
export function codeOf({ body }: HttpAnswer): number | undefined {
  return readAnswer(body)?.code;
}

/** What stands before the bad object is indexed, what stands behind it is not. */
function prefix(
  bad: number | undefined,
  code: string,
  said: string,
  { request: { records } }: Question,
  ackId: number | undefined,
): Verdict {
  // Which one is bad shows when it is alone (HEC-20).
  if (bad === undefined || bad < 0 || bad >= records.length)
    throw new RejectError(code, `${said}, and not of which record.`);
  const outcomes = [reject(bad, code, `${said}.`)];
  for (let at = bad + 1; at < records.length; at++)
    outcomes.push(retry(at, "not_reached", `${said} of a record before this one.`));
  return { outcomes, taken: bad, ackId, warning: undefined };
}

/**
 * The answer names the object behind the one with the wrong index. As all objects of a request have the same index, and the first is refused
 * already: where there is one index for all records that is a mistake in the configuration, for which no record is given up.
 */
function wrongIndex({ invalidEvent, ackId }: HecAnswer, said: string, question: Question): Verdict {
  const { index, request } = question;
  const bad = invalidEvent === undefined ? undefined : invalidEvent - 1;
  if (index === "proven" || (bad !== undefined && bad > 0)) return prefix(bad, "wrong_index", said, question, ackId);
  const name = request.name === "" ? "its default index" : `the index "${request.name}"`;
  const reason = `${said}: the token may not write to ${name}, or there is none.`;
  if (index === "only")
    throw new BlockedError("wrong_index", `${reason} Allow it for the token, or change the param index.`);
  const outcomes = request.records.map((_, at) => reject(at, "wrong_index", reason));
  return { outcomes, taken: 0, ackId: undefined, warning: undefined };
}

/** Whether no collector answers like this. */
export function isWrongUrl(status: number): boolean {
  return (status >= 300 && status < 400) || status === 404 || status === 405;
}

/** The error of an answer that no collector gives. */
export function wrongUrl(answer: HttpAnswer, peer: string): BlockedError {
  const what = describeServer(answer);
  const kind = answer.status < 400 ? "redirected" : "wrong_url";
  return new BlockedError(
    kind,
    `${peer} answers ${answer.status}: this is ${what}, or the path is wrong. The collector has a port of its own, 8088 mostly; see the param uri.`,
  );
}

/** A proxy or another server: what it answers tells little of what Splunk has done (HEC-22). */
function notSplunk(answer: HttpAnswer, question: Question): Error {
  const { status, headers } = answer;
  const text = `${question.peer} answers ${status}, but not as Splunk does: this is ${describeServer(answer)}.`;
  if (status === 401 || status === 403 || status === 407) return new BlockedError("refused_by_proxy", text);
  if (status === 415) return new BlockedError("gzip", `${question.peer} takes no compressed body; set gzip to false.`);
  // Whoever names a time to come back has passed nothing on.
  if (status === 429 || (status === 503 && headers["retry-after"] !== undefined))
    return new RetryError("busy", text, waitOf(answer, question));
  return new UnknownOutcomeError("wrong_answer", text);
}

function waitOf({ headers }: HttpAnswer, { nowMs }: Question): { retryAfterMs?: number } {
  const ms = retryAfterMs(headers["retry-after"], nowMs);
  return ms === undefined ? {} : { retryAfterMs: ms };
}

function readAnswer(body: string): HecAnswer | undefined {
  try {
    const { code, text, ackId, "invalid-event-number": invalidEvent } = JSON.parse(body) as Record<string, unknown>;
    if (typeof code !== "number") return undefined;
    // 0 is a good number of an event, and a good id.
    return {
      code,
      text: typeof text === "string" ? text : "",
      invalidEvent: integer(invalidEvent),
      ackId: integer(ackId),
    };
  } catch {
    return undefined;
  }
}

function integer(value: unknown): number | undefined {
  return Number.isSafeInteger(value) ? (value as number) : undefined;
}
