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

interface Line {
  readonly resourceLogs: readonly {
    readonly resource: { readonly attributes?: readonly KeyValue[] };
    readonly scopeLogs: readonly { readonly logRecords: readonly { readonly body: AnyValue }[] }[];
  }[];
}

/** The events of one source in the file that the OpenTelemetry receiver writes. */
export function otlpEvents(path: string, source: string): { readonly raw: unknown }[] {
  const events: unknown[] = [];
  for (const text of readFileSync(path, "utf8").split("\n").filter(Boolean)) {
    for (const { resource, scopeLogs } of (JSON.parse(text) as Line).resourceLogs) {
      if (!resource.attributes?.some(({ value }) => value.stringValue === source)) continue;
      for (const { logRecords } of scopeLogs) events.push(...logRecords.map(({ body }) => valueOf(body)));
    }
  }
  return events as { raw: unknown }[];
}

function valueOf({ stringValue, boolValue, intValue, doubleValue, arrayValue, kvlistValue }: AnyValue): unknown {
  if (kvlistValue) return Object.fromEntries((kvlistValue.values ?? []).map(({ key, value }) => [key, valueOf(value)]));
  if (arrayValue) return (arrayValue.values ?? []).map(valueOf);
  return stringValue ?? boolValue ?? doubleValue ?? (intValue === undefined ? null : Number(intValue));
}
