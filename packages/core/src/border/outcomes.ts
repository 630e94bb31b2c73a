import type { Outcome } from "@cloudmarker/store-api";
import { cut } from "./describe.ts";
import { itemsOf, MOST_CODE, MOST_TEXT } from "./read.ts";

/**
 * What `write` answered, as plain data that can be sent to another thread and is read once. One entry more than there are records is enough to see that
 * the answer is wrong. What it means, and what is wrong with it, is for `readAnswer` to say.
 */
export function copyOutcomes(answer: unknown, size: number): readonly Outcome[] {
  if (answer === undefined || answer === null) return [];
  // What is no list goes on as it is: nobody knows what became of any record.
  return (itemsOf(answer, size + 1)?.map(copyOutcome) ?? plainOf(answer, MOST_TEXT)) as readonly Outcome[];
}

/** Written out, since a store may have one for every record. */
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
