import type { Com } from "@cloudmarker/store-api";
import { writeProblem } from "../config/problems.ts";
import type { AuditEntry, OriginConfig } from "../config/types.ts";
import type { ConfigProblem } from "../errors.ts";
import type { OriginName, OriginOptions } from "./options.ts";
import { makeOrigin, type Origin } from "../records/origin.ts";

export type { OriginConfig } from "../config/types.ts";

/** Keys of an origin. */
export const ORIGIN_NAMES: readonly OriginName[] = ["key", "class", "worker", "type"];

/**
 * The origin that the audits of one run name. They get the same records, so they must name the same. As in the
 * predecessor, the worker is `AUDIT_KEY` where there is a key and no worker.
 */
export function configuredOrigin(audits: readonly (readonly [name: string, audit: Pick<AuditEntry, "origin">])[]): {
  readonly origin: OriginConfig;
  readonly problem?: ConfigProblem;
} {
  const named = audits.flatMap(([name, { origin }]) => (origin ? [{ name, origin: withWorker(name, origin) }] : []));
  const [first, ...others] = named;
  if (!first) return { origin: {} };
  for (const { name, origin } of others) {
    const differing = ORIGIN_NAMES.find((key) => origin[key] !== first.origin[key]);
    if (differing === undefined) continue;
    const values = [first.origin[differing], origin[differing]];
    const facts = { first: first.name, second: name, name: differing, values };
    const path = ["audits", name, "origin", differing];
    return { origin: first.origin, problem: { ...writeProblem("origin_conflict", "audits", facts), path } };
  }
  return { origin: first.origin };
}

/** Who produced records: what overrides, else what the configuration says, else what the program says. */
export function originOfRun(options: OriginOptions, configured: OriginConfig): Origin {
  const { override = false } = options;
  const overrides = (name: OriginName): boolean =>
    options[name] !== undefined && (typeof override === "boolean" ? override : override.includes(name));
  const value = (name: OriginName): string | undefined =>
    overrides(name) ? options[name] : (configured[name] ?? options[name]);
  const com: Record<string, string> = {};
  for (const name of ORIGIN_NAMES) {
    const text = value(name) ?? (name === "worker" ? (value("key") ?? "no_worker") : undefined);
    if (text !== undefined) com[`origin_${name}`] = text;
  }
  const explicit = ORIGIN_NAMES.filter(overrides).map((name) => `origin_${name}`);
  return makeOrigin(com as Com, { explicit });
}

function withWorker(audit: string, origin: OriginConfig): OriginConfig {
  const { key, worker } = origin;
  return key === undefined || worker !== undefined ? origin : { ...origin, worker: `${audit}_${key}` };
}
