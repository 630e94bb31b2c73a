import { StoreError, type StoreErrorStatus } from "@cloudmarker/store-api";
import { describeServer, excerpt, type HttpAnswer, retryAfterMs, type ServerAnswer } from "./answer.ts";

/** What a status or a code means for the records of a request; the advice goes to the end of the message, with what stands in front of it. */
export type Meaning = readonly [status: StoreErrorStatus, code: string, advice?: string];

/** Meanings by the codes of a server that have them, or by status of HTTP, such as `404`, and class of these, such as `4xx`. */
export function byCode(
  rows: readonly (readonly [meaning: Meaning, ...codes: (number | `${number}xx`)[]])[],
): ReadonlyMap<unknown, Meaning> {
  return new Map(rows.flatMap(([meaning, ...codes]) => codes.map((code) => [code, meaning])));
}

/** What nobody can know the meaning of may have been applied. */
export const UNCLEAR: Meaning = ["unknown", "wrong_answer"];

/** Whether no server that is the right one answers like this: the address leads elsewhere. */
export function isElsewhere({ status }: HttpAnswer): boolean {
  return (status >= 300 && status < 400) || status === 404 || status === 405;
}

/** `retryAfterMs` of an error or outcome, where the server has a wish. */
export function waitOf({ headers, atMs }: ServerAnswer): { retryAfterMs?: number } {
  const ms = retryAfterMs(headers["retry-after"], atMs);
  return ms === undefined ? {} : { retryAfterMs: ms };
}

/**
 * What an answer means that is about a request as a whole.
 * @param meanings - by status, or class of these: see {@link byCode}
 * @param said - the server's own reason
 */
export function httpFailure(
  answer: ServerAnswer,
  meanings: ReadonlyMap<unknown, Meaning>,
  said: string = excerpt(answer.body),
): StoreError {
  const { status, peer } = answer;
  const wait = waitOf(answer);
  // Whoever names a time to come back has passed nothing on.
  const byWait: Meaning = status === 503 && wait.retryAfterMs !== undefined ? ["retry", "busy"] : UNCLEAR;
  const [kind, code, advice = ""] = meanings.get(status) ?? meanings.get(`${String(status)[0]}xx`) ?? byWait;
  const what = isElsewhere(answer) || code === "wrong_answer" ? `this is ${describeServer(answer)}` : said;
  return new StoreError(kind, code, `${peer} answers ${status}${what && `: ${what}`}${advice}.`, wait);
}
