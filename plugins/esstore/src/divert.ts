import { written } from "@cloudmarker/store-api";
import type { Outcome } from "@cloudmarker/store-api";
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
    const answer = await send(refused.map(({ index }) => index));
    const again = new Set(answer.refused.map(({ index }) => index));
    const other = new Map(answer.outcomes.map((outcome) => [outcome.index, outcome]));
    return refused.map((first) => {
      if (again.has(first.index)) return first;
      return other.get(first.index) ?? written(first.index, { diverted: true });
    });
  } catch (error) {
    const { status, code, message, retryAfterMs } = error as Readonly<Record<string, unknown>>;
    if (status === "too_large") {
      if (refused.length === 1) return refused;
      const half = refused.length >> 1;
      return [...(await divert(refused.slice(0, half), send)), ...(await divert(refused.slice(half), send))];
    }
    // What is about the request as a whole is not about these records: they are sent again, from the start.
    return refused.map(({ index }) => ({
      index,
      status: status === "blocked" || status === "unknown" ? status : "retry",
      code: String(code ?? "request_failed"),
      reason: String(message),
      ...(typeof retryAfterMs === "number" && { retryAfterMs }),
    }));
  }
}
