import type { Batch, Clock, Com, Logger, RecordValue, StoreContext, StoreRecord } from "@cloudmarker/store-api";

/** What {@link recordOf} may be told. */
export interface RecordOptions {
  /** @default 32 hex digits that differ for each text */
  readonly id?: string;
  /** @default the member `com` of the text, else `{}` */
  readonly com?: Com;
}

/** A record of this JSON text, as the host hands it to a store: for tests that call `write` themselves. */
export function recordOf(json: string, { id, com }: RecordOptions = {}): StoreRecord {
  const text = Buffer.from(json);
  return {
    json,
    bytes: text.length,
    writeTo(target, at) {
      target.set(text, at);
      return text.length;
    },
    id: id ?? idOf(text),
    com: com ?? (JSON.parse(json) as { com?: Com }).com ?? {},
    get value() {
      return parseLossless(json) as RecordValue;
    },
  };
}

/** A batch of records with these as `raw`: values, or JSON texts of whole records. */
export function batchOf(...raws: readonly unknown[]): Batch {
  const batch = raws.map((raw) => recordOf(typeof raw === "string" ? raw : JSON.stringify({ raw, com: {} })));
  return Object.freeze(batch);
}

/** A logger that keeps its lines. */
export interface KeptLines extends Logger {
  /** `LEVEL MESSAGE` of each, in order. */
  readonly lines: readonly string[];
}

/** A logger that keeps `LEVEL MESSAGE` of each line. */
export function keptLines(): KeptLines {
  const lines: string[] = [];
  const keep = (level: string) => (message: string) => void lines.push(`${level} ${message}`);
  return { lines, debug: keep("debug"), info: keep("info"), warn: keep("warn"), error: keep("error") };
}

/** The context for `open`, with what the host would give; what is passed takes the place of a part. */
export function contextOf(parts: Partial<StoreContext> = {}): StoreContext {
  return {
    key: "store",
    audit: "audit",
    run: "20261123_145314_k3x09a",
    startedMs: Date.UTC(2026, 10, 23, 14, 53, 14),
    guarantee: "at-least-once",
    workers: [],
    resolvePath: (_param, path) => path,
    env: {},
    logger: keptLines(),
    clock: realClock,
    ...parts,
  };
}

/** The time of the process. */
const realClock: Clock = {
  now: () => Date.now(),
  setTimeout: (fn, ms) => setTimeout(fn, ms),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
};

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

/** Node 22 has both; TypeScript's library does not describe them yet. */
const exact = JSON as unknown as { rawJSON(text: string): unknown; parse(text: string, reviver: Reviver): unknown };

/** The value of a JSON text, with a `RawJson` for each number that a double may not hold. */
export function parseLossless(text: string): unknown {
  return exact.parse(text, (_key, value, { source = "" }) => {
    if (typeof value !== "number") return value;
    const digits = /^-?([\d.]*)/u.exec(source)?.[1]?.replaceAll(".", "").replace(/^0+/u, "") ?? "";
    return digits.length > 15 || !Number.isFinite(value) ? exact.rawJSON(source) : value;
  });
}

/** FNV-1a, four times: different for different texts, and nothing more. */
function idOf(text: Uint8Array): string {
  return [1, 2, 3, 4].map((seed) => hash(text, seed).toString(16).padStart(8, "0")).join("");
}

function hash(text: Uint8Array, seed: number): number {
  let value = Math.imul(0x811c9dc5, seed);
  for (const byte of text) value = Math.imul(value ^ byte, 0x01000193);
  return value >>> 0;
}
