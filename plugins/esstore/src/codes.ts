import type { Meaning } from "@cloudmarker/store-api/kit";

/** Errors of an item that are about the index or the params, by type and reason, with what to do. */
export const HINTS: readonly (readonly [error: RegExp, hint: string])[] = [
  [/^index_not_found_exception/u, "create it, or let the server create indices (action.auto_create_index)"],
  [/^security_exception/u, "grant `create_doc` (for `op: index`, `index`) and `auto_configure` on it"],
  [/^index_closed_exception/u, "open the index"],
  [/^validation_exception: .*maximum.*shards/su, "the cluster has no room for another index"],
  [/^illegal_argument_exception: pipeline with id/u, "create the pipeline, or change `pipeline`"],
  [/^illegal_argument_exception: .*op_type of create/su, "choose `op: create`"],
  [/^illegal_argument_exception: .*no write index/su, "give the alias a write index"],
];

const WRONG_SERVER: Meaning = ["blocked", "wrong_server", ", without a bulk endpoint; check node, host and port"];

/** What an answer to a whole request means, by its status (ES-31). */
export const STATUSES: Readonly<Record<string, Meaning>> = {
  "3xx": ["blocked", "redirected", "; give the address of the server itself"],
  401: ["blocked", "credentials", "; check username and password, api_key or bearer"],
  403: ["blocked", "no_permission", "; grant `create_doc` and `auto_configure` on the index"],
  404: WRONG_SERVER,
  405: WRONG_SERVER,
  406: ["blocked", "version", "; every Elasticsearch and OpenSearch takes plain application/x-ndjson"],
  413: ["too_large", "too_large", "; see http.max_content_length there, or lower buffer_size"],
  429: ["retry", "overloaded"],
  "4xx": ["blocked", "refused_request"],
  502: ["retry", "unavailable"],
  503: ["retry", "unavailable"],
  504: ["retry", "unavailable"],
  "5xx": ["unknown", "server_error"],
};
