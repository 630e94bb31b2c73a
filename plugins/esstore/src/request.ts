import {
  BodyWriter,
  BufferPool,
  isScalar,
  nestsDeeper,
  quote,
  recordReader,
  type RecordReader,
} from "@cloudmarker/store-kit/batches";
import { type Batch, COM_KEYS, type Outcome, reject, type Remark } from "@cloudmarker/store-api";
import type { HttpRequest } from "@cloudmarker/store-kit/http";
import { type Instant, isoTime } from "@cloudmarker/store-kit/time";
import { parseNameTemplate } from "@cloudmarker/store-kit/params";
import { remember } from "@cloudmarker/store-kit";
import type { EsStoreParams } from "./params.ts";
import type { Older } from "./mapping/template.ts";
import { cleanForIndex, indexName, indexNameProblem } from "./index-name.ts";

/** One record of a bulk request. */
export interface SentItem {
  /** Of the record in the batch. */
  readonly position: number;
  readonly id: string;
  readonly index: string;
  /** It is written whole, but not indexed. */
  readonly isDiverted: boolean;
}

/** A bulk request. */
export interface Bulk extends HttpRequest {
  readonly body: Buffer;
  /** For the time when the server has answered for every item: the body is not to be read again. */
  readonly release: () => void;
  readonly items: readonly SentItem[];
  /** Records that have no index to go to. */
  readonly rejected: readonly Outcome[];
}

/**
 * What a document is. `record`: the record itself. `object`: the record in one field that is not indexed. `text`: the record's text as a
 * string, which is no JSON to the server's parser any more, so that it refuses nothing of it (L-41).
 */
export type Form = "record" | "object" | "text";

/** Records of a batch that were refused for their content, and the form to send them in. */
export interface Diverted {
  /** In the batch. */
  readonly positions: readonly number[];
  readonly form: Exclude<Form, "record">;
}

/**
 * Makes a bulk request of a batch. Records that nest too deep to be indexed are diverted at once, where they may be.
 * @param diverted - of these records alone
 */
export type BulkMaker = ((batch: Batch, older: Older, diverted?: Diverted) => Bulk) &
  Pick<RecordReader, "settle" | "remarks"> & {
    /** What a person should know of the names that were used, for the receipt. */
    notes(): readonly string[];
  };

/** The status of every item is needed to tell which is which (ES-30). */
const FILTER = "filter_path=errors,items.*.status,items.*.error,items.*.result,items.*.failure_store";

/** Bytes of the action line and of what is added to a document, about. */
const OVERHEAD = 200;

/** Levels of nesting that every server can index: Elasticsearch 7 some 2,000, OpenSearch 3 some 400, and more would cost a thread of it its stack. */
const MOST_LEVELS = 250;

/** In fewer bytes no record nests so deep that it would do harm. */
const SHALLOW_BYTES = 2_000;

/** Where a bulk request says for which index its records are. */
export interface Addressing {
  /**
   * In the path, where `index` has no part that varies: some servers take no index in the lines of the body. Many that speak this
   * protocol know no path but `/_bulk` (L-40), so that this is not the default.
   */
  inPath: boolean;
}

/** What stands in front of the record. */
const FORMS: Readonly<Record<Form, string>> = { record: "", object: '{"unindexed":', text: '{"unindexed_text":' };

/** @param startedMs - the time of a record that has none */
export function bulkMaker(
  params: EsStoreParams,
  startedMs: number,
  addressing: Addressing = { inPath: false },
): BulkMaker {
  const { op, time, fields, pipeline, require_alias, compression } = params;
  const names = parseNameTemplate(params.index, { clean: cleanForIndex });
  const routings = parseNameTemplate(params.routing ?? "");
  const pipelineNames = parseNameTemplate(pipeline ?? "");
  const members = Object.entries(fields).map(([name, { from, type }]) => {
    return { name, from, fits: type === "boolean" ? isBoolean : isScalar };
  });
  const read = recordReader(time, members, startedMs);
  const hasTime = hasTimestamp(params);
  const timeMember = (at: Instant): string => (hasTime ? `,"@timestamp":"${isoTime(at)}"` : "");
  const startedMember = timeMember({ ms: startedMs, nanos: 0 });
  const indexOf = remember(indexName);
  const problemOf = remember(indexNameProblem);
  const indexPath = names.constant === undefined ? "" : `/${encodeURIComponent(indexName(names.constant))}`;
  /** The action line up to the id. */
  const actionOf = remember((name) => `{"${op}":{"_index":${JSON.stringify(name)},"_id":`);
  const shortAction = `{"${op}":{"_id":`;
  const pipelines = pipelineNames.constant ? `&pipeline=${encodeURIComponent(pipelineNames.constant)}` : "";
  const path = `/_bulk?${FILTER}${pipelines}${require_alias ? "&require_alias=true" : ""}`;
  const headers = { "content-type": "application/x-ndjson", ...(compression && { "content-encoding": "gzip" }) };
  const pool = new BufferPool();

  const make = (batch: Batch, older: Older, diverted?: Diverted): Bulk => {
    const inPath = addressing.inPath && indexPath !== "";
    const likely = batch.reduce((sum, { bytes }) => sum + bytes + OVERHEAD, 0);
    const writer = new BodyWriter(likely, pool);
    const items: SentItem[] = [];
    const rejected: Outcome[] = [];
    /** What still belongs to the record before, so that one write does for both. */
    let tail = "";
    for (const position of diverted?.positions ?? batch.keys()) {
      const record = batch[position] as Batch[number];
      const { timeMs, nanos, members: fieldText, value } = read(record);
      const name = names.name(record, timeMs, value);
      const index = name === undefined ? undefined : indexOf(name);
      // A record that lacks it goes to the shard of its id (L-47).
      const routing = routings.name(record, timeMs, value);
      const pipelineName = pipelineNames.constant ?? pipelineNames.name(record, timeMs, value);
      const lacks = index === undefined ? "index" : pipelineName === undefined ? "pipeline" : undefined;
      const problem = lacks ? `The record lacks what a placeholder in \`${lacks}\` asks for.` : problemOf(index ?? "");
      if (index === undefined || problem !== undefined) {
        rejected.push(reject(position, "unresolved_name", problem ?? ""));
        continue;
      }
      const form = diverted?.form ?? (older?.has(index) === false && isDeep(record) ? "object" : "record");
      const isDiverted = form !== "record";
      items.push({ position, id: record.id, index, isDiverted });
      const timeText = timeMs === startedMs && nanos === 0 ? startedMember : timeMember({ ms: timeMs, nanos });
      const routed = routing ? `,"routing":${JSON.stringify(routing)}` : "";
      const piped = pipelineNames.constant === undefined ? `,"pipeline":${JSON.stringify(pipelineName)}` : "";
      writer.text(
        `${tail}${inPath ? shortAction : actionOf(index)}${quote(record.id)}${routed}${piped}}}\n${FORMS[form]}`,
      );
      if (form === "text") writer.text(JSON.stringify(record.json));
      else writer.record(record);
      // In place of the brace that closes the record, whose own text stays as it is.
      if (!isDiverted) writer.back(1);
      const com = isDiverted ? `,"com":${JSON.stringify(plainCom(record))}` : "";
      tail = `${com}${timeText}${isDiverted ? "" : fieldText}}\n`;
    }
    writer.text(tail);
    const body = writer.end();
    return {
      method: "POST",
      path: inPath ? indexPath + path : path,
      headers,
      body,
      items,
      rejected,
      release: () => pool.giveBack(body),
    };
  };
  const notes = (): readonly string[] => [...capitals(names.constant), ...names.notes()];
  const remarks = (): readonly Remark[] => read.remarks({ routing: routings });
  return Object.assign(make, { notes, settle: read.settle, remarks });
}

/** Whether documents have an `@timestamp`. */
function hasTimestamp({ mapping, mode, time, timestamp }: EsStoreParams): boolean {
  return timestamp && (mapping === "managed" || mode === "data_stream" || time.length > 0);
}

/** Names at the top of every document. */
export function documentFields(params: EsStoreParams): readonly string[] {
  return ["raw", "ext", "com", ...(hasTimestamp(params) ? ["@timestamp"] : [])];
}

function capitals(index: string | undefined): readonly string[] {
  const isChanged = index !== undefined && indexName(index) !== index;
  return isChanged ? [`The index is "${indexName(index)}": the name of an index has no capital letters.`] : [];
}

function isDeep(record: Batch[number]): boolean {
  return record.bytes > SHALLOW_BYTES && nestsDeeper(record.json, MOST_LEVELS);
}

/** The part of the common bucket that every mapping of ours takes. */
function plainCom({ com }: Batch[number]): object {
  const plain = Object.entries(com).filter(([key, value]) => COM_KEYS.includes(key) && typeof value === "string");
  return Object.fromEntries(plain);
}

function isBoolean(value: unknown): boolean {
  return typeof value === "boolean" || value === "true" || value === "false";
}
