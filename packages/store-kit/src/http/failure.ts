import { StoreError, type StoreErrorStatus } from "@cloudmarker/store-api";
import { excerpt, type HttpAnswer, knownServer, serverName, retryAfterMs, type ServerAnswer } from "./answer.ts";

/**
 * The meaning of a status or a code for the records of a request. The advice is added at the end of the message, with
 * the text before it.
 */
export type Meaning = readonly [status: StoreErrorStatus, code: string, advice?: string];

/** Meanings by error code of the server, by HTTP status such as `404`, and by class of status such as `4xx`. */
export function byCode(
  rows: readonly (readonly [meaning: Meaning, ...codes: (number | `${number}xx`)[]])[],
): ReadonlyMap<unknown, Meaning> {
  return new Map(rows.flatMap(([meaning, ...codes]) => codes.map((code) => [code, meaning])));
}

/** A request with an unknown status may have been applied. */
export const UNCLEAR: Meaning = ["unknown", "wrong_answer"];

/** Whether the right kind of server never answers like this: the address leads to another server. */
export function isElsewhere({ status }: HttpAnswer): boolean {
  return (status >= 300 && status < 400) || status === 404 || status === 405;
}

/** `retryAfterMs` of an error or outcome, if the server asks for a wait. */
export function waitOf({ headers, atMs }: ServerAnswer): { retryAfterMs?: number } {
  const ms = retryAfterMs(headers["retry-after"], atMs);
  return ms === undefined ? {} : { retryAfterMs: ms };
}

/**
 * The meaning of an answer for a request as a whole.
 * @param meanings - by status, or class of status: see {@link byCode}
 * @param said - the server's own reason
 */
export function httpFailure(
  answer: ServerAnswer,
  meanings: ReadonlyMap<unknown, Meaning>,
  said: string = excerpt(answer.body),
): StoreError {
  const { status, peer } = answer;
  const wait = waitOf(answer);
  // A gateway that asks to come back later did not process the request.
  const byWait: Meaning = status === 503 && wait.retryAfterMs !== undefined ? ["retry", "busy"] : UNCLEAR;
  const [kind, code, advice = ""] = meanings.get(status) ?? meanings.get(`${String(status)[0]}xx`) ?? byWait;
  if (code === "wrong_answer" && status < 300) return new StoreError(kind, code, notAnAnswer(answer), wait);
  const isOther = isElsewhere(answer) || code === "wrong_answer";
  const server = isOther ? knownServer(answer) : undefined;
  const what = server === undefined ? said : `this is ${server}`;
  const name = isOther && server === undefined ? serverName(answer) : "";
  return new StoreError(kind, code, `${peer}${name} answers ${status}${what && `: ${what}`}${advice}.`, wait);
}

/**
 * A success without the content that belongs to it: a proxy may have answered, or cut the answer off (ES-33, HEC-22).
 */
function notAnAnswer({ peer, status, body }: ServerAnswer): string {
  const what = excerpt(body) || "an empty body";
  return `${peer} answers ${status} with ${what}, which does not say what became of the request. Check the address, and the proxies on the way to it.`;
}
