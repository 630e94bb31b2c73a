import type { Outcome, StoreError } from "@cloudmarker/store-api";
import { failedOutcome } from "@cloudmarker/store-kit/batches";
import type { Older } from "./mapping/template.ts";
import type { BulkOutcomes, Refused } from "./outcomes.ts";
import type { Diverted } from "./request.ts";

/** Sends these records of the batch in another form. */
type Send = (diverted: Diverted) => Promise<BulkOutcomes>;

/** These outcomes are final for the records at these positions; those that none names were written. */
type Settle = (positions: readonly number[], outcomes: readonly Outcome[]) => void;

/**
 * Sends records that were refused for their content again: first as an object that is not indexed, then as text, which
 * every parser takes (L-41). A record that is refused in both forms keeps its first reason. What becomes of records is
 * settled as it comes (SC-37).
 * @throws StoreError `too_large` where several records do not fit into one request: the host halves those that are left
 */
export async function divert(
  refused: readonly Refused[],
  older: Older,
  send: Send,
  settle: Settle,
): Promise<readonly Outcome[]> {
  const all: Outcome[] = [];
  const tell = (positions: readonly number[], outcomes: readonly Outcome[]): void => {
    all.push(...outcomes);
    settle(positions, outcomes);
  };
  const [kept, others] = older === undefined ? [refused.map(({ outcome }) => outcome), []] : keepOlder(refused, older);
  tell(positionsOf(kept), kept);
  let left: readonly Outcome[] = others;
  for (const form of ["object", "text"] as const) {
    if (left.length === 0) return all;
    try {
      const answer = await send({ positions: positionsOf(left), form });
      const again = new Set(answer.refused.map(({ outcome }) => outcome.index));
      tell(
        positionsOf(left).filter((index) => !again.has(index)),
        answer.outcomes,
      );
      left = left.filter(({ index }) => again.has(index));
    } catch (error) {
      const isTooLarge = (error as StoreError).status === "too_large";
      if (isTooLarge && left.length > 1) throw error;
      // A record that is too large alone keeps its first reason.
      if (!isTooLarge) left = left.map(({ index }) => failedOutcome(index, error));
      break;
    }
  }
  tell(positionsOf(left), left);
  return all;
}

/** Records of an index that is older than its template keep their outcomes, with the reason; the others go on. */
function keepOlder(refused: readonly Refused[], older: NonNullable<Older>): [Outcome[], Outcome[]] {
  const { kept = [], others = [] } = Object.groupBy(refused, ({ name }) => (older.has(name) ? "kept" : "others"));
  const why = "is older than its index template; a new index would take this.";
  return [
    kept.map(({ outcome, name }) => ({ ...outcome, reason: `${name} ${why} ${outcome.reason}` })),
    others.map(({ outcome }) => outcome),
  ];
}

function positionsOf(outcomes: readonly Outcome[]): readonly number[] {
  return outcomes.map(({ index }) => index);
}
