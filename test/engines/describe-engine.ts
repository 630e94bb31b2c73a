import { describe } from "vitest";
import type { EngineName } from "./catalogue.ts";
import { missing } from "./missing.ts";

/**
 * A `describe` for each of the engines. Where an engine is missing, its tests are skipped and the title says why;
 * with `CI=true` they run all the same, and fail.
 */
export function describeEngine(
  names: EngineName | readonly EngineName[],
  title: string,
  tests: (name: EngineName) => void,
): void {
  for (const name of [names].flat()) {
    const lack = process.env["CI"] === "true" ? undefined : missing(name);
    const reason = lack === undefined ? "" : ` (skipped: ${lack})`;
    describe.skipIf(lack !== undefined)(`${title} (${name})${reason}`, () => {
      tests(name);
    });
  }
}
