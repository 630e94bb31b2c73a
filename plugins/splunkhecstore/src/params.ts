import type { ParamsOf } from "@cloudmarker/store-api";
import { NAME_TEMPLATE_HINT } from "@cloudmarker/store-kit/names";
import { PROXY_PARAM, TLS_PARAM } from "@cloudmarker/store-kit/http";
import { TIME_PARAM } from "@cloudmarker/store-kit/time";

export const params = {
  type: "object",
  additionalProperties: false,
  required: ["uri", "token"],
  properties: {
    uri: {
      "x-also": ["url", "endpoint", "endpoints", "hec_url", "hec_endpoint", "server", "hosts"],
      type: "string",
      minLength: 1,
      description:
        "URL of the collector, such as `https://splunk.example:8088`; `/services/collector` and what follows may be left out.",
    },
    token: {
      "x-also": [
        "hec_token",
        "default_token",
        "splunk_token",
        "auth_token",
        "access_token",
        ["headers", "token: TOKEN"],
        "authorization",
      ],
      type: "string",
      minLength: 1,
      writeOnly: true,
      description: "Token of the collector.",
    },
    index: {
      "x-also": ["index_name", "splunk_index"],
      type: "string",
      minLength: 1,
      description: `Index to write to; without it, the default index of the token. ${NAME_TEMPLATE_HINT}` as string,
    },
    ca_cert: {
      type: ["string", "boolean"],
      minLength: 1,
      description: "Short for `tls.ca`; `false` is short for `tls.verify: false`.",
    },
    buffer_size: { type: "integer", minimum: 0, default: 1000, description: "Records in one request at most; 0 is 1." },
    source: { type: "string", minLength: 1, description: `\`source\` of the events. ${NAME_TEMPLATE_HINT}` as string },
    sourcetype: {
      type: "string",
      minLength: 1,
      default: "json",
      description: `\`sourcetype\` of the events. ${NAME_TEMPLATE_HINT}` as string,
    },
    host: {
      type: "string",
      minLength: 1,
      description: `\`host\` of the events; without it, Splunk decides. ${NAME_TEMPLATE_HINT}` as string,
    },
    time: TIME_PARAM as typeof TIME_PARAM,
    default_time: {
      enum: ["run", "splunk"],
      default: "run",
      description:
        "The time of an event whose record has none. `run`: the start of the run. `splunk`: no time is sent, and Splunk sets it by the source type.",
    },
    fields: {
      "x-also": ["indexed_fields"],
      type: "object",
      default: {},
      description:
        "Values of a record to store as indexed fields, by name: JSON pointers, such as `severity: /raw/Severity/Label`. `record_id` is always a field.",
      additionalProperties: { type: "string", pattern: "^/", description: "JSON pointer into the record." },
    },
    ack: {
      "x-also": ["use_ack", "indexer_acknowledgements", "acknowledgements"],
      enum: ["auto", true, false],
      default: "auto",
      description:
        "Whether a record counts as written only once the indexers acknowledge it. `auto`: if acknowledgement is on for the token.",
    },
    ack_poll_interval: {
      type: "integer",
      "x-unit": "ms",
      minimum: 1,
      default: 250,
      description: "Milliseconds between two questions whether the indexers have the records of a request.",
    },
    ack_timeout: {
      type: "integer",
      "x-unit": "ms",
      minimum: 1,
      default: 45_000,
      description:
        "Milliseconds to wait for an acknowledgement before the records are sent again. `delivery.timeout` should be longer.",
    },
    cookies: {
      type: "boolean",
      default: true,
      description:
        "Keep the cookies of a load balancer, so that requests for acknowledgements go where the records went. No effect with `ack: false`.",
    },
    max_body: {
      "x-also": ["max_content_length", "max_content_length_logs"],
      type: "integer",
      minimum: 1,
      default: 2_097_152,
      description: "Bytes of one request at most, before compression; a larger record is sent alone.",
    },
    max_event: {
      type: "integer",
      minimum: 1,
      default: 5_242_880,
      description: "Bytes of one record at most; a larger one becomes a dead letter.",
    },
    gzip: {
      "x-also": [
        ["compression", "gzip: true"],
        ["compress", "gzip: true"],
        ["splunk_send_raw_gzip", "gzip: true"],
      ],
      type: "boolean",
      default: false,
      description: "Send the body of requests as gzip.",
    },
    tls: TLS_PARAM as typeof TLS_PARAM,
    proxy: PROXY_PARAM as typeof PROXY_PARAM,
    request_timeout: {
      type: "integer",
      "x-unit": "ms",
      minimum: 1,
      default: 10_000,
      description:
        "Milliseconds to wait for the answer to a small request. A request with records has the time limit of `delivery`.",
    },
  },
} as const;

/** The params of SplunkHECStore. */
export type SplunkHecStoreParams = ParamsOf<typeof params>;
