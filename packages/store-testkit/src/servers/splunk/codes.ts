import type { Answer } from "../http/reply.ts";
import { jsonAnswer } from "../http/reply.ts";

/**
 * HTTP status and text of each code, as in protocol section 2.2. The texts of 18 to 27 are not recorded; they are those
 * of Splunk's documentation.
 */
export const HEC_CODES = {
  0: { status: 200, text: "Success" },
  1: { status: 403, text: "Token disabled" },
  2: { status: 401, text: "Token is required" },
  3: { status: 401, text: "Invalid authorization" },
  4: { status: 403, text: "Invalid token" },
  5: { status: 400, text: "No data" },
  6: { status: 400, text: "Invalid data format" },
  7: { status: 400, text: "Incorrect index" },
  8: { status: 500, text: "Internal server error" },
  9: { status: 503, text: "Server is busy" },
  10: { status: 400, text: "Data channel is missing" },
  11: { status: 400, text: "Invalid data channel" },
  12: { status: 400, text: "Event field is required" },
  13: { status: 400, text: "Event field cannot be blank" },
  14: { status: 400, text: "ACK is disabled" },
  15: { status: 400, text: "Error in handling indexed fields" },
  16: { status: 400, text: "Query string authorization is not enabled" },
  17: { status: 200, text: "HEC is healthy" },
  18: { status: 503, text: "HEC is unhealthy, queues are full" },
  19: { status: 503, text: "HEC is unhealthy, ack service unavailable" },
  20: { status: 503, text: "HEC is unhealthy, queues are full, ack service unavailable" },
  21: { status: 400, text: "Invalid token" },
  22: { status: 400, text: "Token disabled" },
  23: { status: 503, text: "Server is shutting down" },
  24: { status: 200, text: "HEC queue is approaching its capacity limit" },
  25: { status: 200, text: "HEC ACK is approaching its capacity limit" },
  26: { status: 429, text: "HEC queue is at capacity and cannot process any more requests" },
  27: { status: 429, text: "HEC ACK channel is at capacity and cannot process any more requests" },
  28: {
    status: 400,
    text: "Data channel is missing. If you have multiple indexers, sticky session load balancers must be provisioned and client requests must be routed accordingly.",
  },
} as const;

/** The codes of the HTTP Event Collector (HEC). */
export type HecCode = keyof typeof HEC_CODES;

/** What some answers say besides their code. */
export interface HecDetails {
  /** `invalid-event-number`: which object of the body, from 0. */
  readonly invalidEvent?: number | undefined;
  /** From 0 in each channel. */
  readonly ackId?: number | undefined;
}

/** The body of an answer, its keys in Splunk's order. */
export function hecBody(code: HecCode, { invalidEvent, ackId }: HecDetails = {}): Record<string, unknown> {
  return { text: HEC_CODES[code].text, code, "invalid-event-number": invalidEvent, ackId };
}

/** The answer with a code. */
export function hecAnswer(code: HecCode, details?: HecDetails): Answer {
  return jsonAnswer(HEC_CODES[code].status, hecBody(code, details));
}
