import type { Answer } from "../http/reply.ts";
import { jsonAnswer } from "../http/reply.ts";
import { answer, type HttpFaults, httpFaults } from "../http/faults.ts";
import type { ReceivedRequest, RequestHead } from "../http/request.ts";
import { startHttpServer } from "../http/server.ts";
import type { HttpFaultServer, TlsOptions } from "../http/server.ts";
import { runBulk } from "./bulk.ts";
import type { BulkCounts, ItemScript } from "./bulk.ts";
import { readBulkBody } from "./bulk-body.ts";
import type { BulkBody } from "./bulk-body.ts";
import { Failure, illegalArgument } from "./failure.ts";
import { filterPath } from "./filter-path.ts";
import { Indices } from "./indices.ts";
import { answerType, checkMediaTypes } from "./media-types.ts";
import { Product } from "./product.ts";
import type { ProductName } from "./product.ts";
import { runRoute } from "./routes.ts";
import { Security } from "./security.ts";
import type { Credentials, Privileges } from "./security.ts";

/** What {@link startElasticsearch} takes. */
export interface ElasticsearchOptions {
  /** @default "elasticsearch" */
  readonly product?: ProductName;
  /** @default "9.2.0", of OpenSearch "3.8.0" */
  readonly version?: string;
  /** Leave out the headers by which the product names itself, as some proxies do. @default false */
  readonly stripHeaders?: boolean;
  /** Absent, anyone may come in. */
  readonly auth?: Credentials;
  /** Absent, everything is allowed. */
  readonly privileges?: Privileges;
  /** Most bytes of a body, uncompressed. @default 104857600 */
  readonly maxContentLength?: number;
  /** Whether a write creates the index it names. @default true */
  readonly autoCreate?: boolean;
  /** Names of the ingest pipelines there are; they do nothing. @default none */
  readonly pipelines?: readonly string[];
  /**
   * Parse every document, as a real node does; else only what is not an object at a glance is refused. @default false
   */
  readonly checkSources?: boolean;
  /** What is to go wrong with single documents. */
  readonly itemFault?: ItemScript;
  readonly tls?: TlsOptions;
  /** @default 0, which means any free port */
  readonly port?: number;
}

/**
 * An Elasticsearch or OpenSearch of one node that keeps what it is sent in memory, over {@link HttpFaultServer.restart}
 * too.
 */
export interface ElasticsearchServer extends HttpFaultServer {
  /** What is to go wrong with requests; see {@link isBulk} to hit bulk requests alone. */
  readonly faults: HttpFaults;
  /** What is to go wrong with single documents. */
  itemFault: ItemScript | undefined;
  /** Documents that were created. */
  readonly indexed: number;
  /** Documents that an op `index` replaced. */
  readonly updated: number;
  /** Ops `create` on an id that was there already: each answered by a 409. */
  readonly duplicates: number;
  /** Bulk requests that came in whole, whatever became of them. */
  readonly bulkRequests: number;
  /**
   * Ids of the documents in those requests, in order, repetitions and refused ones included; `""` where none was sent.
   */
  readonly received: readonly string[];
  /** The sources, exactly as they were sent, by id: of one index, alias or data stream, or of all. */
  documents(index?: string): Map<string, string>;
}

const BULK_PATH = /^\/(?:([^/]+)\/)?_bulk$/;
const BULK_PARAMETERS = new Set(
  (
    "_source _source_includes _source_excludes error_trace filter_path format human pipeline pretty refresh " +
    "require_alias routing timeout type wait_for_active_shards"
  ).split(" "),
);

/** Whether a request is a bulk request, for the `on` of a fault. */
export function isBulk({ method, path }: RequestHead): boolean {
  return (method === "POST" || method === "PUT") && BULK_PATH.test(path);
}

/** Starts an Elasticsearch or OpenSearch whose faults the test scripts. */
export async function startElasticsearch(options: ElasticsearchOptions = {}): Promise<ElasticsearchServer> {
  const { product: name = "elasticsearch", autoCreate = true, checkSources = false } = options;
  const product = new Product(name, options.version ?? (name === "opensearch" ? "3.8.0" : "9.2.0"));
  const security = new Security(product, options.auth, options.privileges);
  const indices = new Indices(product, autoCreate);
  const pipelines = new Set(options.pipelines);
  const faults = httpFaults();
  const counts: BulkCounts = { created: 0, updated: 0, duplicates: 0 };
  const received: string[] = [];
  let { itemFault } = options;
  let bulkRequests = 0;

  const respond = (request: ReceivedRequest, bulk: BulkBody | undefined): Answer => {
    const refused = checkMediaTypes(product, request, request.body.length > 0);
    if (refused) return refused;
    const unknown = security.authenticate(request.headers, request.path);
    if (unknown) return unknown;
    if (!bulk) return runRoute({ product, security, indices, pipelines }, request);
    checkBulkParameters(product, request);
    if (bulk.failure) throw bulk.failure;
    const context = { product, security, indices, pipelines, checkSources, itemFault, counts };
    const filter = request.query.get("filter_path");
    const result = runBulk(context, bulk.items);
    return jsonAnswer(200, filter === null ? result : filterPath(result, filter));
  };

  const apply = (request: ReceivedRequest, bulk: BulkBody | undefined): Answer => {
    // Said by the HTTP layer, which does not name the product.
    if (request.body.length > (options.maxContentLength ?? 100 * 1024 * 1024)) return { status: 413 };
    const { headers, ...rest } = orFailure(() => respond(request, bulk));
    const isJson = headers?.["content-type"] === "application/json";
    const type = isJson ? { "content-type": answerType(product, request.headers.accept) } : {};
    return { ...rest, headers: { ...(options.stripHeaders ? {} : product.headers), ...headers, ...type } };
  };

  const http = await startHttpServer({
    port: options.port,
    tls: options.tls,
    async handle(request, reply) {
      const index = BULK_PATH.exec(request.path)?.[1] ?? "";
      const bulk = isBulk(request) ? readBulkBody(product, request, index) : undefined;
      if (bulk) bulkRequests++;
      for (const { id } of bulk?.items ?? []) received.push(id ?? "");
      await answer(request, reply, faults, () => apply(request, bulk));
    },
  });

  return {
    url: http.url,
    port: http.port,
    get requests() {
      return http.requests;
    },
    stop: () => http.stop(),
    restart: () => http.restart(),
    [Symbol.asyncDispose]: () => http.stop(),
    faults,
    get itemFault() {
      return itemFault;
    },
    set itemFault(script) {
      itemFault = script;
    },
    get indexed() {
      return counts.created;
    },
    get updated() {
      return counts.updated;
    },
    get duplicates() {
      return counts.duplicates;
    },
    get bulkRequests() {
      return bulkRequests;
    },
    received,
    documents(index) {
      const chosen = index === undefined ? [...indices.all()] : [indices.find(index)];
      return new Map(chosen.flatMap((each) => [...(each?.documents ?? [])].map(([id, { source }]) => [id, source])));
    },
  };
}

/** Parameters that the product does not know are refused. */
function checkBulkParameters(product: Product, { path, query }: ReceivedRequest): void {
  for (const name of query.keys()) {
    const isKnown = BULK_PARAMETERS.has(name) || (name === "require_data_stream" && product.isElasticsearch(8, 13));
    if (!isKnown) throw illegalArgument(`request [${path}] contains unrecognized parameter: [${name}]`);
  }
}

function orFailure(respond: () => Answer): Answer {
  try {
    return respond();
  } catch (error) {
    if (error instanceof Failure) return error.toAnswer();
    throw error;
  }
}
