import { type ElasticsearchOptions, isBulk } from "../../../packages/store-testkit/src/servers/elasticsearch/server.ts";
import type { Fault } from "../../../packages/store-testkit/src/servers/http/faults.ts";
import { answers, LOGIN, type Params, type State } from "./state.ts";

/** An Elasticsearch or OpenSearch, and how the store is to use it. */
export interface EsState {
  readonly server?: ElasticsearchOptions;
  readonly params?: Params;
  readonly fault?: Fault;
  /** What is there beforehand: requests, each a method, a path and a body. */
  readonly there?: readonly (readonly [method: string, path: string, body?: object])[];
}

const NONE = { mapping: "none" };
const STRICT = { mappings: { dynamic: "strict", properties: { raw: {}, ext: {}, com: {} } } };
const templateOf = (more: object): object => ({ index_patterns: ["agree"], priority: 300 + "agree".length, ...more });

/** What can be wrong with them. */
export const ES: readonly State<EsState>[] = [
  ["a managed mapping", "ok", {}],
  ["no mapping of ours", "ok", { params: NONE }],
  ["OpenSearch", "ok", { server: { product: "opensearch" } }],
  ["OpenSearch, no mapping of ours", "ok", { server: { product: "opensearch" }, params: NONE }],
  ["no header that names the product", "ok", { server: { stripHeaders: true } }],
  ["data streams", "ok", { params: { mode: "data_stream" } }],
  ["gzip", "ok", { params: { compression: true } }],
  ["too old for a managed mapping", "version", { server: { version: "6.8.0" } }],
  ["old, no mapping of ours", "ok", { server: { version: "7.9.0" }, params: NONE }],
  ["the right password", "ok", { server: { auth: LOGIN }, params: LOGIN }],
  ["a wrong password", "credentials", { server: { auth: LOGIN }, params: { ...LOGIN, password: "wrong-pw" } }],
  [
    "a wrong password, no mapping of ours",
    "credentials",
    { server: { auth: LOGIN }, params: { ...LOGIN, ...NONE, password: "wrong-pw" } },
  ],
  ["no password", "credentials", { server: { auth: LOGIN } }],
  ["no password, OpenSearch", "credentials", { server: { auth: LOGIN, product: "opensearch" } }],
  ["a wrong API key", "credentials", { server: { auth: { apiKey: "a2V5" } }, params: { api_key: "d3Jvbmc=" } }],
  [
    "may do nothing",
    "no_permission",
    { server: { auth: LOGIN, privileges: { cluster: [], indices: {} } }, params: LOGIN },
  ],
  [
    "may do nothing, no mapping of ours",
    "no_permission",
    { server: { auth: LOGIN, privileges: { cluster: [], indices: {} } }, params: { ...LOGIN, ...NONE } },
  ],
  [
    "OpenSearch, may do nothing",
    "no_permission",
    { server: { product: "opensearch", auth: LOGIN, privileges: { cluster: [], indices: {} } }, params: LOGIN },
  ],
  [
    // It has no question by which a user could learn what it may do.
    "OpenSearch, may do nothing, no mapping of ours",
    ["ok", "no_permission"],
    { server: { product: "opensearch", auth: LOGIN, privileges: { indices: {} } }, params: { ...LOGIN, ...NONE } },
  ],
  [
    "may write, and not make the template",
    "no_permission",
    { server: { auth: LOGIN, privileges: { cluster: [], indices: { agree: ["all"] } } }, params: LOGIN },
  ],
  [
    "may write, and not ask what the server is",
    "ok",
    {
      server: { auth: LOGIN, privileges: { cluster: [], indices: { agree: ["all"] } } },
      params: { ...LOGIN, ...NONE },
    },
  ],
  [
    "may write another index",
    ["no_permission", "security_exception"],
    {
      server: { auth: LOGIN, privileges: { cluster: ["manage"], indices: { other: ["all"] } } },
      params: { ...LOGIN, ...NONE },
    },
  ],
  [
    "may write, and not make the index",
    ["no_permission", "security_exception"],
    {
      server: {
        auth: LOGIN,
        privileges: { cluster: ["manage"], indices: { agree: ["create_doc", "view_index_metadata"] } },
      },
      params: LOGIN,
    },
  ],
  [
    "may write, and not make the index, which is there",
    "ok",
    {
      server: {
        privileges: { cluster: ["manage"], indices: { agree: ["create_doc", "create_index", "view_index_metadata"] } },
      },
      there: [["PUT", "/agree"]],
    },
  ],
  ["a template in the way of ours", "template", { there: [["PUT", "/_index_template/theirs", templateOf({})]] }],
  [
    "a template in the way of ours, no mapping of ours",
    "ok",
    { params: NONE, there: [["PUT", "/_index_template/theirs", templateOf({})]] },
  ],
  [
    "ours for another pattern in the place of ours",
    "template",
    {
      params: { index: "agree-{com.audit_key}" },
      there: [
        [
          "PUT",
          "/_index_template/cloudmarker-agree-_",
          { index_patterns: ["agree-_"], priority: 1, _meta: { managed_by: "cloudmarker" } },
        ],
      ],
    },
  ],
  [
    "a closed index",
    "index_closed_exception",
    {
      there: [
        ["PUT", "/agree"],
        ["POST", "/agree/_close"],
      ],
    },
  ],
  [
    "a closed index, no mapping of ours",
    "index_closed_exception",
    {
      params: NONE,
      there: [
        ["PUT", "/agree"],
        ["POST", "/agree/_close"],
      ],
    },
  ],
  ...(["write", "read_only", "read_only_allow_delete"] as const).flatMap((block) =>
    [{}, NONE].map(
      (params) =>
        [
          `index.blocks.${block}${params === NONE ? ", no mapping of ours" : ""}`,
          "cluster_block_exception",
          { params, there: [["PUT", "/agree", { settings: { index: { blocks: { [block]: true } } } }]] },
        ] as const,
    ),
  ),
  [
    "a cluster that is read-only",
    "read_only",
    { there: [["PUT", "/_cluster/settings", { persistent: { "cluster.blocks.read_only": true } }]] },
  ],
  [
    "a cluster that is read-only, no mapping of ours",
    "read_only",
    { params: NONE, there: [["PUT", "/_cluster/settings", { persistent: { "cluster.blocks.read_only": true } }]] },
  ],
  ["a strict mapping without @timestamp", "strict_dynamic_mapping_exception", { there: [["PUT", "/agree", STRICT]] }],
  ["a strict mapping, and no @timestamp", "ok", { params: { timestamp: false }, there: [["PUT", "/agree", STRICT]] }],
  ["no index, and none is made", "index_not_found_exception", { server: { autoCreate: false } }],
  [
    "no index, and none is made, no mapping of ours",
    "index_not_found_exception",
    { server: { autoCreate: false }, params: NONE },
  ],
  ["an index, where none is made", "ok", { server: { autoCreate: false }, there: [["PUT", "/agree"]] }],
  ["an alias is wanted, and there is none", "index_not_found_exception", { params: { ...NONE, require_alias: true } }],
  [
    "an alias is wanted, and this is an index",
    "index_not_found_exception",
    { params: { ...NONE, require_alias: true }, there: [["PUT", "/agree"]] },
  ],
  [
    "an alias is wanted, and there is one",
    "ok",
    { params: { ...NONE, require_alias: true }, there: [["PUT", "/behind", { aliases: { agree: {} } }]] },
  ],
  ["a pipeline that is there", "ok", { server: { pipelines: ["p"] }, params: { pipeline: "p" } }],
  [
    "a pipeline that is not there",
    "illegal_argument_exception",
    { server: { pipelines: ["q"] }, params: { pipeline: "p" } },
  ],
  [
    "op index into a data stream",
    "illegal_argument_exception",
    {
      params: { ...NONE, op: "index" },
      there: [
        ["PUT", "/_index_template/theirs", templateOf({ data_stream: {} })],
        ["PUT", "/_data_stream/agree"],
      ],
    },
  ],
  ["every request is redirected", "redirected", { fault: answers(302) }],
  ["every request is 503", "unavailable", { fault: answers(503) }],
  ["every request is 429", "overloaded", { fault: answers(429) }],
  ["every request is 401 of a proxy", "credentials", { fault: answers(401, "<html>no</html>") }],
  ["every request is 403 of a proxy", "no_permission", { fault: answers(403, "<html>no</html>"), params: NONE }],
  ["every request is a page", "wrong_server", { fault: { kind: "html200" } }],
  ["a gateway lets no bulk request through: 404", "wrong_server", { fault: answers(404, "no", isBulk), params: NONE }],
  ["a gateway lets no bulk request through: 405", "wrong_server", { fault: answers(405, "no", isBulk), params: NONE }],
  ["a gateway lets no bulk request through: 403", "no_permission", { fault: answers(403, "no", isBulk), params: NONE }],
  ["a gateway lets no bulk request through: 302", "redirected", { fault: answers(302, "", isBulk), params: NONE }],
  ["bulk requests are turned away for now: 503", "unavailable", { fault: answers(503, "", isBulk), params: NONE }],
  ["no answer", "timeout", { fault: { kind: "hang" }, params: { request_timeout: "300ms" } }],
  ["connections are closed", "connection_lost", { fault: { kind: "close" } }],
];
