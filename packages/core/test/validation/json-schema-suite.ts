import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import type { ParamsSchema } from "@cloudmarker/store-api";
import { samplePath } from "../../../../test/support/shared-data.ts";

const ROOT = "suites/json-schema";

/** The JSON Schema test suite is beside the repository on some machines. */
export const hasSuite: boolean = existsSync(samplePath(ROOT));

/** A schema of the suite as that of one param called `x`, and what is tested with it. */
export interface SuiteGroup {
  /** `DRAFT/FILE: description`. */
  readonly name: string;
  readonly schema: ParamsSchema;
  readonly tests: readonly {
    readonly name: string;
    readonly value: { readonly x: unknown };
    readonly valid: boolean;
  }[];
}

interface Group {
  readonly description: string;
  readonly schema: boolean | object;
  readonly tests: readonly { readonly description: string; readonly data: unknown; readonly valid: boolean }[];
}

const DRAFTS = {
  "draft2020-12": "https://json-schema.org/draft/2020-12/schema",
  draft7: "http://json-schema.org/draft-07/schema#",
};

/** Every group of the required part of the suite, for both drafts that plugins may use. */
export function readSuite(): SuiteGroup[] {
  if (!hasSuite) return [];
  return Object.entries(DRAFTS).flatMap(([draft, $schema]) =>
    readdirSync(samplePath(`${ROOT}/${draft}`))
      .filter((file) => file.endsWith(".json"))
      .flatMap((file) => {
        const groups = JSON.parse(readFileSync(samplePath(`${ROOT}/${draft}/${file}`), "utf8")) as Group[];
        const place = `${draft.slice("draft".length)}/${basename(file, ".json")}`;
        return groups.map((group) => asParam(group, $schema, place));
      }),
  );
}

function asParam({ description, schema, tests }: Group, $schema: string, place: string): SuiteGroup {
  // With an id of its own, `#` means the schema of the suite.
  const x = typeof schema === "boolean" ? schema : { $id: "http://suite.example/", ...schema };
  const name = `${place}: ${description}`;
  return {
    name,
    schema: { $schema, type: "object", properties: { x } } as unknown as ParamsSchema,
    tests: tests.map((test) => ({ name: `${name}: ${test.description}`, value: { x: test.data }, valid: test.valid })),
  };
}
