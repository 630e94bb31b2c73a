import {
  BodyWriter,
  BufferPool,
  isScalar,
  nestsDeeper,
  type RecordNotes,
  recordReader,
  type RecordReader,
} from "@cloudmarker/store-kit/batches";
import { type Batch, type Outcome, reject, type StoreRecord } from "@cloudmarker/store-api";
import type { HttpRequest } from "@cloudmarker/store-kit/http";
import { type Instant, isoTime } from "@cloudmarker/store-kit/time";
import { actionLineMaker, BulkBody, type Form } from "./bulk-body.ts";
import { Destinations } from "./destination.ts";
import type { EsStoreParams } from "./params.ts";
import type { Older } from "./mapping/template.ts";

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
  /**
   * Gives the memory back. Call it when the server has answered for every item; the body must not be read afterwards.
   */
  readonly release: () => void;
  readonly items: readonly SentItem[];
  /** Records that have no index to go to. */
  readonly rejected: readonly Outcome[];
}

/** Records of a batch that were refused for their content, and the form to send them in. */
export interface Diverted {
  /** In the batch. */
  readonly positions: readonly number[];
  readonly form: Exclude<Form, "record">;
}

/**
 * Makes a bulk request of a batch. Records that nest too deep to be indexed are diverted at once, if their index allows
 * it.
 * @param diverted - makes the request of these records only
 */
export type BulkMaker = ((batch: Batch, older: Older, diverted?: Diverted) => Bulk) &
  Pick<RecordReader, "settle" | "remarks"> & {
    /** Notes on the names that were used, for the receipt. */
    notes(): readonly string[];
  };

/** Asks for the status of every item, since items are told apart by their position (ES-30). */
const FILTER = "filter_path=errors,items.*.status,items.*.error,items.*.result,items.*.failure_store";

/** About the bytes of an action line and of what is added to a document. */
const OVERHEAD = 200;

/**
 * Levels of nesting that every server can index. Elasticsearch 7 takes about 2,000, OpenSearch 3 about 400; beyond that
 * its stack overflows.
 */
const MOST_LEVELS = 250;

/** A shorter record cannot nest too deep. */
const SHALLOW_BYTES = 2_000;

/** Where a bulk request names the index. */
export interface Addressing {
  /**
   * In the path, if all records have the same index. Some servers take no index in the lines of the body. This is not
   * the default: many servers that speak this protocol know no path but `/_bulk` (L-40).
   */
  inPath: boolean;
}

/** @param startedMs - the time of a record that has none */
export function bulkMaker(
  params: EsStoreParams,
  startedMs: number,
  addressing: Addressing = { inPath: false },
): BulkMaker {
  const { op, time, fields, require_alias, compression } = params;
  const destinations = new Destinations(params);
  const { constantIndex, constantPipeline } = destinations;
  const members = Object.entries(fields).map(([name, { from, type }]) => {
    return { name, from, fits: type === "boolean" ? isBoolean : isScalar };
  });
  const read = recordReader(time, members, startedMs);
  const lines = { actionLine: actionLineMaker(op), timeOf: timeMemberMaker(hasTimestamp(params), startedMs) };
  const pipeline = constantPipeline ? `&pipeline=${encodeURIComponent(constantPipeline)}` : "";
  const path = `/_bulk?${FILTER}${pipeline}${require_alias ? "&require_alias=true" : ""}`;
  const headers = { "content-type": "application/x-ndjson", ...(compression && { "content-encoding": "gzip" }) };
  const pool = new BufferPool();

  const make = (batch: Batch, older: Older, diverted?: Diverted): Bulk => {
    const indexInPath = addressing.inPath ? constantIndex : undefined;
    const likely = batch.reduce((sum, { bytes }) => sum + bytes + OVERHEAD, 0);
    const documents = new BulkBody(new BodyWriter(likely, pool), lines, indexInPath !== undefined);
    const items: SentItem[] = [];
    const rejected: Outcome[] = [];
    for (const position of diverted?.positions ?? batch.keys()) {
      const record = batch[position] as StoreRecord;
      const notes = read(record);
      const destination = destinations.of(record, notes);
      if (typeof destination === "string") {
        rejected.push(reject(position, "unresolved_name", destination));
        continue;
      }
      const { index } = destination;
      const form = diverted?.form ?? (older?.has(index) === false && isDeep(record) ? "object" : "record");
      items.push({ position, id: record.id, index, isDiverted: form !== "record" });
      documents.add(record, destination, notes, form);
    }
    const body = documents.end();
    return {
      method: "POST",
      path: indexInPath === undefined ? path : `/${encodeURIComponent(indexInPath)}${path}`,
      headers,
      body,
      items,
      rejected,
      release: () => pool.giveBack(body),
    };
  };
  return Object.assign(make, {
    notes: () => destinations.notes(),
    settle: read.settle,
    remarks: () => read.remarks({ routing: destinations.routing }),
  });
}

/**
 * Makes the function that writes the time of a document. Most records have the start of the run, which is formatted
 * once.
 */
function timeMemberMaker(hasTime: boolean, startedMs: number): (notes: RecordNotes) => string {
  if (!hasTime) return () => "";
  const started = timeMember({ ms: startedMs, nanos: 0 });
  return ({ timeMs: ms, nanos }) => (ms === startedMs && nanos === 0 ? started : timeMember({ ms, nanos }));
}

function timeMember(time: Instant): string {
  return `,"@timestamp":"${isoTime(time)}"`;
}

/** Whether documents have an `@timestamp`. */
function hasTimestamp({ mapping, mode, time, timestamp }: EsStoreParams): boolean {
  return timestamp && (mapping === "managed" || mode === "data_stream" || time.length > 0);
}

/** Names at the top of every document. */
export function documentFields(params: EsStoreParams): readonly string[] {
  return ["raw", "ext", "com", ...(hasTimestamp(params) ? ["@timestamp"] : [])];
}

function isDeep(record: StoreRecord): boolean {
  return record.bytes > SHALLOW_BYTES && nestsDeeper(record.json, MOST_LEVELS);
}

function isBoolean(value: unknown): boolean {
  return typeof value === "boolean" || value === "true" || value === "false";
}
