import { BlockedError } from "@cloudmarker/store-api";
import type { StoreContext } from "@cloudmarker/store-api";
import type { HttpRequest } from "@cloudmarker/store-api/kit";
import { indexPattern, indexTemplate, type IndexTemplate, isOutdated, templateName } from "./mapping.ts";
import { requestError } from "./outcomes.ts";
import type { EsStoreParams } from "./params.ts";
import { checkVersion, findProduct } from "./product.ts";
import type { Server, ServerAnswer } from "./server.ts";

/** What is known once the server is ready for the first record. */
export interface Prepared {
  /** Records that are refused for their content are written in a form that no mapping refuses. */
  readonly diverts: boolean;
}

/** The request that puts the template. */
export function templateRequest(params: EsStoreParams, template: IndexTemplate): HttpRequest {
  return { method: "PUT", path: templatePath(params), body: template };
}

/**
 * Sees to the managed template, which must be there before the first record creates the index (ES-49).
 * @throws StoreError
 */
export async function prepare(
  server: Server,
  params: EsStoreParams,
  { clock, logger }: StoreContext,
): Promise<Prepared> {
  if (params.mapping === "none") return { diverts: false };
  const found = await findProduct(server, clock.now());
  checkVersion(found, server.peer);
  const wanted = indexTemplate(params, found.product);
  const ask = (request: HttpRequest): Promise<ServerAnswer> => askTemplate(server, request, clock.now());
  const { json } = await ask({ method: "GET", path: templatePath(params) });
  const { index_templates: [existing] = [] } = (json ?? {}) as TemplatesFound;
  if (!existing || isOutdated(existing.index_template, wanted)) await ask(templateRequest(params, wanted));
  const there = await mappingsThere(server, params.index);
  const foreign = there.find(([, { raw }]) => raw !== undefined && (raw.type ?? "object") === "object");
  if (foreign)
    logger.warn(
      `${foreign[0]} existed before its index template and maps the keys of \`raw\` one by one: records that contradict each other or have ` +
        "too many keys will be refused there. Write to a new index instead.",
    );
  // Elsewhere the field that takes everything would be mapped key by key as well.
  return { diverts: there.every(([, { unindexed }]) => unindexed?.enabled === false) };
}

async function askTemplate(server: Server, request: HttpRequest, nowMs: number): Promise<ServerAnswer> {
  const answer = await server.send(request);
  const { status } = answer;
  if (status === 200 || (status === 404 && request.method === "GET")) return answer;
  const wayOut = "or put a template of your own and choose `mapping: none`";
  const error = requestError(answer, nowMs, `grant the cluster privilege \`manage_index_templates\`, ${wayOut}`);
  if (status !== 400 && status !== 405) throw error;
  const text = `The index template was not taken; mend what is wrong, ${wayOut}. ${error.message}`;
  throw new BlockedError("template", text);
}

function templatePath({ index }: EsStoreParams): string {
  return `/_index_template/${encodeURIComponent(templateName(index))}`;
}

interface TemplatesFound {
  readonly index_templates?: readonly { readonly index_template: Partial<IndexTemplate> }[];
}

/** What {@link mappingsThere} asks for: an index may have thousands of other fields. */
const MEMBERS = ["raw.type", "raw.properties.*.type", "unindexed.enabled"].map(
  (path) => `*.mappings.properties.${path}`,
);

/** What the indices that are there already do with records, by name; who may not look sees none. */
async function mappingsThere(server: Server, index: string): Promise<readonly (readonly [string, Properties])[]> {
  const path = `/${encodeURIComponent(indexPattern(index))}/_mapping?filter_path=${MEMBERS.join()}`;
  const { status, json } = await server.send({ method: "GET", path });
  if (status !== 200) return [];
  const found = Object.entries((json ?? {}) as Readonly<Record<string, MappingFound>>);
  return found.map(([name, { mappings }]) => [name, mappings?.properties ?? {}]);
}

interface MappingFound {
  readonly mappings?: { readonly properties?: Properties };
}

interface Properties {
  readonly raw?: { readonly type?: string };
  readonly unindexed?: { readonly enabled?: boolean };
}
