import type { BatchLimits, Supports } from "@cloudmarker/store-api";
import { describe } from "./describe.ts";
import { isList } from "../realms.ts";
import { fieldsOf } from "./read.ts";

/** The valid part of a value, and its faults, each as "NAME is … and must be …". */
export interface Judged<T> {
  readonly value: T;
  readonly faults: readonly string[];
}

interface Rule {
  readonly wanted: string;
  readonly isRight: (value: unknown) => boolean;
}

const COUNT: Rule = {
  wanted: "a whole number of at least 1",
  isRight: (value) => typeof value === "number" && Number.isSafeInteger(value) && value >= 1,
};
const AGE: Rule = {
  wanted: "a number of milliseconds of at least 0",
  isRight: (value) => typeof value === "number" && Number.isFinite(value) && value >= 0,
};
const FLAG: Rule = { wanted: "true or false", isRight: (value) => typeof value === "boolean" };

const LIMITS = { records: COUNT, bytes: COUNT, ageMs: AGE, concurrency: COUNT } as const;
const SUPPORTS = { idempotent: FLAG, wholeBatches: FLAG, ordered: FLAG, durable: FLAG } as const;

/** The sizes of batches that a plugin recommends. */
export function judgeLimits(value: unknown, name: string): Judged<BatchLimits> {
  return judge(value, name, LIMITS);
}

/** What a plugin says that it supports. */
export function judgeSupports(value: unknown): Judged<Supports> {
  return judge(value, "supports", SUPPORTS);
}

function judge(value: unknown, name: string, rules: Readonly<Record<string, Rule>>): Judged<Record<string, never>> {
  if (value === undefined) return { value: {}, faults: [] };
  const fields = isList(value) || typeof value === "function" ? undefined : fieldsOf(value, Object.keys(rules));
  if (!fields) return { value: {}, faults: [`${name} is ${describe(value)} and must be an object`] };
  const faults: string[] = [];
  const right: [string, unknown][] = [];
  for (const [key, { wanted, isRight }] of Object.entries(rules)) {
    const given = fields[key];
    if (given === undefined) continue;
    if (isRight(given)) right.push([key, given]);
    else faults.push(`${name}.${key} is ${describe(given)} and must be ${wanted}`);
  }
  return { value: Object.fromEntries(right) as Record<string, never>, faults };
}
