import { randomBytes } from "node:crypto";
import type { BulkItem } from "./bulk-body.ts";
import { Failure, illegalArgument } from "./failure.ts";
import type { Index, Indices } from "./indices.ts";
import type { Product } from "./product.ts";
import type { Security } from "./security.ts";

/**
 * What an item script may answer in place of indexing.
 * - with `status`: the item fails.
 * - `result: "noop"`: an ingest pipeline dropped the document, status 200.
 * - `failureStore: "used"`: status 201, the document is in the failure store, not where it was sent.
 */
export type ItemAnswer =
  | {
      readonly status: number;
      readonly type: string;
      readonly reason: string;
      readonly causedBy?: { readonly type: string; readonly reason: string };
      readonly failureStore?: "not_enabled" | "failed";
    }
  | { readonly result: "noop" }
  | { readonly failureStore: "used" };

/**
 * Decides for one document of a bulk request; `undefined` has it indexed. `id` is the one made up where none was sent.
 */
export type ItemScript = (
  source: string,
  item: { readonly id: string; readonly index: string; readonly op: "create" | "index" },
) => ItemAnswer | undefined;

/** What became of the documents so far. */
export interface BulkCounts {
  /** Documents that were not there before. */
  created: number;
  /** Documents that an op `index` replaced. */
  updated: number;
  /** Ops `create` on an id that was there. */
  duplicates: number;
}

/** What {@link runBulk} works on. */
export interface BulkContext {
  readonly product: Product;
  readonly security: Security;
  readonly indices: Indices;
  readonly pipelines: ReadonlySet<string>;
  readonly checkSources: boolean;
  readonly itemFault: ItemScript | undefined;
  readonly counts: BulkCounts;
}

/**
 * Runs the items of a bulk request one by one, and answers for each of them.
 * @throws {Failure} 403 if the user may not write to any index, or if no user is given
 */
export function runBulk(context: BulkContext, items: readonly BulkItem[]): object {
  context.security.requireSomeIndex("create_doc", "indices:data/write/bulk");
  context.indices.requireWritable();
  let errors = false;
  const answers = items.map((item) => {
    const id = item.id ?? randomBytes(15).toString("base64url");
    const answer = runItem(context, item, id);
    errors ||= "error" in answer;
    return { [item.op]: answer };
  });
  return { took: 1, errors, items: answers };
}

function runItem(context: BulkContext, item: BulkItem, id: string): object {
  let target: Index | undefined;
  try {
    if (id === "") throw illegalArgument("if _id is specified it must not be empty");
    const { pipeline } = item;
    if (pipeline !== undefined && pipeline !== "_none" && !context.pipelines.has(pipeline))
      throw illegalArgument(`pipeline with id [${pipeline}] does not exist`);
    target = authorise(context, item);
    return indexDocument(context, target, item, id);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { ...names(context.product, target?.name ?? item.index, id), status: error.status, error: error.toItem() };
  }
}

/** The bulk request as a whole needs little; each item needs the privilege of its op. */
function authorise({ security, indices }: BulkContext, item: BulkItem): Index {
  security.requireIndex(item.index, item.op === "create" ? "create_doc" : "create", "indices:data/write/bulk[s]");
  return indices.target(item.index, item, () =>
    security.requireIndex(item.index, "auto_configure", "indices:admin/auto_create"),
  );
}

function indexDocument(context: BulkContext, target: Index, item: BulkItem, id: string): object {
  const { product, counts } = context;
  const isDataStream = target.dataStream === item.index;
  if (isDataStream && item.op === "index")
    throw illegalArgument("only write ops with an op_type of create are allowed in data streams");
  const scripted = context.itemFault?.(item.source, { id, index: item.index, op: item.op });
  if (scripted) return answerScripted(product, target, id, scripted);
  checkSource(context, item.source, isDataStream);
  checkStrict(product, target, item.source);

  const existing = target.documents.get(id);
  if (existing && item.op === "create") {
    counts.duplicates++;
    throw conflict(target, id, existing.version);
  }
  if (existing) counts.updated++;
  else counts.created++;
  const version = (existing?.version ?? 0) + 1;
  target.documents.set(id, { source: item.source, version });
  return {
    ...names(product, target.name, id),
    _version: version,
    result: existing ? "updated" : "created",
    _shards: { total: 2, successful: 1, failed: 0 },
    _seq_no: counts.created + counts.updated - 1,
    _primary_term: 1,
    status: existing ? 200 : 201,
  };
}

function answerScripted(product: Product, target: Index, id: string, answer: ItemAnswer): object {
  const base = names(product, target.name, id);
  if ("result" in answer) return { ...base, _version: -3, result: answer.result, status: 200 };
  if (!("status" in answer)) return { ...base, result: "created", status: 201, failure_store: answer.failureStore };
  const { status, type, reason, causedBy, failureStore } = answer;
  const error = new Failure(status, type, reason, causedBy ? { causedBy } : {}).toItem();
  return { ...base, status, error, ...(failureStore ? { failure_store: failureStore } : {}) };
}

/**
 * Refuses what is obviously not a JSON object, or with `checkSources` for certain; and in a data stream, what has no
 * single time.
 */
function checkSource({ product, checkSources }: BulkContext, source: string, isDataStream: boolean): void {
  const trimmed = source.trim();
  if (trimmed === "") throw new Failure(400, product.parseFailure, "failed to parse, document is empty");
  if (!trimmed.startsWith("{") || !trimmed.endsWith("}"))
    throw unparsable(product, "not_x_content_exception", "no object");
  // The usual case needs no parsing, and runs under load.
  const isTimedAtFirst = trimmed.startsWith('{"@timestamp":"');
  if (!checkSources && (!isDataStream || isTimedAtFirst)) return;
  let document: { "@timestamp"?: unknown };
  try {
    document = JSON.parse(trimmed);
  } catch (error) {
    throw unparsable(product, "json_parse_exception", String(error));
  }
  const time = document["@timestamp"];
  if (!isDataStream || typeof time === "string" || typeof time === "number") return;
  throw unparsable(product, "illegal_argument_exception", timeProblem(product, time));
}

/** Refuses what has a field of its own at the top that a strict mapping does not know. */
function checkStrict(product: Product, { mappings }: Index, source: string): void {
  if (mappings.dynamic !== "strict") return;
  const stranger = Object.keys(JSON.parse(source) as object).find(
    (name) => !Object.hasOwn(mappings.properties ?? {}, name),
  );
  if (stranger === undefined) return;
  const place = product.isElasticsearch(8) ? "[1:2] " : "";
  const reason = `${place}mapping set to strict, dynamic introduction of [${stranger}] within [_doc] is not allowed`;
  throw new Failure(400, "strict_dynamic_mapping_exception", reason);
}

function timeProblem(product: Product, time: unknown): string {
  if (product.name === "opensearch")
    return "documents must contain a single-valued timestamp field '@timestamp' of date type";
  return Array.isArray(time) && time.length > 1
    ? "data stream timestamp field [@timestamp] encountered multiple values"
    : "data stream timestamp field [@timestamp] is missing";
}

function unparsable(product: Product, type: string, reason: string): Failure {
  const place = product.isElasticsearch(8) ? "[1:1] " : "";
  return new Failure(400, product.parseFailure, `${place}failed to parse`, { causedBy: { type, reason } });
}

function conflict({ name, uuid }: Index, id: string, version: number): Failure {
  const reason = `[${id}]: version conflict, document already exists (current version [${version}])`;
  const fields = { index_uuid: uuid, shard: "0", index: name };
  return new Failure(409, "version_conflict_engine_exception", reason, { fields });
}

function names(product: Product, index: string, id: string): object {
  return product.isElasticsearch(7) && !product.isElasticsearch(8)
    ? { _index: index, _type: "_doc", _id: id }
    : { _index: index, _id: id };
}
