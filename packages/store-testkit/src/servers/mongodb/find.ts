import { idText, readTyped } from "./document.ts";
import { CommandError } from "./errors.ts";
import type { MongoRequest } from "./faults.ts";
import type { ServerState } from "./state.ts";
import type { Doc } from "./wire.ts";

/** Documents in one batch, however long. Of filters, only `_id` and `_id: { $in }` are known. */
export function find(state: ServerState, request: MongoRequest): Doc {
  const limit = Number(request.body["limit"] ?? 0);
  const found = select(state, request.ns, request.body["filter"]);
  const firstBatch = (limit > 0 ? found.slice(0, limit) : found).map(readTyped);
  return { cursor: { id: 0n, ns: request.ns, firstBatch }, ok: 1 };
}

/** How many documents there are, with the filters of {@link find}. */
export function count(state: ServerState, request: MongoRequest): Doc {
  return { n: select(state, request.ns, request.body["query"]).length, ok: 1 };
}

function select(state: ServerState, ns: string, filter: unknown): Buffer[] {
  const documents = state.existing(ns)?.documents ?? new Map<string, Buffer>();
  const { _id, ...others } = (filter ?? {}) as Doc;
  if (Object.keys(others).length > 0) throw new CommandError(2, "Only a filter for _id is known here.");
  if (_id === undefined) return [...documents.values()];
  return wanted(_id).flatMap((id) => documents.get(idText(id)) ?? []);
}

function wanted(_id: unknown): readonly unknown[] {
  return typeof _id === "object" && _id !== null && "$in" in _id && Array.isArray(_id.$in) ? _id.$in : [_id];
}
