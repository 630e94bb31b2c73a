import type { Batch, StoreRecord } from "@cloudmarker/store-api";
import {
  type BareOutcome,
  BodyWriter,
  BufferPool,
  type Group,
  groupBatch,
  type Groups,
  isScalar,
  quote,
  recordReader,
  type RecordReader,
} from "@cloudmarker/store-kit/batches";
import { epochSeconds } from "@cloudmarker/store-kit/time";
import { type NameTemplate, parseNameTemplate, remember } from "@cloudmarker/store-kit/names";
import type { SplunkHecStoreParams } from "./params.ts";

/** One request with records; all go to the index that is its name, `""` for the default index of the token. */
export interface EventRequest extends Group {
  /** Objects, one after the other (HEC-03). */
  readonly body: Buffer;
  /** Called when Splunk has taken every record: the body must not be read afterwards. */
  readonly release: () => void;
}

/** Whether Splunk takes a value as an indexed field; an object fails all that follows (HEC-06). */
const isField = (value: unknown): boolean => value !== "" && isScalar(value);

/** Cuts a batch into requests; of records that `settled` knows, it tells what became of them. */
export type RequestMaker = ((
  batch: Batch,
  settled?: (record: StoreRecord) => BareOutcome | undefined,
) => Groups<EventRequest>) &
  Pick<RecordReader, "settle" | "remarks"> & {
    /** Notes on the names that were used, for the receipt. */
    notes(): readonly string[];
  };

/**
 * A record's value as a part of the name of an index: small letters, digits, `-`, and `_` for each other character
 * (L-42).
 */
function cleanForIndex(value: string): string {
  return value.toLowerCase().replaceAll(/[^a-z0-9_-]/gu, "_");
}

/**
 * Makes the function that cuts a batch into requests, one for each index, since a bad index fails all that follows
 * (HEC-07). Objects have only keys that Splunk knows: with another key, Splunk silently drops the object and all that
 * follow (HEC-04).
 * @param startedMs - the time of a record that has none
 */
export function requestMaker(
  {
    index: target = "",
    host,
    source,
    sourcetype,
    time,
    default_time,
    fields,
    max_body,
    max_event,
  }: SplunkHecStoreParams,
  startedMs: number,
): RequestMaker {
  const template = parseNameTemplate(target, { clean: cleanForIndex });
  const metadata = Object.entries({ host, source, sourcetype }).flatMap(([key, text]) =>
    text === undefined ? [] : [[key, parseNameTemplate(text)] as const],
  );
  const members = Object.entries(fields).map(([name, from]) => ({ name, from, fits: isField }));
  const isSplunks = default_time === "splunk";
  // A record without a time of its own then has no number for it.
  const read = recordReader(time, members, isSplunks ? NaN : startedMs, isSplunks ? "Splunk sets it" : undefined);
  /** The first members of an object, each with a comma after it. */
  const headOf = (index: string, textOf: (template: NameTemplate) => string | undefined): string => {
    const texts = metadata.map(([key, one]) => [key, textOf(one)] as const);
    const all = Object.entries({ ...Object.fromEntries(texts), ...(index !== "" && { index }) });
    return all.map(([key, text]) => (text === undefined ? "" : `"${key}":${JSON.stringify(text)},`)).join("");
  };
  const isSame = metadata.every(([, { constant }]) => constant !== undefined);
  const sameHead = remember((index) => headOf(index, ({ constant }) => constant));

  const pool = new BufferPool();

  const make = (batch: Batch, settled?: (record: StoreRecord) => BareOutcome | undefined): Groups<EventRequest> => {
    /** The text before each record. */
    const heads: string[] = [];
    const place = (record: StoreRecord, at: number): string | BareOutcome | undefined => {
      const known = settled?.(record);
      if (known) return known;
      const large = `The record has ${record.bytes} bytes; max_event is ${max_event} bytes.`;
      if (record.bytes > max_event) return { status: "reject", code: "too_large", reason: large };
      const { timeMs: ownMs, nanos, members: fieldText, value } = read(record);
      const timeMs = Number.isNaN(ownMs) ? startedMs : ownMs;
      const name = template.name(record, timeMs, value);
      const index = name ?? "";
      // If the value of a placeholder is missing, the member is left out (L-47).
      const head = isSame ? sameHead(index) : headOf(index, (one) => one.name(record, timeMs, value));
      // In seconds: Splunk also takes milliseconds, but dates the event wrong (HEC-05).
      const timeText = Number.isNaN(ownMs) ? "" : `"time":${epochSeconds({ ms: ownMs, nanos })},`;
      heads[at] = `{${head}${timeText}"fields":{"record_id":${quote(record.id)}${fieldText}},"event":`;
      return name;
    };
    const bytesOf = ({ bytes }: StoreRecord, at: number): number =>
      bytes + Buffer.byteLength(heads[at] ?? "") + "}\n".length;
    const { groups, rejected } = groupBatch(batch, place, { bytes: max_body, bytesOf });
    const requests = groups.map(({ bytes, ...group }) => {
      const writer = new BodyWriter(bytes, pool);
      for (const at of group.indexes) {
        writer.text(heads[at] as string);
        writer.record(batch[at] as StoreRecord);
        writer.text("}\n");
      }
      writer.back("\n".length);
      const body = writer.end();
      return { ...group, body, release: () => pool.giveBack(body) };
    });
    return { groups: requests, rejected };
  };
  return Object.assign(make, {
    notes: () => template.notes(),
    settle: read.settle,
    remarks: () => read.remarks(Object.fromEntries(metadata)),
  });
}
