import { isMap } from "../realms.ts";
import { takes } from "./plain-value.ts";
import type { Path, Schema } from "./schema-walk.ts";

/** Where a key of another program belongs here. */
export interface OtherName {
  /** Path of our param. */
  readonly path: Path;
  /** What to write, if it is more than another name. */
  readonly write?: string | undefined;
}

/** Nested params deeper than these are not searched. */
const MOST_LEVELS = 3;

/** What settings of the delivery are called elsewhere, by our path below `delivery`. */
const DELIVERY: Readonly<Record<string, readonly string[]>> = {
  "batch.records": ["bulkmaxsize", "batchsize", "batchmaxevents", "batch.maxevents", "maxbatchsize", "flushrecords"],
  "batch.bytes": ["batchbytes", "batch.maxbytes", "bulkmaxbytes"],
  "batch.age": ["flushinterval", "batch.timeoutsecs", "batchtimeout", "linger", "lingerms"],
  concurrency: ["worker", "workers", "numconsumers", "parallelism", "threads", "request.concurrency"],
  retry: ["maxretries", "retries", "backoff", "retryonfailure", "backoffmax", "retrylimit", "request.retryattempts"],
  spool: ["sendingqueue", "diskqueue", "queuetype", "storage.type"],
};

/**
 * The param that another program calls by this key, by the annotation `x-also` of its schema.
 * @param path - the key, behind the keys of the maps around it
 */
export function otherName(root: Schema, path: Path, value: unknown): OtherName | undefined {
  const words = path.join(".");
  const wanted = [words, words.slice(words.lastIndexOf(".") + 1)].map(bare);
  for (const name of new Set(wanted)) {
    const found = paramsCalled(root, name);
    const fitting = found.find(({ type }) => type === undefined || takes(type, value)) ?? found[0];
    if (fitting) return { path: fitting.path, write: fitting.write };
  }
  return undefined;
}

/** The setting of `delivery` that a key means; `known` are its own keys. */
export function deliveryName(key: string, known: readonly string[]): string | undefined {
  if (known.includes(key)) return key;
  return Object.keys(DELIVERY).find((name) => DELIVERY[name]?.includes(bare(key)));
}

interface Called extends OtherName {
  readonly type: unknown;
}

function paramsCalled({ properties }: Schema, name: string, path: Path = []): readonly Called[] {
  if (!isMap(properties)) return [];
  return Object.entries(properties).flatMap(([key, schema]) => {
    if (!isMap(schema)) return [];
    const at = [...path, key];
    const also: readonly unknown[] = Array.isArray(schema["x-also"]) ? schema["x-also"] : [];
    const own = also.flatMap((one): Called[] => {
      const [other, write]: readonly unknown[] = Array.isArray(one) ? one : [one];
      if (typeof other !== "string" || bare(other) !== name) return [];
      return [{ path: at, type: schema.type, ...(typeof write === "string" && { write }) }];
    });
    return at.length < MOST_LEVELS ? [...own, ...paramsCalled(schema, name, at)] : own;
  });
}

/** Programs differ in case and in `_` and `-`. */
function bare(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/gu, "");
}
