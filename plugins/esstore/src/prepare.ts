import { BlockedError, type StoreContext, valueAt } from "@cloudmarker/store-api";
import { byCode, describeServer, type HttpRequest, type HttpServer, readObject } from "@cloudmarker/store-api/kit";
import { requestError } from "./outcomes.ts";
import type { EsStoreParams } from "./params.ts";
import { indexPattern, indexTemplate, type IndexTemplate, isOutdated, type Product, templatePath } from "./template.ts";

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

/** What is asked of the indices that are there, each of which has an id: a mapping may have thousands of fields. */
const SHOWN = "*.settings.index.uuid,*.mappings.properties.unindexed.enabled";
/** Where else than under the template the field that takes everything would be mapped key by key. */
const PLAIN_FIELD = ["mappings", "properties", "unindexed", "enabled"];

/**
 * Sees to the managed template, which must be there before the first record creates the index (ES-49).
 * @returns whether records that are refused for their content can be written in a form that no mapping refuses
 * @throws StoreError
 */
export async function prepare(server: HttpServer, params: EsStoreParams, { logger }: StoreContext): Promise<boolean> {
  if (params.mapping === "none") return false;
  const path = templatePath(params.index);
  const [product] = await findProduct(server, params);
  const body = indexTemplate(params, product);
  const ask = async (request: HttpRequest, ...others: number[]): Promise<object> => {
    const answer = await server.send(request);
    if (answer.status === 200 || others.includes(answer.status)) return readObject(answer.body);
    throw requestError(answer, byCode([FORBIDDEN, REFUSED]));
  };
  const found = valueAt(await ask({ method: "GET", path }, 404), ["index_templates", "0", "index_template"]);
  if (!found || isOutdated(found as IndexTemplate, body)) await ask({ method: "PUT", path, body });

  const pattern = encodeURIComponent(indexPattern(params.index));
  const answer = await server.send({ method: "GET", path: `/${pattern}?filter_path=${SHOWN}` });
  // Who may not look sees none.
  const indices = answer.status === 200 ? Object.entries(readObject(answer.body)) : [];
  const older = indices.find(([, index]) => valueAt(index, PLAIN_FIELD) !== false);
  if (older)
    logger.warn(
      `${older[0]} existed before its index template. Records that its own mapping refuses go to the dead letters; write to a new index instead.`,
    );
  return !older;
}
