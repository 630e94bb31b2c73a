import type { ParamsSchema } from "@cloudmarker/store-api";

/** A pointer into a record. */
const pointer = {
  type: "string",
  pattern: "^/(raw|ext|com)(/([^~/]|~[01])*)*$",
  description: "A JSON pointer that begins with /raw, /ext or /com, such as /raw/severity.",
} as const;
const scalar = { type: ["string", "number", "boolean", "null"] } as const;
const condition = { $ref: "#/$defs/condition" } as const;

function conditions(description: string): object {
  return { type: "array", minItems: 1, items: condition, description };
}

function texts(description: string): object {
  return { type: "array", minItems: 1, items: { type: "string" }, description };
}

/** The params schema of `@cloudmarker/tap-filter`. */
export const params: ParamsSchema = {
  type: "object",
  additionalProperties: false,
  properties: {
    keep: { ...condition, description: "Only records for which this condition holds are kept." },
    drop: { ...condition, description: "Records for which this condition holds are dropped." },
  },
  $defs: {
    condition: {
      type: "object",
      additionalProperties: false,
      properties: {
        pointer,
        equals: { ...scalar, description: "Holds if the value is this one." },
        in: { type: "array", minItems: 1, items: scalar, description: "Holds if the value is one of these." },
        at_least: {
          type: ["number", "string"],
          description:
            "Holds if the value is a number and not less; with `order`, if it is this text or stands behind it there.",
        },
        order: texts("The texts that `at_least` compares, from the least."),
        matches: { type: "string", description: "Holds if the value is a text in which this pattern is found." },
        exists: { type: "boolean", description: "Holds if there is a value, or if there is none." },
        and: conditions("Holds if all of these hold."),
        or: conditions("Holds if one of these holds."),
        not: { ...condition, description: "Holds if this does not." },
      },
      dependentRequired: {
        ...Object.fromEntries(["equals", "in", "at_least", "matches", "exists"].map((kind) => [kind, ["pointer"]])),
        order: ["at_least"],
      },
    },
  },
};
