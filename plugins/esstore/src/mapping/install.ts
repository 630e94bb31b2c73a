import { BlockedError, valueAt } from "@cloudmarker/store-api";
import { byCode, type HttpRequest, type HttpServer, readObject } from "@cloudmarker/store-api/kit";
import { requestError } from "../outcomes.ts";
import type { EsStoreParams } from "../params.ts";
import { findProduct, FORBIDDEN, WAY_OUT } from "../product.ts";
import { indexPattern, indexTemplate, type IndexTemplate, isOutdated, type Older, templatePath } from "./template.ts";

const MEND = `. The index template was not taken; mend what is wrong, ${WAY_OUT}`;
const REFUSED = [["blocked", "template", MEND], 400, 405] as const;

/** What is asked of the indices that are there: a mapping may have thousands of fields. */
const SHOWN = "*.settings.index.uuid,*.aliases,*.data_stream,*.mappings.properties.unindexed.enabled";

/** The field that an older index would map key by key. */
const PLAIN_FIELD = ["mappings", "properties", "unindexed", "enabled"];

type IndexInfo = Readonly<{ aliases?: object; data_stream?: string }>;

/**
 * Sees to the managed template, which must be there before the first record creates the index (ES-49).
 * @throws StoreError
 */
export async function install(server: HttpServer, params: EsStoreParams): Promise<Older> {
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
