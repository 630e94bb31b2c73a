import { reject } from "@cloudmarker/store-api";
import type { Batch, Outcome, StoreRecord } from "@cloudmarker/store-api";
import {
  BodyWriter,
  COM_KEYS,
  type HttpRequest,
  isScalar,
  parseNameTemplate,
  recordReader,
  remember,
} from "@cloudmarker/store-api/kit";
import { indexNameProblem } from "./names.ts";
import type { EsStoreParams } from "./params.ts";

/** A bulk request. */
export interface Bulk extends HttpRequest {
  readonly body: Buffer;
  /** What each item is: the position of its record in the batch, and the index it goes to. */
  readonly items: readonly { readonly position: number; readonly index: string }[];
  /** Records that have no index to go to. */
  readonly rejected: readonly Outcome[];
}

/** Makes bulk requests. */
export interface BulkMaker {
  bulk(batch: Batch): Bulk;
  /** For records that were refused for their content: each whole, but in one field that is not indexed. */
  diverted(batch: Batch, positions: readonly number[]): Bulk;
}

/** The status of every item is needed to tell which is which (ES-30). */
const FILTER = "filter_path=errors,items.*.status,items.*.error,items.*.result,items.*.failure_store";

/** Bytes of the action line and of what is added to a document, about. */
const OVERHEAD = 200;

/** The years that dates are written in with four digits. */
const FIRST_MS = Date.parse("0000-01-01T00:00:00.000Z");
const LAST_MS = Date.parse("9999-12-31T23:59:59.999Z");

/** @param startedMs - the time of a record that has none */
export function bulkMaker(params: EsStoreParams, startedMs: number): BulkMaker {
  const { index, op, mapping, mode, time, fields, pipeline, routing: toShard, require_alias } = params;
  const names = parseNameTemplate(index);
  const { constant } = names;
  const routings = toShard === undefined ? undefined : parseNameTemplate(toShard);
  const members = Object.entries(fields).map(([name, { from, type }]) => ({
    name,
    from,
    fits: type === "boolean" ? isBoolean : isScalar,
  }));
  const read = recordReader(time, members, startedMs);
  const hasTime = mapping === "managed" || mode === "data_stream" || time.length > 0;
  const startedTail = hasTime ? timeMember(startedMs) : "";
  const problemOf = remember(indexNameProblem);
  const actionOf = remember(
    (name) => `{"${op}":{${constant === undefined ? `"_index":${JSON.stringify(name)},` : ""}"_id":`,
  );
  const target = constant === undefined ? "" : `/${encodeURIComponent(constant)}`;
  const pipelines = pipeline === undefined ? "" : `&pipeline=${encodeURIComponent(pipeline)}`;
  const path = `${target}/_bulk?${FILTER}${pipelines}${require_alias ? "&require_alias=true" : ""}`;

  const make = (
    batch: Batch,
    positions: Iterable<number>,
    source: (body: BodyWriter, record: StoreRecord, time: string, fields: string) => void,
  ): Bulk => {
    const body = new BodyWriter(batch.reduce((sum, { bytes }) => sum + bytes + OVERHEAD, 0));
    const items: Bulk["items"][number][] = [];
    const rejected: Outcome[] = [];
    for (const position of positions) {
      const record = batch[position] as StoreRecord;
      const { timeMs: ownMs, members: fieldText } = read(record);
      const timeMs = ownMs < FIRST_MS || ownMs > LAST_MS ? startedMs : ownMs;
      const name = names.name(record, timeMs);
      const routing = routings?.name(record, timeMs);
      const lacks = name === undefined ? "index" : routings && routing === undefined ? "routing" : undefined;
      const lacking = lacks && `The record lacks what a placeholder in \`${lacks}\` asks for.`;
      const problem = lacking ?? problemOf(name ?? "");
      if (name === undefined || problem !== undefined) {
        rejected.push(reject(position, "unresolved_name", problem ?? ""));
        continue;
      }
      items.push({ position, index: name });
      const shard = routing === undefined ? "" : `,"routing":${JSON.stringify(routing)}`;
      body.text(`${actionOf(name)}${JSON.stringify(record.id)}${shard}}}\n`);
      source(body, record, timeMs === startedMs ? startedTail : timeMember(timeMs), fieldText);
      body.text("}\n");
    }
    return { method: "POST", path, body: body.end(), items, rejected };
  };
  return {
    bulk: (batch) =>
      make(batch, batch.keys(), (body, record, timeText, fieldText) => {
        body.record(record);
        // In place of the brace that closes the record, whose own text stays as it is.
        body.back(1);
        if (timeText !== "" || fieldText !== "") body.text(timeText + fieldText);
      }),
    diverted: (batch, positions) =>
      make(batch, positions, (body, record, timeText) => {
        body.text('{"unindexed":');
        body.record(record);
        body.text(`,"com":${JSON.stringify(plainCom(record))}${timeText}`);
      }),
  };
}

function timeMember(timeMs: number): string {
  return `,"@timestamp":"${new Date(timeMs).toISOString()}"`;
}

/** The part of the common bucket that every mapping of ours takes. */
function plainCom({ com }: StoreRecord): object {
  return Object.fromEntries(COM_KEYS.flatMap((key) => (typeof com[key] === "string" ? [[key, com[key]]] : [])));
}

function isBoolean(value: unknown): boolean {
  return typeof value === "boolean" || value === "true" || value === "false";
}
