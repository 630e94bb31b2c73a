import type { Answer } from "../http/reply.ts";
import { jsonAnswer } from "../http/reply.ts";
import type { ReceivedRequest } from "../http/request.ts";
import { Failure } from "./failure.ts";
import type { Index, IndexBody, Indices, IndexTemplate } from "./indices.ts";
import type { Product } from "./product.ts";
import type { Security, WantedPrivileges } from "./security.ts";

/** What the routes beside `_bulk` work on. */
export interface RouteContext {
  readonly product: Product;
  readonly security: Security;
  readonly indices: Indices;
  readonly pipelines: ReadonlySet<string>;
}

/** Serves one request; `name` is what stands in the path for `{name}`. Returns what is sent as JSON. */
type Route = (context: RouteContext, name: string, request: ReceivedRequest) => object;

/** Methods and paths as `METHOD /path`; GET stands for HEAD as well. */
const ROUTES: Record<string, Route> = {
  "GET /": ({ product, security }) => {
    security.requireCluster("monitor", "cluster:monitor/main");
    return product.greeting();
  },
  "GET /_cluster/health": ({ security, indices }) => {
    security.requireCluster("monitor", "cluster:monitor/health");
    const active_shards = [...indices.all()].length;
    return { cluster_name: "scripted", status: "green", timed_out: false, number_of_nodes: 1, active_shards };
  },
  "GET /_cluster/settings": ({ security, indices }) => {
    security.requireCluster("monitor", "cluster:monitor/settings");
    return { persistent: nested(indices.clusterSettings), transient: {}, defaults: {} };
  },
  "PUT /_cluster/settings": ({ security, indices }, _, request) => {
    security.requireCluster("manage", "cluster:admin/settings/update");
    Object.assign(indices.clusterSettings, parse<{ persistent: object }>(request).persistent);
    return { acknowledged: true };
  },
  "GET /_ingest/pipeline/{name}": ({ security, pipelines }, name) => {
    security.requireCluster("manage", "cluster:admin/ingest/pipeline/get");
    if (!pipelines.has(name)) throw new Failure(404, "resource_not_found_exception", `pipeline [${name}] is missing`);
    return { [name]: { processors: [] } };
  },
  "GET /_security/_authenticate": ({ security }) => security.describe(),
  "POST /_security/user/_has_privileges": ({ security }, _, request) =>
    security.hasPrivileges(parse<WantedPrivileges>(request)),
  "PUT /_index_template/{name}": ({ security, indices }, name, request) => {
    security.requireCluster("manage_index_templates", "indices:admin/index_template/put");
    indices.requireWritable();
    indices.putTemplate(name, parse<IndexTemplate>(request), request.query.get("create") === "true");
    return { acknowledged: true };
  },
  "POST /_index_template/_simulate": ({ security, indices }, _, request) => {
    security.requireCluster("manage_index_templates", "indices:admin/index_template/simulate");
    const { template = {} } = indices.checkTemplate("", parse<IndexTemplate>(request));
    return { template, overlapping: [] };
  },
  "GET /_index_template/{name}": ({ security, indices }, name) => {
    security.requireCluster("manage_index_templates", "indices:admin/index_template/get");
    return { index_templates: [{ name, index_template: { composed_of: [], ...indices.template(name) } }] };
  },
  "DELETE /_index_template/{name}": ({ security, indices }, name) => {
    security.requireCluster("manage_index_templates", "indices:admin/index_template/delete");
    indices.deleteTemplate(name);
    return { acknowledged: true };
  },
  "PUT /_data_stream/{name}": ({ security, indices }, name) => {
    security.requireIndex(name, "create_index", "indices:admin/data_stream/create");
    indices.createDataStream(name);
    return { acknowledged: true };
  },
  "GET /_data_stream/{name}": ({ security, indices }, name) => {
    security.requireIndex(name, "view_index_metadata", "indices:admin/data_stream/get");
    const index = indices.get(name);
    const backing = [{ index_name: index.name, index_uuid: index.uuid }];
    return { data_streams: [{ name, timestamp_field: { name: "@timestamp" }, indices: backing, generation: 1 }] };
  },
  "PUT /{name}": ({ security, indices }, name, request) => {
    security.requireIndex(name, "create_index", "indices:admin/create");
    indices.create(name, parse<IndexBody>(request));
    return { acknowledged: true, shards_acknowledged: true, index: name };
  },
  "GET /{name}": ({ security, indices }, name) => {
    security.requireIndex(name, "view_index_metadata", "indices:admin/get");
    return Object.fromEntries(
      indices.matching(name).map((index) => {
        const { aliases, uuid, dataStream, isClosed } = index;
        const given = texts((index.settings as { index?: object }).index ?? index.settings) as object;
        const settings = { index: { ...given, uuid, ...(isClosed && { verified_before_close: "true" }) } };
        const data_stream = dataStream === undefined ? {} : { data_stream: dataStream };
        return [index.name, { aliases, mappings: mappingsOf(index), settings, ...data_stream }];
      }),
    );
  },
  "DELETE /{name}": ({ security, indices }, name) => {
    security.requireIndex(name, "delete_index", "indices:admin/delete");
    indices.delete(name);
    return { acknowledged: true };
  },
  "GET /{name}/_mapping": ({ security, indices }, name) => {
    security.requireIndex(name, "view_index_metadata", "indices:admin/mappings/get");
    const index = indices.get(name);
    return { [index.name]: { mappings: mappingsOf(index) } };
  },
  "POST /{name}/_close": ({ security, indices }, name) => {
    security.requireIndex(name, "manage", "indices:admin/close");
    indices.get(name).isClosed = true;
    return { acknowledged: true, shards_acknowledged: true, indices: { [name]: { closed: true } } };
  },
  "POST /{name}/_open": ({ security, indices }, name) => {
    security.requireIndex(name, "manage", "indices:admin/open");
    indices.get(name).isClosed = false;
    return { acknowledged: true, shards_acknowledged: true };
  },
};

/** Answers everything but bulk requests. */
export function runRoute(context: RouteContext, request: ReceivedRequest): Answer {
  const { path } = request;
  if (path.endsWith("/_bulk")) {
    const error = `Incorrect HTTP method for uri [${path}] and method [${request.method}], allowed: [POST, PUT]`;
    return jsonAnswer(405, { error, status: 405 }, { Allow: "POST, PUT" });
  }
  const method = request.method === "HEAD" ? "GET" : request.method;
  // OpenSearch has none of these, nor has Elasticsearch with security off.
  const isMissing = path.startsWith("/_security") && (context.product.name === "opensearch" || !context.security.isOn);
  const [, first = "", second = "", ...others] = path.split("/");
  const candidates: [string, string][] = [
    [path, ""],
    [`/${first}/{name}`, second],
    [`/${first}/${second}/{name}`, others[0] ?? ""],
    ...(first.startsWith("_") ? [] : [[`/{name}${second && `/${second}`}`, first] satisfies [string, string]]),
  ];
  for (const [pattern, name] of isMissing || others.length > 1 ? [] : candidates) {
    const route = ROUTES[`${method} ${pattern}`];
    if (route) return jsonAnswer(200, route(context, name, request));
  }
  return jsonAnswer(400, { error: `no handler found for uri [${path}] and method [${request.method}]` });
}

/** As the real ones give it back: `dynamic: false` becomes text. */
function mappingsOf({ mappings }: Index): object {
  return mappings.dynamic === undefined ? mappings : { ...mappings, dynamic: String(mappings.dynamic) };
}

/** Settings as the real ones give them back: values are texts. */
function texts(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return String(value);
  return Object.fromEntries(Object.entries(value).map(([key, below]) => [key, texts(below)]));
}

/** Settings by their full names as an object in an object for each part. */
function nested(settings: Readonly<Record<string, unknown>>): object {
  const root: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(settings)) {
    const parts = name.split(".");
    const last = parts.pop() ?? "";
    let at = root;
    for (const part of parts) at = (at[part] ??= {}) as Record<string, unknown>;
    at[last] = String(value);
  }
  return root;
}

function parse<Body>({ body }: ReceivedRequest): Partial<Body> {
  try {
    return JSON.parse(body.toString() || "{}");
  } catch (error) {
    throw new Failure(400, "x_content_parse_exception", String(error));
  }
}
