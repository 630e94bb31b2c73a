import { RejectError } from "@cloudmarker/store-api";
import type { Batch } from "@cloudmarker/store-api";
import {
  BodyWriter,
  type Group,
  groupBatch,
  type Groups,
  isScalar,
  parseNameTemplate,
  recordReader,
  remember,
} from "@cloudmarker/store-api/kit";
import type { SplunkHecStoreParams } from "./params.ts";

/** One request with records; all go to the index that is its name, `""` for the default one of the token. */
export interface EventRequest extends Group {
  /** Objects, one after the other (HEC-03). */
  readonly body: Buffer;
}

/**
 * Makes the function that cuts a batch into requests: one index each, since a bad one fails all that follows (HEC-07). Objects have only keys that
 * Splunk knows: with another one the object and all that follow are lost without a word (HEC-04).
 * @param startedMs - the time of a record that has none
 */
export function requestMaker(params: SplunkHecStoreParams, startedMs: number): (batch: Batch) => Groups<EventRequest> {
  const { index: target = "", host, source, sourcetype, time, fields, max_body, max_event } = params;
  const template = parseNameTemplate(target);
  const members = Object.entries(fields).map(([name, from]) => ({ name, from, fits: isField }));
  const read = recordReader(time, members, startedMs);
  const metadataOf = remember((index) =>
    JSON.stringify({ host, source, sourcetype, ...(index !== "" && { index }) }).slice(0, -1),
  );

  return (batch) => {
    /** What stands before each record. */
    const heads: string[] = [];
    const nameOf = (record: Batch[number], at: number): string | undefined => {
      if (record.bytes > max_event)
        throw new RejectError("too_large", `The record has ${record.bytes} bytes; max_event is ${max_event}.`);
      const { timeMs, members: fieldText } = read(record);
      const name = template.name(record, timeMs);
      // Seconds: what is sent in milliseconds is taken as well, and dated wrong (HEC-05).
      heads[at] =
        `${metadataOf(name ?? "")},"time":${timeMs / 1000},"fields":{"record_id":${JSON.stringify(record.id)}${fieldText}},"event":`;
      return name;
    };
    const bytesOf = ({ bytes }: Batch[number], at: number): number =>
      bytes + Buffer.byteLength(heads[at] ?? "") + "}\n".length;
    const { groups, rejected } = groupBatch(batch, nameOf, { bytes: max_body, bytesOf });
    const toRequest = (group: Group): EventRequest => {
      const { records, indexes } = group;
      const body = new BodyWriter(records.reduce((sum, record, at) => sum + bytesOf(record, indexes[at] ?? 0), 0));
      for (const [at, record] of records.entries()) {
        body.text(heads[indexes[at] ?? 0] ?? "");
        body.record(record);
        body.text("}\n");
      }
      body.back("\n".length);
      return { ...group, body: body.end() };
    };
    return { groups: groups.map(toRequest), rejected };
  };
}

/** What Splunk takes as an indexed field; an object fails all that follows (HEC-06). */
function isField(value: unknown): boolean {
  return value !== "" && isScalar(value);
}
