import type { StorePlugin } from "@cloudmarker/store-api";
import { Identity } from "../records/identity.ts";
import { makeStamp, type Stamp } from "../records/stamp.ts";
import type { KeptStore } from "./run-meta.ts";

/** What the host writes into the records of a store in a run. */
export function stampOf(
  { audit, key, className }: Pick<KeptStore, "audit" | "key" | "className">,
  run: string,
  identity: Identity,
): Stamp {
  const target = { target_key: key, target_class: className, target_worker: `${audit}_${key}`, target_type: "store" };
  return makeStamp({ audit_key: audit, audit_version: run, ...target }, identity);
}

/**
 * What the ids of the records of an audit are made of. Of two audits that share a store, each has its own documents.
 */
export function identityOf({ audit, idPointers }: Pick<KeptStore, "audit" | "idPointers">, run: string): Identity {
  return new Identity(`${run}\n${audit}`, idPointers);
}

/** `com.target_class` of the records of a store. */
export function classNameOf({ className, name }: Pick<StorePlugin, "className" | "name">): string {
  return className ?? name;
}
