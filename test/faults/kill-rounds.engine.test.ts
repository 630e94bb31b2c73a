// A small part of what kill-rounds.ts does with real servers, always the same (issue 14).
import { expect, test } from "vitest";
import { describeEngine, sharedEngine } from "../engines/index.ts";
import { Random } from "../inputs/random.ts";
import { killRound } from "./kills/round.ts";
import { ENGINE_SCENARIOS } from "./kills/scenarios.ts";

const RECORDS = Array.from({ length: 1200 }, (_, n) => ({ finding: `check ${n}`, text: "x".repeat(n) }));
const NAMES = [...new Set(ENGINE_SCENARIOS.map(({ engine }) => engine))];

describeEngine(NAMES, "a run that is killed and resumed", (name) => {
  test.each(ENGINE_SCENARIOS.filter(({ engine }) => engine === name))(
    "$name, from a $input: it loses nothing of a file, and has nothing twice where the server knows ids",
    async (scenario) => {
      const engine = await sharedEngine(name);
      const seed = ENGINE_SCENARIOS.indexOf(scenario);
      const { problems, story } = await killRound(scenario, new Random(seed), RECORDS, { isTimed: false, engine });
      expect(problems.length > 0 ? [...problems, ...story] : []).toEqual([]);
    },
  );
});
