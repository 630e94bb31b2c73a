import { type Batch, type Outcome, reject } from "@cloudmarker/store-api";
import { BodyWriter, COM_KEYS, isScalar, parseNameTemplate, recordReader, remember } from "@cloudmarker/store-api/kit";
import type { HttpRequest } from "@cloudmarker/store-api/kit";
import type { EsStoreParams } from "./params.ts";
import { indexNameProblem } from "./validate.ts";

/** A bulk request. */
export interface Bulk extends HttpRequest {
  readonly body: Buffer;
  /** What each item is: the position of its record in the batch, and the index it goes to. */
  readonly items: readonly { readonly position: number; readonly index: string }[];
  /** Records that have no index to go to. */
  readonly rejected: readonly Outcome[];
}

/**
 * Makes a bulk request of a batch.
 * @param diverted - positions of records that were refused for their content: of these alone, each whole, but in one field that is not indexed
 */
export type BulkMaker = (batch: Batch, diverted?: readonly number[]) => Bulk;

/** The status of every item is needed to tell which is which (ES-30). */
const FILTER = "filter_path=errors,items.*.status,items.*.error,items.*.result,items.*.failure_store";

/** Bytes of the action line and of what is added to a document, about. */
const OVERHEAD = 200;

/** The years that dates are written in with four digits. */
const FIRST_MS = Date.parse("0000-01-01T00:00:00.000Z");
const LAST_MS = Date.parse("9999-12-31T23:59:59.999Z");

/** @param startedMs - the time of a record that has none */
export function bulkMaker(params: EsStoreParams, startedMs: number): BulkMaker {
  const {
    index: target,
    op,
    mapping,
    mode,
    time,
    fields,
    pipeline,
    routing: shard,
    require_alias,
    compression,
  } = params;
  const names = parseNameTemplate(target);
  const { constant } = names;
  const routings = shard === undefined ? undefined : parseNameTemplate(shard);
  const members = Object.entries(fields).map(([name, { from, type }]) => {
    const fits = type === "boolean" ? isBoolean : isScalar;
    return { name, from, fits };
  });
  const read = recordReader(time, members, startedMs);
  const hasTime = mapping === "managed" || mode === "data_stream" || time.length > 0;
  const timeMember = (ms: number): string => (hasTime ? `,"@timestamp":"${new Date(ms).toISOString()}"` : "");
  const startedMember = timeMember(startedMs);
  const problemOf = remember(indexNameProblem);
  const actionOf = remember(
    (name) => `{"${op}":{${constant === undefined ? `"_index":${JSON.stringify(name)},` : ""}"_id":`,
  );
  const folder = constant === undefined ? "" : `/${encodeURIComponent(constant)}`;
  const pipelines = pipeline === undefined ? "" : `&pipeline=${encodeURIComponent(pipeline)}`;
  const headers = { "content-type": "application/x-ndjson", ...(compression && { "content-encoding": "gzip" }) };
  const path = `${folder}/_bulk?${FILTER}${pipelines}${require_alias ? "&require_alias=true" : ""}`;

  return (batch, diverted) => {
    const body = new BodyWriter(batch.reduce((sum, { bytes }) => sum + bytes + OVERHEAD, 0));
    const items: Bulk["items"][number][] = [];
    const rejected: Outcome[] = [];
    for (const position of diverted ?? batch.keys()) {
      const record = batch[position] as Batch[number];
      const { timeMs: ownMs, members: fieldText } = read(record);
      const timeMs = ownMs < FIRST_MS || ownMs > LAST_MS ? startedMs : ownMs;
      const index = names.name(record, timeMs);
      const routing = routings?.name(record, timeMs);
      const lacks = index === undefined ? "index" : routings && routing === undefined ? "routing" : undefined;
      const problem = lacks ? `The record lacks what a placeholder in \`${lacks}\` asks for.` : problemOf(index ?? "");
      if (index === undefined || problem !== undefined) {
        rejected.push(reject(position, "unresolved_name", problem ?? ""));
        continue;
      }
      items.push({ position, index });
      const routed = routing === undefined ? "" : `,"routing":${JSON.stringify(routing)}`;
      const timeText = timeMs === startedMs ? startedMember : timeMember(timeMs);
      body.text(`${actionOf(index)}${JSON.stringify(record.id)}${routed}}}\n${diverted ? '{"unindexed":' : ""}`);
      body.record(record);
      // Else in place of the brace that closes the record, whose own text stays as it is.
      if (diverted) body.text(`,"com":${JSON.stringify(plainCom(record))}`);
      else body.back(1);
      body.text(`${timeText}${diverted ? "" : fieldText}}\n`);
    }
    return { method: "POST", path, headers, body: body.end(), items, rejected };
  };
}

/** The part of the common bucket that every mapping of ours takes. */
function plainCom({ com }: Batch[number]): object {
  return Object.fromEntries(
    Object.entries(com).filter(([key, value]) => COM_KEYS.includes(key) && typeof value === "string"),
  );
}

function isBoolean(value: unknown): boolean {
  return typeof value === "boolean" || value === "true" || value === "false";
}
