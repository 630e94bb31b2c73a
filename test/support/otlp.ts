import { readFileSync } from "node:fs";

interface AnyValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: string;
  readonly doubleValue?: number;
  readonly arrayValue?: { readonly values?: readonly AnyValue[] };
  readonly kvlistValue?: { readonly values?: readonly KeyValue[] };
}

interface KeyValue {
  readonly key: string;
  readonly value: AnyValue;
}

/** One event as the receiver writes it. */
interface LogRecord {
  readonly body: AnyValue;
  readonly timeUnixNano: string;
  readonly attributes?: readonly KeyValue[];
}

interface Line {
  readonly resourceLogs: readonly {
    readonly resource: { readonly attributes?: readonly KeyValue[] };
    readonly scopeLogs: readonly { readonly logRecords: readonly LogRecord[] }[];
  }[];
}

/** An event of the OpenTelemetry receiver. */
export interface OtlpEvent {
  /** The record, its numbers as doubles. */
  readonly record: unknown;
  /** Nanoseconds since the epoch. */
  readonly time: string;
  /** The indexed fields. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The events of one source in the file that the OpenTelemetry receiver writes, which others write to as well. */
export function otlpEvents(path: string, source: string): OtlpEvent[] {
  const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
  return lines
    .flatMap((line) => (JSON.parse(line) as Line).resourceLogs)
    .filter(({ resource }) => resource.attributes?.some(({ value }) => value.stringValue === source))
    .flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords))
    .map(({ body, timeUnixNano, attributes }) => ({
      record: valueOf(body),
      time: timeUnixNano,
      fields: membersOf(attributes),
    }));
}

function membersOf(members: readonly KeyValue[] = []): Record<string, unknown> {
  return Object.fromEntries(members.map(({ key, value }) => [key, valueOf(value)]));
}

function valueOf({ stringValue, boolValue, intValue, doubleValue, arrayValue, kvlistValue }: AnyValue): unknown {
  if (kvlistValue) return membersOf(kvlistValue.values);
  if (arrayValue) return (arrayValue.values ?? []).map(valueOf);
  return stringValue ?? boolValue ?? doubleValue ?? (intValue === undefined ? null : Number(intValue));
}
