import type { Outcome } from "@cloudmarker/store-api";
import { failedOutcome } from "@cloudmarker/store-kit/batches";
import type { BulkOutcomes, Refused } from "./outcomes.ts";
import type { Older } from "./mapping/template.ts";
import type { Diverted } from "./request.ts";

/** Sends these records of the batch in a form that no mapping refuses. */
type Send = (diverted: Diverted) => Promise<BulkOutcomes>;

/**
 * Sends records that were refused for their content once more, diverted: first as an object that is not indexed, then as text, which no parser
 * refuses either (L-41). What is refused all the same keeps its first reason. Never throws: the other records of the batch have their outcomes already.
 */
export async function divert(refused: readonly Refused[], older: Older, send: Send): Promise<readonly Outcome[]> {
  if (older === undefined) return refused.map(({ outcome }) => outcome);
  const why = "is older than its index template; a new index would take this.";
  const kept = refused.filter(({ name }) => older.has(name));
  const told = kept.map(({ outcome, name }) => ({ ...outcome, reason: `${name} ${why} ${outcome.reason}` }));
  const others = refused.filter(({ name }) => !older.has(name)).map(({ outcome }) => outcome);
  return [...told, ...(await sendAgain(others, "object", send))];
}

async function sendAgain(refused: readonly Outcome[], form: Diverted["form"], send: Send): Promise<readonly Outcome[]> {
  if (refused.length === 0) return [];
  try {
    const { outcomes, refused: again } = await send({ positions: refused.map(({ index }) => index), form });
    const twice = new Set(again.map(({ outcome }) => outcome.index));
    const left = refused.filter(({ index }) => twice.has(index));
    return [...outcomes, ...(form === "text" ? left : await sendAgain(left, "text", send))];
  } catch (error) {
    // What is about the request as a whole is not about these records: they are sent again, from the start.
    if ((error as { readonly status?: unknown }).status !== "too_large")
      return refused.map(({ index }) => failedOutcome(index, error));
    if (refused.length === 1) return refused;
    const half = refused.length >> 1;
    const first = await sendAgain(refused.slice(0, half), form, send);
    return [...first, ...(await sendAgain(refused.slice(half), form, send))];
  }
}
