import type { Outcome, StoreError } from "@cloudmarker/store-api";
import { failedOutcome } from "@cloudmarker/store-kit/batches";
import type { Older } from "./mapping/template.ts";
import type { BulkOutcomes, Refused } from "./outcomes.ts";
import type { Diverted } from "./request.ts";

/** Sends these records of the batch in another form. */
type Send = (diverted: Diverted) => Promise<BulkOutcomes>;

/**
 * Sends records that were refused for their content again: first as an object that is not indexed, then as text, which
 * every parser takes (L-41). A record that is refused in both forms keeps its first reason. Never throws: the other
 * records of the batch have their outcomes already.
 */
export async function divert(refused: readonly Refused[], older: Older, send: Send): Promise<readonly Outcome[]> {
  if (older === undefined) return refused.map(({ outcome }) => outcome);
  const { kept = [], others = [] } = Object.groupBy(refused, ({ name }) => (older.has(name) ? "kept" : "others"));
  const why = "is older than its index template; a new index would take this.";
  const outcomes: Outcome[] = kept.map(({ outcome, name }) => {
    return { ...outcome, reason: `${name} ${why} ${outcome.reason}` };
  });
  const requests = [{ form: "object" as Diverted["form"], records: others.map(({ outcome }) => outcome) }];
  for (const { form, records } of requests) {
    if (records.length === 0) continue;
    try {
      const answer = await send({ positions: records.map(({ index }) => index), form });
      const positions = new Set(answer.refused.map(({ outcome }) => outcome.index));
      const again = records.filter(({ index }) => positions.has(index));
      outcomes.push(...answer.outcomes);
      if (form === "object") requests.push({ form: "text", records: again });
      else outcomes.push(...again);
    } catch (error) {
      const isTooLarge = (error as StoreError).status === "too_large";
      // Halved here: if the host halved the batch, its other records would be sent again and count as duplicates.
      const half = records.length >> 1;
      if (!isTooLarge) outcomes.push(...records.map(({ index }) => failedOutcome(index, error)));
      else if (half === 0) outcomes.push(...records);
      else requests.push({ form, records: records.slice(0, half) }, { form, records: records.slice(half) });
    }
  }
  return outcomes;
}
