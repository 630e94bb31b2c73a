import { parsePointer, reject, valueAt } from "@cloudmarker/store-api";
import type { Batch, Outcome, StoreRecord } from "@cloudmarker/store-api";
import {
  BodyWriter,
  type Group,
  groupBatch,
  type Groups,
  parseNameTemplate,
  recordTime,
} from "@cloudmarker/store-api/kit";
import type { SplunkHecStoreParams } from "./params.ts";

/** One request with records; all go to the index that is its name, `""` for the default one of the token. */
export interface EventRequest extends Group {
  /** Objects, one after the other (HEC-03). */
  readonly body: Buffer;
}

/** Bytes of an envelope, about. */
const OVERHEAD = 200;

/**
 * Makes the function that cuts a batch into requests: one index each, since a bad one fails all that follows (HEC-07).
 * @param startedMs - the time of a record that has none
 */
export function requestMaker(params: SplunkHecStoreParams, startedMs: number): (batch: Batch) => Groups<EventRequest> {
  const { max_body, max_event } = params;
  const template = parseNameTemplate(params.index ?? "");
  const timeOf = recordTime(params.time, startedMs);
  const nameOf = (record: StoreRecord): string | undefined =>
    template.constant ?? template.name(record, template.dated ? timeOf(sound(record)) : 0);
  const headOf = envelopeMaker(params, timeOf);

  const cut = ({ name, records, indexes }: Group, requests: EventRequest[], rejected: Outcome[]): void => {
    const envelope = headOf(name);
    let body = new BodyWriter(0);
    let inBody: StoreRecord[] = [];
    let positions: number[] = [];
    const end = (): void => {
      if (inBody.length > 0) requests.push({ name, records: inBody, indexes: positions, body: body.end() });
      body = new BodyWriter(0);
      inBody = [];
      positions = [];
    };
    const put = (head: string, record: StoreRecord): void => {
      body.text(inBody.length === 0 ? head : `\n${head}`);
      body.record(record);
      body.text("}");
    };
    body = new BodyWriter(Math.min(max_body, sumBytes(records)));
    for (const [at, record] of records.entries()) {
      const position = indexes[at] ?? -1;
      if (record.bytes > max_event) {
        rejected.push(
          reject(position, "too_large", `The record has ${record.bytes} bytes; max_event is ${max_event}.`),
        );
        continue;
      }
      const head = envelope(record);
      const before = body.length;
      put(head, record);
      if (body.length > max_body && inBody.length > 0) {
        body.back(body.length - before);
        end();
        put(head, record);
      }
      inBody.push(record);
      positions.push(position);
    }
    end();
  };

  return (batch) => {
    const { groups, rejected } = groupBatch(batch, nameOf);
    const requests: EventRequest[] = [];
    const refused = [...rejected];
    for (const group of groups) cut(group, requests, refused);
    return { groups: requests, rejected: refused };
  };
}

function sumBytes(records: readonly StoreRecord[]): number {
  return records.reduce((sum, { bytes }) => sum + bytes + OVERHEAD, 0);
}

/**
 * Makes what stands before each record of an index. Only keys that Splunk knows: with another one the object and all that follow are lost
 * without a word (HEC-04).
 */
function envelopeMaker(
  { host, source, sourcetype, time, fields }: SplunkHecStoreParams,
  timeOf: (record: Pick<StoreRecord, "value">) => number,
): (index: string) => (record: StoreRecord) => string {
  const paths = Object.entries(fields).map(
    ([name, pointer]) => [`,${JSON.stringify(name)}:`, parsePointer(pointer)] as const,
  );
  const hasValue = time.length > 0 || paths.length > 0;
  return (index) => {
    const metadata = { host, source, sourcetype, ...(index !== "" && { index }) };
    const head = `${JSON.stringify(metadata).slice(0, -1)},"time":`;
    return (record) => {
      const from = hasValue ? sound(record) : NOTHING;
      let more = "";
      for (const [key, path] of paths) {
        const value = valueAt(from.value, path);
        if (isFlat(value)) more += key + JSON.stringify(value);
      }
      // Seconds: what is sent in milliseconds is taken as well, and dated wrong (HEC-05).
      return `${head}${timeOf(from) / 1000},"fields":{"record_id":${JSON.stringify(record.id)}${more}},"event":`;
    };
  };
}

type Valued = Pick<StoreRecord, "value">;

const NOTHING: Valued = { value: { com: {} } };

/** The value, once. What nests too deep for JavaScript is written all the same, without what would have been read from it. */
function sound(record: StoreRecord): Valued {
  try {
    return { value: record.value };
  } catch {
    return NOTHING;
  }
}

/** What Splunk takes as an indexed field, or several of a name; an object fails all that follows (HEC-06). */
function isFlat(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 && value.every(isScalar) : isScalar(value);
}

function isScalar(value: unknown): boolean {
  if (typeof value === "string") return value !== "";
  // A number that JavaScript cannot hold is an object with its literal.
  return typeof value === "object" ? value !== null && "rawJSON" in value : value !== undefined;
}
