import { byCode, type Meaning, networkBlames } from "@cloudmarker/store-kit/http";

const NETWORK = networkBlames(["uri"]);

/** The params to blame, by code. */
export const BLAMES: Readonly<Record<string, readonly string[]>> = {
  ...NETWORK,
  tls: ["ca_cert", ...(NETWORK["tls"] ?? [])],
  tls_file: ["ca_cert", ...(NETWORK["tls_file"] ?? [])],
  wrong_url: ["uri"],
  unhealthy: ["uri"],
  refused_by_proxy: ["proxy", "uri"],
  credentials: ["token"],
  ack_disabled: ["ack", "token"],
  wrong_index: ["index", "token"],
  gzip: ["gzip"],
  too_large: ["max_body"],
};

/**
 * Codes that mean that Splunk has all records of a request. With 24 and 25 a queue fills up; records that are sent
 * again would be there twice.
 */
export const TAKEN: ReadonlySet<number> = new Set([0, 24, 25]);

/**
 * The meaning of the other codes. `reject` is for one bad object; the objects before it were taken. The meaning of a
 * code that is not here is unknown.
 */
export const CODES: ReadonlyMap<unknown, Meaning> = byCode([
  [["blocked", "credentials", ": enable the token in Splunk"], 1, 22],
  [["blocked", "credentials", ": something on the way has removed the header with the token"], 2],
  [["blocked", "credentials", ": the token must be given alone, as Splunk shows it"], 3],
  [["blocked", "credentials", ": check the param token"], 4, 21],
  [["blocked", "credentials", ": the param uri must not have a token in it"], 16],
  [["blocked", "channel", ": something on the way has removed or changed the header with the channel"], 10, 11, 28],
  [["blocked", "ack_disabled", ": switch indexer acknowledgement on for the token, or set ack to auto"], 14],
  [["retry", "busy"], 9],
  [["retry", "unhealthy"], 18, 19, 20],
  [["retry", "shutting_down"], 23],
  [["retry", "queue_full"], 26, 27],
  [["reject", "no_data"], 5],
  [["reject", "bad_format"], 6],
  [["reject", "wrong_index"], 7],
  [["reject", "no_event"], 12],
  [["reject", "blank_event"], 13],
  [["reject", "bad_fields"], 15],
  [["unknown", "server_error"], 8],
]);

const ELSEWHERE = ", or the path is wrong. The collector has a port of its own, 8088 mostly; see the param uri";

/**
 * The meaning of a status without a code of Splunk: a proxy or another server does not say what Splunk has done
 * (HEC-22).
 */
export const STATUSES: ReadonlyMap<unknown, Meaning> = byCode([
  [["blocked", "redirected", ELSEWHERE], "3xx"],
  [["blocked", "refused_by_proxy", "; this answer is not from Splunk"], 401, 403, 407],
  [["blocked", "wrong_url", ELSEWHERE], 404, 405],
  [["too_large", "too_large", "; see max_body"], 413],
  [["blocked", "gzip", "; set gzip to false"], 415],
  [["retry", "busy"], 429],
]);
