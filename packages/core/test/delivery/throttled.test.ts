// A store that takes most records of each batch and has the others sent again (L-80).
import { retry } from "@cloudmarker/store-api";
import { expect, test } from "vitest";
import { ScriptedLane, seeded } from "../support/scripted-lane.ts";

const RECORDS = 100_000;

/** A lane in front of a server that answers 429 to a fifth of the items, and 50 ms later than it was asked. */
function throttledLane(seed: number): ScriptedLane {
  const random = seeded(seed);
  const s: ScriptedLane = new ScriptedLane(
    async (numbers) => {
      await new Promise<void>((resolve) => void s.clock.setTimeout(resolve, 50));
      return numbers.flatMap((_, index) => (random() < 0.2 ? [retry(index, "throttled", "429")] : []));
    },
    {},
    seeded(seed + 1),
  );
  return s;
}

test.each([1, 2, 3])(
  "full batches are made of what the queue has room for bit by bit (L-80, seed %i)",
  async (seed) => {
    const s = throttledLane(seed);
    await s.clock.run(s.produce(RECORDS));
    await s.finish();
    expect(s.lane.counts).toMatchObject({ accepted: RECORDS, written: RECORDS, deadLettered: 0 });
    expect(s.batches.length).toBeLessThan(700);
  },
);
