import type { Outcome } from "@cloudmarker/store-api";
import { cut } from "./describe.ts";
import { itemsOf, MOST_CODE, MOST_TEXT } from "./read.ts";

/**
 * Copies what `write` answered as plain data, which can be sent to another thread. It reads at most one entry more than
 * there are records: that is enough to see that there are too many. `readAnswer` checks the copy.
 */
export function copyOutcomes(answer: unknown, size: number): readonly Outcome[] {
  if (answer === undefined || answer === null) return [];
  // An answer that is not a list is passed on: `readAnswer` takes every record for `unknown`.
  return (itemsOf(answer, size + 1)?.map(copyOutcome) ?? plainOf(answer, MOST_TEXT)) as readonly Outcome[];
}

/** Field by field and not in a loop, for speed: a store may return an outcome for every record. */
function copyOutcome(item: unknown): Record<keyof Outcome, unknown> | object {
  try {
    const { index, status, code, reason, retryAfterMs, diverted } = item as Readonly<Record<keyof Outcome, unknown>>;
    return {
      index: plainOf(index, MOST_CODE),
      status: plainOf(status, MOST_CODE),
      code: plainOf(code, MOST_CODE),
      reason: plainOf(reason, MOST_TEXT),
      retryAfterMs: plainOf(retryAfterMs, MOST_CODE),
      diverted: plainOf(diverted, MOST_CODE),
    };
  } catch {
    return {};
  }
}

function plainOf(value: unknown, most: number): unknown {
  switch (typeof value) {
    case "string":
      return cut(value, most);
    case "object":
    case "function":
    case "symbol":
      return {};
    default:
      return value;
  }
}
