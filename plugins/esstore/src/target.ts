import { BlockedError, valueAt } from "@cloudmarker/store-api";
import { type HttpServer, readObject } from "@cloudmarker/store-kit/http";
import { parseNameTemplate } from "@cloudmarker/store-kit/names";
import { LIFT } from "./codes.ts";
import { indexName } from "./index-name.ts";
import { indexPattern } from "./mapping/template.ts";
import { requestError } from "./outcomes.ts";
import type { EsStoreParams } from "./params.ts";
import { bulkMaker, documentFields } from "./request.ts";

/** The parts of existing indices that are read. Fields are not, since there may be thousands. */
const SHOWN =
  "*.settings.index.uuid,*.settings.index.blocks,*.settings.index.verified_before_close,*.aliases,*.data_stream,*.mappings.dynamic";

const BLOCKS = ["read_only", "read_only_allow_delete", "write"];

type IndexInfo = Readonly<{
  aliases?: Readonly<Record<string, { is_write_index?: boolean }>>;
  data_stream?: string;
  settings?: { index?: { blocks?: Readonly<Record<string, unknown>>; verified_before_close?: unknown } };
  mappings?: { dynamic?: unknown };
}>;

/** The indices of a name, by their own names; undefined if the server does not tell. */
export type Found = ReadonlyMap<string, IndexInfo> | undefined;

/** Looks for the indices that records may go to. */
export async function findIndices(server: HttpServer, { index }: EsStoreParams): Promise<Found> {
  const { status, body } = await server.send({
    method: "GET",
    path: `/${encodeURIComponent(indexPattern(index))}?filter_path=${SHOWN}`,
  });
  if (status === 404) return new Map();
  return status === 200 ? new Map(Object.entries(readObject(body)) as [string, IndexInfo][]) : undefined;
}

/**
 * Says whether the index takes records as it is now. If `index` has a varying part, that depends on the record. The
 * codes are the same as for a record (L-40).
 * @throws BlockedError
 */
export async function requireTarget(server: HttpServer, params: EsStoreParams, found: Found): Promise<void> {
  const cluster = await clusterSettings(server);
  const { peer } = server;
  if (BLOCKS.some((block) => String(cluster(`cluster.blocks.${block}`)) === "true"))
    throw new BlockedError("read_only", `${peer}: the cluster is read-only; ${LIFT}.`);
  const { constant } = parseNameTemplate(params.index);
  if (constant === undefined || found === undefined) return;
  const name = indexName(constant);
  const blocked = (code: string, what: string): BlockedError => new BlockedError(code, `${peer}: ${what}.`);
  const none = "index_not_found_exception";
  const isAlias = [...found.values()].some(({ aliases = {} }) => Object.hasOwn(aliases, name));
  if (params.require_alias && !isAlias)
    throw blocked(none, `${name} is not an alias; give an index that alias, or leave out \`require_alias\``);
  if (found.size === 0) {
    if (await isMade(server, name, cluster("action.auto_create_index"))) return;
    throw blocked(
      none,
      `there is no index ${name}; create it, or let the server create indices (action.auto_create_index)`,
    );
  }
  const target = writeIndex(name, found);
  if (!target) throw blocked("illegal_argument_exception", `the alias ${name} has no write index; give it one`);
  const [own, { data_stream, settings: { index = {} } = {}, mappings }] = target;
  if (data_stream !== undefined && params.op === "index")
    throw blocked("illegal_argument_exception", `${name} is a data stream; choose \`op: create\``);
  if (String(index.verified_before_close) === "true")
    throw blocked("index_closed_exception", `the index ${own} is closed; open the index`);
  const block = BLOCKS.find((one) => String(index.blocks?.[one]) === "true");
  if (block !== undefined)
    throw blocked("cluster_block_exception", `the index ${own} has index.blocks.${block}; ${LIFT}`);
  if (mappings?.dynamic === "strict") await requireFields(server, params, own);
}

/** @throws BlockedError where the pipeline of all records is not there */
export async function requirePipeline(server: HttpServer, { pipeline = "" }: EsStoreParams): Promise<void> {
  const { constant = "" } = parseNameTemplate(pipeline);
  if (constant === "") return;
  const { status, body } = await server.send({
    method: "GET",
    path: `/_ingest/pipeline/${encodeURIComponent(constant)}`,
  });
  // Some servers answer with the reason, some with nothing; an answer with another text does not know the question.
  if (status !== 404 || !/^\{\}$|resource_not_found/u.test(body)) return;
  const what = `there is no pipeline ${constant}; create the pipeline, or change \`pipeline\``;
  throw new BlockedError("illegal_argument_exception", `${server.peer}: ${what}.`);
}

/**
 * Asks the endpoint that records go to, with an empty request: a gateway in front of a server may let through questions
 * and no records.
 * @throws StoreError
 */
export async function knock(server: HttpServer, params: EsStoreParams): Promise<void> {
  const { body: _body, ...request } = bulkMaker(params, 0)([], undefined);
  const answer = await server.send({ ...request, body: Buffer.from("\n") });
  // A server refuses the request because it is empty.
  if (answer.status !== 200 && answer.status !== 400) throw requestError(answer);
}

/**
 * The index that takes the records of a name: the only one, the newest of a data stream, or the write index of its
 * alias.
 */
function writeIndex(name: string, found: NonNullable<Found>): [string, IndexInfo] | undefined {
  const all = [...found].toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (all.length === 1 || all.some(([, { data_stream }]) => data_stream === name)) return all.at(-1);
  return all.find(([, { aliases }]) => aliases?.[name]?.is_write_index === true);
}

/** The settings of the cluster, as far as the user may see them. */
async function clusterSettings(server: HttpServer): Promise<(name: string) => unknown> {
  const path = "/_cluster/settings?include_defaults=true&filter_path=*.action.auto_create_index,*.cluster.blocks";
  const { status, body } = await server.send({ method: "GET", path });
  const all = status === 200 ? readObject(body) : {};
  // The first one counts.
  const kinds = ["transient", "persistent", "defaults"];
  return (name) => {
    return kinds.map((kind) => valueAt(all, [kind, ...name.split(".")])).find((value) => value !== undefined);
  };
}

/** Whether the server makes an index of this name when a record comes for it. */
async function isMade(server: HttpServer, name: string, rule: unknown): Promise<boolean> {
  if (rule === undefined || String(rule) === "true") return true;
  const asked = String(rule)
    .split(",")
    .find((one) => fits(one.replace(/^[+-]/u, ""), name));
  if (String(rule) !== "false" && asked !== undefined && !asked.startsWith("-")) return true;
  // A template may allow it in spite of that.
  const path = "/_index_template?filter_path=*.index_template.index_patterns,*.index_template.allow_auto_create";
  const { index_templates: templates = [] } = readObject(
    (await server.send({ method: "GET", path })).body,
  ) as Templates;
  return templates.some(({ index_template: { index_patterns = [], allow_auto_create } = {} }) => {
    return allow_auto_create === true && [index_patterns].flat().some((pattern) => fits(pattern, name));
  });
}

type Templates = Readonly<{
  index_templates?: readonly Readonly<{
    index_template?: { index_patterns?: string | readonly string[]; allow_auto_create?: boolean };
  }>[];
}>;

/** Whether a pattern with `*` fits a name. */
function fits(pattern: string, name: string): boolean {
  const parts = pattern.replaceAll(/[$()+.?[\\\]^{|}]/gu, String.raw`\$&`).replaceAll("*", ".*");
  return new RegExp(`^${parts}$`, "su").test(name);
}

/** @throws BlockedError where a strict mapping lacks a field that every document has */
async function requireFields(server: HttpServer, params: EsStoreParams, index: string): Promise<void> {
  const { status, body } = await server.send({ method: "GET", path: `/${encodeURIComponent(index)}/_mapping` });
  const fields = valueAt(readObject(body), [index, "mappings", "properties"]) ?? {};
  const lacking = documentFields(params).find((name) => !Object.hasOwn(fields as object, name));
  if (status !== 200 || lacking === undefined) return;
  const wayOut = lacking === "@timestamp" ? " as a date, or choose `timestamp: false`" : "";
  const what = `the mapping of ${index} is \`dynamic: strict\` and does not know ${lacking}: add it${wayOut}`;
  throw new BlockedError("strict_dynamic_mapping_exception", `${server.peer}: ${what}.`);
}
