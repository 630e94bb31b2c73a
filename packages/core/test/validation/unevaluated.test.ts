/* oxlint-disable unicorn/no-thenable -- `then` is a keyword of JSON Schema */
import type { ParamsSchema } from "@cloudmarker/store-api";
import { describe, expect, it } from "vitest";
import { createParamsValidator } from "../../src/validation/validate-params.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { evaluate, type PlainSchema } from "./plain-reading.ts";

const SEED = Number(process.env["SEED"] ?? 20_261_130);
const KEYS = ["a", "b", "c", "d"];
const MEMBERS: PlainSchema[] = [{}, { const: 1 }, { const: 2 }, { type: "number" }];

const { chance, pick } = seededRandom(SEED);

function randomSchema(depth: number): PlainSchema {
  const schema: PlainSchema = { type: "object" };
  const some = (): PlainSchema[] => [randomSchema(depth - 1), ...(chance(0.6) ? [randomSchema(depth - 1)] : [])];
  const required = KEYS.filter(() => chance(0.15));
  if (required.length > 0) schema.required = required;
  if (chance(0.7)) {
    schema.properties = Object.fromEntries(KEYS.filter(() => chance(0.4)).map((key) => [key, pick(MEMBERS)]));
  }
  if (chance(0.1)) schema.additionalProperties = pick([{ const: 1 }, false]);
  if (chance(0.1)) schema.patternProperties = { "^[xyz]": {} };
  if (depth === 0) return schema;
  if (chance(0.25)) schema.allOf = some();
  if (chance(0.25)) schema.anyOf = some();
  if (chance(0.25)) schema.oneOf = some();
  if (chance(0.1)) schema.not = randomSchema(0);
  if (chance(0.25)) {
    schema.if = randomSchema(depth - 1);
    if (chance(0.75)) schema.then = randomSchema(depth - 1);
    if (chance(0.65) || !schema.then) schema.else = randomSchema(depth - 1);
  }
  if (chance(0.2)) schema.dependentSchemas = { [pick(KEYS)]: randomSchema(depth - 1) };
  if (chance(0.15)) schema.unevaluatedProperties = pick([{ const: 1 }, false]);
  return schema;
}

function randomValue(): Record<string, unknown> {
  const keys = [...KEYS, "x"].filter(() => chance(0.45));
  return Object.fromEntries(keys.map((key) => [key, pick([1, 2, "s"])]));
}

describe("unevaluatedProperties", () => {
  it(`judges as the standard reads, whatever it stands beside (L-23, seed ${SEED})`, async () => {
    for (let n = 0; n < 60; n++) {
      const schema: PlainSchema = {
        ...randomSchema(2),
        unevaluatedProperties: pick<PlainSchema | false>([{ const: 1 }, false, false]),
      };
      const params = { type: "object", properties: { x: schema } } as unknown as ParamsSchema;
      const validator = await createParamsValidator(params, "random");
      for (let m = 0; m < 25; m++) {
        const x = randomValue();
        const { problems } = await validator.check({ x }, []);
        expect({ schema, x, valid: problems.length === 0 }).toEqual({
          schema,
          x,
          valid: evaluate(schema, x) !== undefined,
        });
      }
    }
  });

  it("reports what is wrong with a member by its own schema", async () => {
    const schema = {
      type: "object",
      properties: { a: {} },
      dependentSchemas: { a: { properties: { b: {} } } },
      unevaluatedProperties: { type: "object", properties: { port: { type: "integer", minimum: 0 } } },
    } as unknown as ParamsSchema;
    const validator = await createParamsValidator({ type: "object", properties: { x: schema } }, "demo");
    const { problems } = await validator.check({ x: { a: 1, b: 2, c: { port: -4 } } }, ["plugins", "s", "params"]);
    expect(problems).toEqual([
      {
        code: "minimum",
        message: "params.x.c.port is -4, must be at least 0.",
        path: ["plugins", "s", "params", "x", "c", "port"],
        at: "value",
      },
    ]);
  });
});
