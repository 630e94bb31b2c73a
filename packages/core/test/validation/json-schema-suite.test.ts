// The JSON Schema test suite, where it is there: what it calls invalid has a problem, and what it calls valid has none
// (L-23).
import { describe, expect, it } from "vitest";
import { compileSchema } from "../../src/validation/compile-schema.ts";
import { closeSchema, normalizeSchema } from "../../src/validation/normalize-schema.ts";
import { copyValue } from "../../src/validation/plain-value.ts";
import { quickCheck } from "../../src/validation/quick-check.ts";
import { createParamsValidator } from "../../src/validation/validate-params.ts";
import { hasSuite, readSuite } from "./json-schema-suite.ts";
import { DIFFERENT, REFUSED } from "./suite-differences.ts";

const REFUSALS = new Map(REFUSED.flatMap(({ groups, message }) => groups.map((name) => [name, message] as const)));
const DIFFERENCES = new Set(DIFFERENT.flatMap(({ tests }) => tests));
const SUITE = readSuite();

describe.skipIf(!hasSuite)("the JSON Schema test suite", () => {
  it("is judged as the suite says, except what is refused or different on purpose", async () => {
    const wrong: string[] = [];
    const refused: string[] = [];
    for (const { name, schema, tests } of SUITE) {
      const validator = await createParamsValidator(schema, "suite").catch((error: unknown) => {
        const listed = REFUSALS.get(name);
        if (listed === undefined || !String(error).includes(listed)) wrong.push(`${name}: ${String(error)}`);
        refused.push(name);
      });
      for (const test of validator ? tests : []) {
        const problems = (await validator?.check(test.value, []))?.problems ?? [];
        const expected = test.valid !== DIFFERENCES.has(test.name);
        if ((problems.length === 0) !== expected) wrong.push(`${test.name}: ${problems.map(({ message }) => message)}`);
        if (problems.some(({ message }) => /NaN|undefined|report it/.test(message)))
          wrong.push(`${test.name}: wording`);
      }
    }
    expect(wrong).toEqual([]);
    expect(refused.toSorted()).toEqual([...REFUSALS.keys()].toSorted());
    expect(SUITE.length - refused.length).toBeGreaterThan(500);
  });

  it("is judged alike by the quick check, if that supports the schema", async () => {
    let taken = 0;
    for (const { name, schema, tests } of SUITE) {
      if (REFUSALS.has(name)) continue;
      const { root, draft } = normalizeSchema(schema, "suite");
      closeSchema(root);
      const quick = quickCheck(root);
      if (!quick) continue;
      taken++;
      const ajv = await compileSchema(structuredClone(root), draft, "suite");
      for (const test of tests) {
        const [mine, theirs] = [copyValue(test.value), copyValue(test.value)];
        const valid = ajv(theirs);
        // What is filled in counts only where the value is valid.
        const own = { name: test.name, valid: quick(mine), value: valid && mine };
        expect(own).toEqual({ name: test.name, valid, value: valid && theirs });
      }
    }
    expect(taken).toBeGreaterThan(50);
  });
});
