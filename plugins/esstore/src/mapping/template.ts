import { hash } from "node:crypto";
import { COM_KEYS } from "@cloudmarker/store-api";
import { indexName } from "../index-name.ts";
import type { EsStoreParams } from "../params.ts";

/** Raised with every change of the template, so that an older release does not undo a newer one. */
const TEMPLATE_VERSION = 3;

/** A keyword holds 32,766 bytes; a character has at most four. A longer value can be read, but not searched. */
const IGNORE_ABOVE = 8191;

const KEYWORD = { type: "keyword", ignore_above: IGNORE_ABOVE };

/** A key of `com`. The predecessor's queries name it with `.keyword` at its end (L-60). */
const COM_FIELD = { ...KEYWORD, fields: { keyword: KEYWORD } };

/** The types of a producer's own key in `com` that get a field. */
const COM_TYPES = ["string", "long", "double", "boolean"];

/** Kinds of server that differ in their mappings. */
export type Product = "Elasticsearch" | "OpenSearch";

/** The parts of a composable index template that are read. */
export interface IndexTemplate {
  readonly index_patterns?: readonly string[];
  readonly version?: number;
  readonly _meta?: { readonly managed_by: string; readonly fingerprint: string };
}

/**
 * Names that lead into indices older than the template. Such an index would map a diverted record key by key, so none
 * is diverted into it. Undefined if the mapping is not ours: then none is diverted anywhere.
 */
export type Older = ReadonlySet<string> | undefined;

/** An index with the same text for each part that varies. */
export function withParts(index: string, part: string): string {
  const literals: Readonly<Record<string, string>> = { "%%": "%", "{{": "{", "}}": "}" };
  return index.replaceAll(/%[YmdH%]|\{\{|\}\}|\{[^{}]*\}/gu, (found) => literals[found] ?? part);
}

/** The names that a template of names can lead to, with `*` for each part that varies. */
export function indexPattern(index: string): string {
  return indexName(withParts(index, "*")).replaceAll(/\*+/gu, "*");
}

/** Where the index template for {@link indexPattern} is. */
export function templatePath(index: string): string {
  return `/_index_template/${encodeURIComponent(`cloudmarker-${indexPattern(index).replaceAll("*", "_")}`)}`;
}

/**
 * The index template. Records of all shapes share an index. What the audited system returned is kept whole and
 * searchable, without a field for every key: there are thousands of keys, and they contradict each other (ES-49).
 */
export function indexTemplate({ index, mode, fields }: EsStoreParams, product: Product): Required<IndexTemplate> {
  const pattern = indexPattern(index);
  const mappings = {
    dynamic: false,
    // A text that looks like a date would get a field of another type than the next text under the same name.
    date_detection: false,
    dynamic_templates: COM_TYPES.map((type) => ({
      [`com_${type}`]: { path_match: "com.*", match_mapping_type: type, mapping: COM_FIELD },
    })),
    properties: properties(fields, product),
  };
  const template = { mappings };
  // Above the built-in templates (at most 200), and the more precise pattern above the wider one.
  const priority = 300 + pattern.length;
  const body = { index_patterns: [pattern], priority, ...(mode === "data_stream" && { data_stream: {} }), template };
  const fingerprint = hash("sha256", JSON.stringify(body), "hex").slice(0, 16);
  return { ...body, version: TEMPLATE_VERSION, _meta: { managed_by: "cloudmarker", fingerprint } };
}

/** Whether an existing template must be replaced: only if it is ours, and not by an older release. */
export function isOutdated(there: IndexTemplate, { version, _meta: ours }: Required<IndexTemplate>): boolean {
  const { version: found = 0, _meta: theirs } = there;
  if (theirs?.managed_by !== ours.managed_by || found > version) return false;
  return found < version || theirs.fingerprint !== ours.fingerprint;
}

function properties(fields: EsStoreParams["fields"], product: Product): object {
  // Without the limit of 100, Elasticsearch refuses records that nest more than 20 deep. OpenSearch knows neither of
  // the two options.
  const flattened = { type: "flattened", ignore_above: IGNORE_ABOVE, depth_limit: 100 };
  const anything = product === "OpenSearch" ? { type: "flat_object" } : flattened;
  return {
    // It ends at the nanosecond, like the times of many records, and holds every time that a record can have (L-05).
    "@timestamp": { type: "date_nanos" },
    raw: anything,
    ext: anything,
    // A producer's own keys get fields as they come, within the index's limit of fields (L-49).
    com: { dynamic: true, properties: Object.fromEntries(COM_KEYS.map((key) => [key, COM_FIELD])) },
    unindexed: { type: "object", enabled: false },
    ...Object.fromEntries(Object.entries(fields).map(([name, { type }]) => [name, fieldMapping(type)])),
  };
}

function fieldMapping(type: EsStoreParams["fields"][string]["type"]): object {
  if (type === "keyword") return KEYWORD;
  // `boolean` has `ignore_malformed` in new versions only, so request.ts leaves out other values.
  return type === "text" || type === "boolean" ? { type } : { type, ignore_malformed: true };
}
