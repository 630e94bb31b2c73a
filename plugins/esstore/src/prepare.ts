import { BlockedError, valueAt } from "@cloudmarker/store-api";
import { byCode, describeServer, type HttpRequest, type HttpServer, readObject } from "@cloudmarker/store-api/kit";
import { requestError } from "./outcomes.ts";
import type { EsStoreParams } from "./params.ts";
import { indexPattern, indexTemplate, type IndexTemplate, isOutdated } from "./template.ts";
import { type Older, type Product, templatePath } from "./template.ts";

/** The first versions with all that the managed template needs; OpenSearch began again at 1. */
const OLDEST: Readonly<Record<Product, string>> = { Elasticsearch: "7.10", OpenSearch: "2.7" };

const WAY_OUT = "or put a template of your own and choose `mapping: none`";
const GRANT = `; grant the cluster privileges \`monitor\` and \`manage_index_templates\`, ${WAY_OUT}`;
const MEND = `. The index template was not taken; mend what is wrong, ${WAY_OUT}`;

/** What it means where a question is refused, and where the template is. */
const FORBIDDEN = [["blocked", "no_permission", GRANT], 403] as const;
const REFUSED = [["blocked", "template", MEND], 400, 405] as const;

/**
 * Asks the server what it is; the version is undefined where the user may not ask.
 * @throws StoreError also where it is too old for a managed mapping
 */
export async function findProduct(server: HttpServer, { mapping }: EsStoreParams): Promise<[Product, string?]> {
  const answer = await server.send({ method: "GET", path: "/" });
  const { status, peer } = answer;
  const product = describeServer(answer);
  const isKnown = product === "Elasticsearch" || product === "OpenSearch";
  // Who may not ask may write all the same, and the headers of the refusal tell what it comes from.
  if (isKnown && status === 403) return [product];
  if (status !== 200) throw requestError(answer, byCode([FORBIDDEN]));
  const version = valueAt(readObject(answer.body), ["version", "number"]);
  if (!isKnown || typeof version !== "string") {
    const text = `${peer} is ${product}, not Elasticsearch or OpenSearch; check node, host and port.`;
    throw new BlockedError("wrong_server", text);
  }
  const oldest = OLDEST[product];
  // OpenSearch can be told to give itself out as Elasticsearch 7.10.
  const isOld = version.localeCompare(oldest, "en", { numeric: true }) < 0;
  if (!isOld || mapping === "none") return [product, version];
  const needs = `a managed mapping needs ${oldest} or later. Choose \`mapping: none\` for this one`;
  throw new BlockedError("version", `${peer} is ${product} ${version}; ${needs}.`);
}

/** What is asked of the indices that are there: a mapping may have thousands of fields. */
const SHOWN = "*.settings.index.uuid,*.aliases,*.data_stream,*.mappings.properties.unindexed.enabled";

/** The field that an older index would map key by key. */
const PLAIN_FIELD = ["mappings", "properties", "unindexed", "enabled"];

type IndexInfo = Readonly<{ aliases?: object; data_stream?: string }>;

/**
 * Sees to the managed template, which must be there before the first record creates the index (ES-49).
 * @throws StoreError
 */
export async function prepare(server: HttpServer, params: EsStoreParams): Promise<Older> {
  if (params.mapping === "none") return undefined;
  const path = templatePath(params.index);
  const [product] = await findProduct(server, params);
  const body = indexTemplate(params, product);
  const ask = async (request: HttpRequest, ...others: number[]): Promise<object> => {
    const answer = await server.send(request);
    if (answer.status === 200 || others.includes(answer.status)) return readObject(answer.body);
    throw requestError(answer, byCode([FORBIDDEN, REFUSED]));
  };
  const found = valueAt(await ask({ method: "GET", path }, 404), ["index_templates", "0", "index_template"]);
  const { index_patterns: theirs = [], _meta: meta } = (found ?? {}) as IndexTemplate;
  const { index_patterns: ours, _meta: own } = body;
  // A part that varies looks like a literal _ in the name of the template.
  if (meta?.managed_by === own.managed_by && theirs.join() !== ours.join()) {
    const what = `${path} is there for ${theirs.join()} already, and cannot be for ${ours.join()} as well`;
    throw new BlockedError("template", `${server.peer}: ${what}; choose another \`index\`, ${WAY_OUT}.`);
  }
  if (!found || isOutdated(found as IndexTemplate, body)) await ask({ method: "PUT", path, body });

  const pattern = encodeURIComponent(indexPattern(params.index));
  // Who may not look sees none.
  const there = await ask({ method: "GET", path: `/${pattern}?filter_path=${SHOWN}` }, 401, 403, 404);
  const entries = Object.entries(there) as [string, IndexInfo][];
  const older = entries.filter(([, index]) => valueAt(index, PLAIN_FIELD) !== false);
  return new Set(
    older.flatMap(([name, { aliases = {}, data_stream = name }]) => [name, data_stream, ...Object.keys(aliases)]),
  );
}
