import { BlockedError, type StoreContext } from "@cloudmarker/store-api";
import {
  describeServer,
  type HttpRequest,
  type HttpServer,
  type Meaning,
  readObject,
} from "@cloudmarker/store-api/kit";
import { requestError } from "./outcomes.ts";
import type { EsStoreParams } from "./params.ts";
import { indexPattern, indexTemplate, type IndexTemplate, isOutdated, type Product, templatePath } from "./template.ts";

/** The first versions with all that the managed template needs; OpenSearch began again at 1. */
const OLDEST: Readonly<Record<Product, string>> = { Elasticsearch: "7.10", OpenSearch: "2.7" };

/** What a server is; the version is undefined where the user may not ask. */
export type ProductFound = readonly [product: Product, version: string | undefined];

/**
 * Asks the server what it is.
 * @throws StoreError also where it is too old for a managed mapping
 */
export async function findProduct(server: HttpServer, { mapping }: EsStoreParams): Promise<ProductFound> {
  const answer = await server.send({ method: "GET", path: "/" });
  const { status, peer } = answer;
  const version = (readObject(answer.body) as { version?: { number?: string } | null }).version?.number;
  const product = describeServer(answer);
  const isKnown = product === "Elasticsearch" || product === "OpenSearch";
  const grant = "; grant the cluster privilege `monitor`, or choose `mapping: none`";
  // Who may not ask may write all the same, and the headers of the refusal tell what it comes from.
  if (status !== 200 && !(isKnown && status === 403))
    throw requestError(answer, { 403: ["blocked", "no_permission", grant] });
  if (!isKnown || (status === 200 && version === undefined)) {
    const text = `${peer} is ${product}, not Elasticsearch or OpenSearch; check node, host and port.`;
    throw new BlockedError("wrong_server", text);
  }
  const oldest = OLDEST[product];
  // OpenSearch can be told to give itself out as Elasticsearch 7.10.
  const isOld = version?.localeCompare(oldest, "en", { numeric: true }) === -1;
  if (!isOld || mapping === "none") return [product, version];
  const needs = `a managed mapping needs ${oldest} or later. Choose \`mapping: none\` for this one`;
  throw new BlockedError("version", `${peer} is ${product} ${version}; ${needs}.`);
}

const WAY_OUT = "or put a template of your own and choose `mapping: none`";
const GRANT = `; grant the cluster privilege \`manage_index_templates\`, ${WAY_OUT}`;
const MEND = `. The index template was not taken; mend what is wrong, ${WAY_OUT}`;
const REFUSED: Meaning = ["blocked", "template", MEND];

/** What an answer to a request for the template means. */
const MEANINGS = { 400: REFUSED, 403: ["blocked", "no_permission", GRANT], 405: REFUSED } as const;

/** What is asked for of the indices that are there: one may have thousands of other fields. */
const FIELDS = "*.mappings.properties";
const MEMBERS = `${FIELDS}.raw.type,${FIELDS}.raw.properties.*.type,${FIELDS}.unindexed.enabled`;

interface IndexFound {
  readonly mappings?: { readonly properties?: Partial<Record<"raw" | "unindexed", FieldFound>> };
}

interface FieldFound {
  readonly type?: string;
  readonly enabled?: boolean;
}

interface TemplatesFound {
  readonly index_templates?: readonly { readonly index_template: IndexTemplate }[];
}

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
  const ask = async (request: HttpRequest): Promise<TemplatesFound> => {
    const answer = await server.send(request);
    if (answer.status === 200 || (answer.status === 404 && request.method === "GET")) return readObject(answer.body);
    throw requestError(answer, MEANINGS);
  };
  const { index_templates: [existing] = [] } = await ask({ method: "GET", path });
  if (!existing || isOutdated(existing.index_template, body)) await ask({ method: "PUT", path, body });

  const pattern = encodeURIComponent(indexPattern(params.index));
  const found = await server.send({ method: "GET", path: `/${pattern}/_mapping?filter_path=${MEMBERS}` });
  // Who may not look sees none.
  const indices = found.status === 200 ? (readObject(found.body) as Readonly<Record<string, IndexFound>>) : {};
  const there = Object.entries(indices).map(([name, { mappings }]) => ({ name, ...mappings?.properties }));
  const foreign = there.find(({ raw }) => raw && (raw.type ?? "object") === "object");
  if (foreign)
    logger.warn(
      `${foreign.name} existed before its index template and maps the keys of \`raw\` one by one: records that contradict each other or have ` +
        "too many keys will be refused there. Write to a new index instead.",
    );
  // Elsewhere the field that takes everything would be mapped key by key as well.
  return there.every(({ unindexed }) => unindexed?.enabled === false);
}
