import { reject } from "@cloudmarker/store-api";
import type { Batch, Outcome, StoreRecord } from "@cloudmarker/store-api";
import { BodyWriter, parseNameTemplate, recordTime } from "@cloudmarker/store-api/kit";
import { promoter } from "./fields.ts";
import { indexNameProblem } from "./names.ts";
import { COM_KEYS } from "./mapping.ts";
import type { EsStoreParams } from "./params.ts";

/** A bulk request. */
export interface Bulk {
  /** With the query. */
  readonly path: string;
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
const NAMES_REMEMBERED = 10_000;

/** The years that dates are written in with four digits. */
const FIRST_MS = Date.parse("0000-01-01T00:00:00.000Z");
const LAST_MS = Date.parse("9999-12-31T23:59:59.999Z");

/** @param startedMs - the time of a record that has none */
export function bulkMaker(params: EsStoreParams, startedMs: number): BulkMaker {
  const { index, op, mapping, mode, time, fields, pipeline, require_alias } = params;
  const names = parseNameTemplate(index);
  const routings = params.routing === undefined ? undefined : parseNameTemplate(params.routing);
  const timeOf = recordTime(time, startedMs);
  const promoted = promoter(fields);
  const readsTime = time.length > 0;
  const readsValue = readsTime || Object.keys(fields).length > 0;
  const hasTime = mapping === "managed" || mode === "data_stream" || readsTime;
  const startedTail = hasTime ? timeMember(startedMs) : "";
  const problemOf = remember(indexNameProblem);
  const constant = names.constant;

  const query = [
    FILTER,
    ...(pipeline === undefined ? [] : [`pipeline=${encodeURIComponent(pipeline)}`]),
    ...(require_alias ? ["require_alias=true"] : []),
  ];
  const path = `${constant === undefined ? "" : `/${encodeURIComponent(constant)}`}/_bulk?${query.join("&")}`;
  const actionOf = remember(
    (name) => `{"${op}":{${constant === undefined ? `"_index":${JSON.stringify(name)},` : ""}"_id":`,
  );

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
      const value = readsValue ? valueOf(record) : undefined;
      let timeMs = value && readsTime ? timeOf({ value }) : startedMs;
      if (timeMs < FIRST_MS || timeMs > LAST_MS) timeMs = startedMs;
      const name = constant ?? names.name(record, timeMs);
      const routing = routings?.name(record, timeMs);
      const lacking = routings && routing === undefined ? LACKING.routing : undefined;
      const problem = name === undefined ? LACKING.index : (lacking ?? problemOf(name));
      if (name === undefined || problem !== undefined) {
        rejected.push(reject(position, "unresolved_name", String(problem)));
        continue;
      }
      items.push({ position, index: name });
      body.text(
        actionOf(name) +
          JSON.stringify(record.id) +
          (routing === undefined ? "}}\n" : `,"routing":${JSON.stringify(routing)}}}\n`),
      );
      source(body, record, timeMs === startedMs ? startedTail : timeMember(timeMs), value ? promoted(value) : "");
    }
    return { path, body: body.end(), items, rejected };
  };
  return {
    bulk: (batch) =>
      make(batch, batch.keys(), (body, record, timeText, fieldText) => {
        body.record(record);
        if (timeText !== "" || fieldText !== "") {
          // In place of the brace that closes the record, whose own text stays as it is.
          body.back(1);
          body.text(`${timeText}${fieldText}}`);
        }
        body.text("\n");
      }),
    diverted: (batch, positions) =>
      make(batch, positions, (body, record, timeText) => {
        body.text('{"unindexed":');
        body.record(record);
        body.text(`,"com":${JSON.stringify(plainCom(record))}${timeText}}\n`);
      }),
  };
}

const LACKING = {
  index: "The record lacks what a placeholder in `index` asks for.",
  routing: "The record lacks what a placeholder in `routing` asks for.",
} as const;

function timeMember(timeMs: number): string {
  return `,"@timestamp":"${new Date(timeMs).toISOString()}"`;
}

/** What nests too deep for JavaScript is written all the same, without what would have been read from it. */
function valueOf(record: StoreRecord): StoreRecord["value"] | undefined {
  try {
    return record.value;
  } catch {
    return undefined;
  }
}

/** The part of the common bucket that every mapping of ours takes. */
function plainCom({ com }: StoreRecord): object {
  return Object.fromEntries(COM_KEYS.flatMap((key) => (typeof com[key] === "string" ? [[key, com[key]]] : [])));
}

/** There are few names, unless somebody has one for every record. */
function remember<T>(make: (name: string) => T): (name: string) => T {
  const made = new Map<string, T>();
  return (name) => {
    const known = made.get(name);
    if (known !== undefined || made.has(name)) return known as T;
    if (made.size >= NAMES_REMEMBERED) made.clear();
    const value = make(name);
    made.set(name, value);
    return value;
  };
}
