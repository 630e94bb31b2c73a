import type { Outcome } from "@cloudmarker/store-api";
import { failedOutcome } from "@cloudmarker/store-api/kit";
import type { BulkOutcomes } from "./outcomes.ts";

/**
 * Sends records that were refused for their content once more, in a form that no mapping refuses. What is refused again keeps its first reason.
 * Never throws: the other records of the batch have their outcomes already.
 * @param send - sends these positions of the batch in that form
 */
export async function divert(
  refused: readonly Outcome[],
  send: (positions: readonly number[]) => Promise<BulkOutcomes>,
): Promise<readonly Outcome[]> {
  if (refused.length === 0) return [];
  try {
    const { outcomes, refused: again } = await send(refused.map(({ index }) => index));
    const twice = new Set(again.map(({ index }) => index));
    return [...outcomes, ...refused.filter(({ index }) => twice.has(index))];
  } catch (error) {
    // What is about the request as a whole is not about these records: they are sent again, from the start.
    if ((error as { readonly status?: unknown }).status !== "too_large")
      return refused.map(({ index }) => failedOutcome(index, error));
    if (refused.length === 1) return refused;
    const half = refused.length >> 1;
    return [...(await divert(refused.slice(0, half), send)), ...(await divert(refused.slice(half), send))];
  }
}
