import { BlockedError, valueAt } from "@cloudmarker/store-api";
import { byCode, type HttpRequest, type HttpServer, readObject } from "@cloudmarker/store-kit/http";
import { requestError } from "../outcomes.ts";
import type { EsStoreParams } from "../params.ts";
import { findProduct, FORBIDDEN, WAY_OUT } from "../product.ts";
import { indexPattern, indexTemplate, type IndexTemplate, isOutdated, type Older } from "./template.ts";
import { type Product, templatePath } from "./template.ts";

const REFUSAL = `. The index template was not taken; correct what is wrong, ${WAY_OUT}`;
const REFUSED = [["blocked", "template", REFUSAL], 400, 405] as const;

/** The parts of existing indices that are read: a mapping may have thousands of fields. */
const SHOWN = "*.settings.index.uuid,*.aliases,*.data_stream,*.mappings.properties.unindexed.enabled";

/** The field that an older index would map key by key. */
const PLAIN_FIELD = ["mappings", "properties", "unindexed", "enabled"];

type IndexInfo = Readonly<{ aliases?: object; data_stream?: string }>;

/** The work to do before the first record. */
interface Plan {
  readonly path: string;
  readonly body: Required<IndexTemplate>;
  /** What is at `path` now, if anything. */
  readonly found: IndexTemplate | undefined;
  /** The template has to be put there. */
  readonly isWanted: boolean;
}

/**
 * Makes sure that the managed template exists before the first record creates the index (ES-49).
 * @throws StoreError
 */
export async function install(server: HttpServer, params: EsStoreParams): Promise<Older> {
  if (params.mapping === "none") return undefined;
  const [product] = await findProduct(server, params);
  const { path, body, isWanted } = await plan(server, params, product);
  if (isWanted) await ask(server, { method: "PUT", path, body });
  return olderIndices(server, params);
}

/** Names that lead into existing indices that are older than the template. */
async function olderIndices(server: HttpServer, params: EsStoreParams): Promise<Older> {
  const pattern = encodeURIComponent(indexPattern(params.index));
  // A user who may not look sees none.
  const there = await ask(server, { method: "GET", path: `/${pattern}?filter_path=${SHOWN}` }, 401, 403, 404);
  const entries = Object.entries(there) as [string, IndexInfo][];
  const older = entries.filter(([, index]) => valueAt(index, PLAIN_FIELD) !== false);
  return new Set(
    older.flatMap(([name, { aliases = {}, data_stream = name }]) => [name, data_stream, ...Object.keys(aliases)]),
  );
}

/**
 * Says whether {@link install} would succeed, and changes nothing (L-40).
 * @throws StoreError
 */
export async function rehearse(server: HttpServer, params: EsStoreParams, product: Product): Promise<void> {
  if (params.mapping === "none") return;
  const { found, body, isWanted } = await plan(server, params, product);
  // The server would report a template in the place of ours as a conflict.
  if (isWanted && !found)
    await ask(server, { method: "POST", path: "/_index_template/_simulate", body }, 403, 404, 405);
  await olderIndices(server, params);
}

/** @throws StoreError where the template of another pattern is in the place of ours */
async function plan(server: HttpServer, params: EsStoreParams, product: Product): Promise<Plan> {
  const path = templatePath(params.index);
  const body = indexTemplate(params, product);
  const there = await ask(server, { method: "GET", path }, 404);
  const found = valueAt(there, ["index_templates", "0", "index_template"]) as IndexTemplate | undefined;
  const { index_patterns: theirs = [], _meta: meta } = found ?? {};
  const { index_patterns: ours, _meta: own } = body;
  // A part that varies looks like a literal _ in the name of the template.
  if (meta?.managed_by === own.managed_by && theirs.join() !== ours.join()) {
    const what = `${path} is there for ${theirs.join()} already, and cannot be for ${ours.join()} as well`;
    throw new BlockedError("template", `${server.peer}: ${what}; choose another \`index\`, ${WAY_OUT}.`);
  }
  return { path, body, found, isWanted: !found || isOutdated(found, body) };
}

async function ask(server: HttpServer, request: HttpRequest, ...others: number[]): Promise<object> {
  const answer = await server.send(request);
  if (answer.status === 200 || others.includes(answer.status)) return readObject(answer.body);
  throw requestError(answer, byCode([FORBIDDEN, REFUSED]));
}
