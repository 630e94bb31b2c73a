import type { OutgoingHttpHeaders } from "node:http";
import type { Fault } from "../http/faults.ts";
import { jsonAnswer } from "../http/reply.ts";
import type { RequestHead } from "../http/request.ts";
import type { HecCode } from "./codes.ts";
import { HEC_CODES, hecBody } from "./codes.ts";
import { routeOf } from "./routes.ts";

/** What {@link codeFault} takes besides the code. */
export interface CodeFaultOptions {
  /** Whether the server does what the request asks all the same. @default false */
  readonly applied?: boolean;
  /** Which requests it may hit. @default all */
  readonly on?: (request: RequestHead) => boolean;
  /** Such as `retry-after`. */
  readonly headers?: OutgoingHttpHeaders;
  /** Some 503 name an event as well. */
  readonly invalidEvent?: number;
}

/** A fault with the status, code and text of Splunk. */
export function codeFault(code: HecCode, { invalidEvent, ...options }: CodeFaultOptions = {}): Fault {
  return { kind: "status", status: HEC_CODES[code].status, body: hecBody(code, { invalidEvent }), ...options };
}

/** Whether a request brings events: for `on` of a fault. */
export function isEventPost({ method, path }: RequestHead): boolean {
  const route = routeOf(path);
  return method === "POST" && (route === "event" || route === "raw");
}

/** Whether a request asks for acknowledgements: for `on` of a fault. */
export function isAckPoll({ path }: RequestHead): boolean {
  return routeOf(path) === "ack";
}

/** Whether a request asks if HEC is healthy: for `on` of a fault. */
export function isHealthCheck({ path }: RequestHead): boolean {
  return routeOf(path) === "health";
}

/**
 * A collector that takes records and gives no id to ask for their acknowledgement: acknowledgement is off for the token
 * there, or something on the way removes the id.
 */
export function noAckId(): Fault {
  return {
    kind: "edit",
    edit({ status, body }) {
      return jsonAnswer(status, { ...(JSON.parse(String(body)) as object), ackId: undefined });
    },
    on: isEventPost,
  };
}
