import type { HecCode } from "./codes.ts";
import type { ObjectText } from "./json-text.ts";
import { readObject, skipSpace } from "./json-text.ts";

/** Settings of a token. */
export interface HecToken {
  /** Into which indexes it may write. @default any */
  readonly indexes?: readonly string[];
  /** Where events go that name none. @default "main" */
  readonly defaultIndex?: string;
  /** @default false */
  readonly disabled?: boolean;
  /** Whether its posts are acknowledged once they are indexed, and must name a channel. @default false */
  readonly useAck?: boolean;
}

/** An event as it was indexed. */
export interface HecEvent {
  /** The JSON text of `event` exactly as it was sent; of `/raw`, the line. */
  readonly text: string;
  readonly index: string;
  /** In seconds since 1970, or what the sender took for them; absent where the sender left it to Splunk. */
  readonly time?: number;
  readonly host?: string;
  readonly source?: string;
  readonly sourcetype?: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** What became of a body. */
export interface HecResult {
  /** To be indexed, whatever the code is. */
  readonly events: readonly HecEvent[];
  readonly code: HecCode;
  /** Which object the answer names, from 0. */
  readonly invalidEvent?: number;
}

/** Decides for the text of one event which of the codes it gets; `undefined` has it indexed. */
export type EventScript = (text: string) => 6 | 7 | 12 | 13 | 15 | undefined;

type Metadata = Partial<Record<"host" | "source" | "sourcetype" | "index", string>>;

const TEXT_KEYS = ["host", "source", "sourcetype", "index"] as const;
const KEYS: ReadonlySet<string> = new Set([...TEXT_KEYS, "time", "event", "fields"]);
/** Senders found that Splunk answers 15 to any other time, 1.7e9 among them. */
const DECIMAL = /^-?\d+(?:\.\d+)?$/;

/**
 * Reads a body of concatenated objects one after the other, as Splunk does: what stands before the first bad one is
 * indexed, what stands behind it is not (codes 6, 7, 12, 13, 15).
 */
export function readEvents(body: string, token: HecToken, fault?: EventScript): HecResult {
  const events: HecEvent[] = [];
  let at = skipSpace(body, 0);
  if (at === body.length) return { events, code: 5 };
  for (let number = 0; at < body.length; number++) {
    // An array, as the predecessor sends, is not an object either: code 6 at object 0.
    const object = readObject(body, at);
    if (!object) return { events, code: 6, invalidEvent: number };
    const event = fault?.(object.texts.get("event") ?? "") ?? readEnvelope(object, token);
    // The object and all that follow are lost silently, save where that leaves nothing.
    if (event === "unknown key") return { events, code: events.length === 0 ? 5 : 0 };
    // This one names the object behind the bad one.
    if (event === 7) return { events, code: 7, invalidEvent: number + 1 };
    if (typeof event === "number") return { events, code: event, invalidEvent: number };
    if (event !== "no event") events.push(event);
    at = skipSpace(body, object.end);
  }
  return { events, code: 0 };
}

/** Reads a body of lines, each of them an event, with the metadata of the query. */
export function readLines(body: string, query: URLSearchParams, token: HecToken): HecResult {
  const lines = body.split("\n").filter((line) => line.trim() !== "");
  if (lines.length === 0) return { events: [], code: 5 };
  const metadata: Metadata = {};
  for (const key of TEXT_KEYS) {
    const value = query.get(key);
    if (value !== null) metadata[key] = value;
  }
  const index = indexFor(metadata.index, token);
  if (index === undefined) return { events: [], code: 7 };
  return { events: lines.map((text) => ({ text, ...metadata, index })), code: 0 };
}

function readEnvelope({ value, texts }: ObjectText, token: HecToken): HecEvent | HecCode | "unknown key" | "no event" {
  if (Object.keys(value).some((key) => !KEYS.has(key))) return "unknown key";
  const { event, fields, time } = value;
  const text = texts.get("event");
  // With `fields` alone, Splunk takes it for a metric, and drops what is none silently.
  if (text === undefined && fields !== undefined) return "no event";
  if (text === undefined || event === null) return 12;
  if (event === "") return 13;
  if (fields !== undefined && !isFlat(fields)) return 15;
  if (time !== undefined && !DECIMAL.test(typeof time === "string" ? time : (texts.get("time") ?? ""))) return 15;
  const metadata: Metadata = {};
  for (const key of TEXT_KEYS) {
    const entry = value[key];
    if (typeof entry === "string") metadata[key] = entry;
    else if (entry !== undefined) return 6;
  }
  const index = indexFor(metadata.index, token);
  if (index === undefined) return 7;
  return {
    text,
    ...metadata,
    index,
    // Milliseconds are taken for seconds, so the event is dated wrong and nobody is told.
    ...(time !== undefined && { time: Number(time) }),
    ...(fields !== undefined && { fields }),
  };
}

function indexFor(named: string | undefined, token: HecToken): string | undefined {
  const index = named ?? token.defaultIndex ?? "main";
  const isAllowed = named === undefined || (token.indexes?.includes(named) ?? true);
  return isAllowed ? index : undefined;
}

/** Values may be lists, but nothing nests deeper. */
function isFlat(fields: unknown): fields is Record<string, unknown> {
  if (!isPlainObject(fields)) return false;
  return Object.values(fields).every((field) => {
    const values: readonly unknown[] = Array.isArray(field) ? field : [field];
    return values.every((value) => typeof value !== "object" || value === null);
  });
}

function isPlainObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
