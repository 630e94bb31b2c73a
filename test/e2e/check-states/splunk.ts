import type { Fault } from "../../../packages/store-testkit/src/servers/http/faults.ts";
import type { RequestHead } from "../../../packages/store-testkit/src/servers/http/request.ts";
import {
  codeFault,
  isAckPoll,
  isEventPost,
  isHealthCheck,
  noAckId,
} from "../../../packages/store-testkit/src/servers/splunk/code-fault.ts";
import type { SplunkOptions } from "../../../packages/store-testkit/src/servers/splunk/server.ts";
import { answers, type Params, type State } from "./state.ts";

/** A collector, and how the store is to use it. */
export interface HecState {
  readonly server?: Partial<SplunkOptions>;
  readonly params?: Params;
  readonly fault?: Fault;
}

const hasChannel = ({ headers }: RequestHead): boolean => "x-splunk-request-channel" in headers;

/** What can be wrong with it. */
export const HEC: readonly State<HecState>[] = [
  ["a collector", "ok", {}],
  ["Splunk Cloud", "ok", { server: { cloud: true } }],
  ["gzip", "ok", { params: { gzip: true } }],
  [
    "gzip is refused",
    "gzip",
    { params: { gzip: true }, fault: answers(415, "", ({ headers }) => "content-encoding" in headers) },
  ],
  ["a token that is unknown", "credentials", { params: { token: "other" } }],
  ["a token that is disabled", "credentials", { server: { tokens: { good: { disabled: true } } } }],
  ["the header with the token is removed", "credentials", { fault: codeFault(2) }],
  ["no valid authorisation", "credentials", { fault: codeFault(3) }],
  [
    "an index that the token may write to",
    "ok",
    { server: { tokens: { good: { indexes: ["audit"] } } }, params: { index: "audit" } },
  ],
  [
    // HEC has no question for this: a request without events is not looked at for its index.
    "an index that the token may not write to",
    ["ok", "wrong_index"],
    { server: { tokens: { good: { indexes: ["other"] } } }, params: { index: "audit" } },
  ],
  ["acknowledgement is on", "ok", { server: { tokens: { good: { useAck: true } } } }],
  [
    "acknowledgement is on, and wanted",
    "ok",
    { server: { tokens: { good: { useAck: true } } }, params: { ack: true } },
  ],
  [
    "acknowledgement is on, and not wanted",
    "ok",
    { server: { tokens: { good: { useAck: true } } }, params: { ack: false } },
  ],
  ["acknowledgement is off, and wanted", "ack_disabled", { params: { ack: true } }],
  [
    "a gateway lets no question for acknowledgements through",
    "wrong_url",
    { server: { tokens: { good: { useAck: true } } }, params: { ack: true }, fault: answers(404, "", isAckPoll) },
  ],
  [
    "an error as the answer to the question for acknowledgements",
    "server_error",
    { server: { tokens: { good: { useAck: true } } }, params: { ack: true }, fault: codeFault(8, { on: isAckPoll }) },
  ],
  [
    // HEC has no question for this: the answer to a request without events has no id.
    "acknowledgement is on, and wanted, and no answer has an id",
    ["ok", "ack_missing"],
    { server: { tokens: { good: { useAck: true } } }, params: { ack: true }, fault: noAckId() },
  ],
  ["a channel is wanted", "ok", { server: { requireChannel: true } }],
  [
    "the header with the channel is removed",
    "channel",
    { server: { tokens: { good: { useAck: true } } }, fault: codeFault(10) },
  ],
  ["code 14 with a channel", "ok", { fault: codeFault(14, { on: hasChannel }) }],
  [
    "code 14 with a channel, acknowledgement not wanted",
    "ack_disabled",
    { params: { ack: false }, fault: codeFault(14, { on: hasChannel }) },
  ],
  ["no health check", "ok", { fault: answers(404, "", isHealthCheck) }],
  ["a health check of another kind", "ok", { fault: answers(200, "fine", isHealthCheck) }],
  ["the health check is forbidden", "ok", { fault: answers(403, "", isHealthCheck) }],
  // The state that a collector reports is shown, even while it still takes records.
  ["not healthy, and takes records", ["unhealthy", "ok"], { fault: codeFault(18, { on: isHealthCheck }) }],
  ["busy", "busy", { fault: codeFault(9, { on: isEventPost }) }],
  ["its queue is full", "queue_full", { fault: codeFault(26, { on: isEventPost }) }],
  ["its queue fills up", "ok", { fault: codeFault(24, { on: isEventPost, applied: true }) }],
  ["shutting down", "shutting_down", { fault: codeFault(23, { on: isEventPost }) }],
  ["an error of the server", "server_error", { fault: codeFault(8, { on: isEventPost }) }],
  ["every request is redirected", "redirected", { fault: answers(302) }],
  ["every request is 401 of a proxy", "refused_by_proxy", { fault: answers(401) }],
  ["every request is 403 of a proxy", "refused_by_proxy", { fault: answers(403) }],
  ["every request is 404", "wrong_url", { fault: answers(404) }],
  ["every request is 429", "busy", { fault: answers(429) }],
  ["every request is 503", "wrong_answer", { fault: answers(503) }],
  ["every request is a page", ["wrong_server", "wrong_answer"], { fault: { kind: "html200" } }],
  ["a gateway lets no records through: 403", "refused_by_proxy", { fault: answers(403, "", isEventPost) }],
  ["a gateway lets no records through: 405", "wrong_url", { fault: answers(405, "", isEventPost) }],
  // A request with records has the time that `delivery` gives it.
  ["no answer", ["timeout", "deadline"], { fault: { kind: "hang" }, params: { request_timeout: "300ms" } }],
  ["connections are closed", "connection_lost", { fault: { kind: "close" } }],
];
