import { byCode, type Meaning, networkBlames } from "@cloudmarker/store-kit/http";

/** The params that name the server. */
const ADDRESS = ["node", "nodes", "cloud_id", "host", "port"];

/** The params to blame, by code. */
export const BLAMES: Readonly<Record<string, readonly string[]>> = {
  ...networkBlames(ADDRESS),
  version: ADDRESS,
  unavailable: ADDRESS,
  credentials: ["password", "api_key", "bearer", "aws", "username"],
  no_permission: ["username", "api_key", "bearer", "aws"],
  explicit_index: ["index"],
  template: ["index", "mapping"],
  illegal_argument_exception: ["pipeline", "index", "op"],
  index_not_found_exception: ["index", "require_alias"],
  strict_dynamic_mapping_exception: ["timestamp", "index"],
  too_large: ["buffer_size"],
};

/** An index or a cluster that takes no writes until someone lifts the block. */
const BLOCK = /^cluster_block_exception: .*FORBIDDEN/su;
/** What to do about it. */
export const LIFT = "lift the block (index.blocks.* of the index, cluster.blocks.read_only of the cluster)";

/** A block on an index. A person or the server itself may set or lift it at any moment (L-48). */
export const BLOCKED_INDEX: RegExp = /^cluster_block_exception\b/u;
export const CLOSED_INDEX: RegExp = /^index_closed_exception\b/u;

/** A node refuses more at once than it ever takes: nothing else is under way there, so waiting does not help. */
export const TOO_MUCH: RegExp = /^(?:es_)?rejected_execution_exception: .*\ball_bytes=0,/su;

/** Errors of an item that are about the index or the params, by type and reason, with what to do. */
export const HINTS: readonly (readonly [error: RegExp, hint: string])[] = [
  [/^index_not_found_exception: .*\[require_alias\]/su, "give an index that alias, or leave out `require_alias`"],
  [/^index_not_found_exception/u, "create it, or let the server create indices (action.auto_create_index)"],
  [/^security_exception/u, "grant `create_doc` (for `op: index`, `index`) and `auto_configure` on it"],
  [/^index_closed_exception/u, "open the index"],
  [
    /^strict_dynamic_mapping_exception: .*\[@timestamp\]/su,
    "its mapping is `dynamic: strict`: add `@timestamp` to it as a date, or choose `timestamp: false`",
  ],
  [BLOCK, LIFT],
  [/^validation_exception: .*maximum.*shards/su, "the cluster has no room for another index"],
  [
    /^illegal_argument_exception: Document ID is not supported/u,
    "this is a time series or vector collection of OpenSearch Serverless, which takes no ids: use one of the type search",
  ],
  [/^illegal_argument_exception: pipeline with id/u, "create the pipeline, or change `pipeline`"],
  [/^illegal_argument_exception: .*op_type of create/su, "choose `op: create`"],
  [/^illegal_argument_exception: .*no write index/su, "give the alias a write index"],
];

const PLAIN = "; every Elasticsearch and OpenSearch takes plain application/x-ndjson";
/** A server that wants other media types; some say so with 400. */
export const WRONG_TYPE: Meaning = ["blocked", "version", PLAIN];

/** What a server says where `rest.action.multi.allow_explicit_index` is off. */
export const EXPLICIT_INDEX = "explicit index in bulk is not allowed";
const ONE_INDEX =
  "; set rest.action.multi.allow_explicit_index to true there, or choose an `index` without placeholders";

/** Errors of a whole request that mean something else than their status, by type and reason. */
export const FAULTS: readonly (readonly [error: RegExp, Meaning])[] = [
  [BLOCK, ["blocked", "read_only", `; ${LIFT}`]],
  [new RegExp(EXPLICIT_INDEX, "u"), ["blocked", "explicit_index", ONE_INDEX]],
  [TOO_MUCH, ["too_large", "too_large", "; see indexing_pressure.memory.limit there, or lower buffer_size"]],
];

/** What an answer to a whole request means, by its status (ES-31). */
export const STATUSES: ReadonlyMap<unknown, Meaning> = byCode([
  [["blocked", "redirected", "; give the address of the server itself"], "3xx"],
  [["blocked", "credentials", "; check username and password, api_key or bearer"], 401],
  [["blocked", "no_permission", "; grant `create_doc` and `auto_configure` on the index"], 403],
  [["blocked", "wrong_server", ", without a bulk endpoint; check node, host and port"], 404, 405],
  [WRONG_TYPE, 406],
  [["too_large", "too_large", "; see http.max_content_length there, or lower buffer_size"], 413],
  [["retry", "overloaded"], 429],
  [["blocked", "refused_request"], "4xx"],
  [["retry", "unavailable"], 502, 503, 504],
  [["unknown", "server_error"], "5xx"],
]);
