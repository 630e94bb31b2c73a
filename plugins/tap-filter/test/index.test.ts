import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHost, type HostOptions } from "@cloudmarker/core";
import type { Receipt } from "@cloudmarker/store-api";
import { memoryStore } from "@cloudmarker/store-testkit";
import { describe, expect, it, test } from "vitest";
import { hasSharedData, samplePath } from "../../../test/support/shared-data.ts";
import tapFilter, { type Condition } from "../src/index.ts";

const ignore = (): void => undefined;

function linesOf(file: string): string[] {
  return readFileSync(samplePath(file), "utf8").trim().split("\n");
}

/** The part of a text that is not the host's. */
function own(text: string): string {
  return text.slice(0, text.lastIndexOf(',"ext":'));
}

function numberIn(raw: unknown): number {
  return (raw as { n: number }).n;
}

/** What one store gets of records, as JSON texts or values. */
async function filtered(records: Iterable<unknown>, params: object, options: HostOptions = {}) {
  const plugin = memoryStore();
  const warnings: string[] = [];
  const host = createHost({
    stateDir: mkdtempSync(join(tmpdir(), "cloudmarker-tap-filter-")),
    config: {
      plugins: { store: { plugin, taps: ["some"] }, some: { plugin: tapFilter, params } },
      audits: { a: { stores: ["store"] } },
      run: ["a"],
    },
    logger: { debug: ignore, info: ignore, warn: (message) => void warnings.push(message), error: ignore },
    ...options,
  });
  await host.write(records);
  const receipt: Receipt = await host.done();
  const got = plugin.records;
  return { raws: got.map(({ value }) => value.raw), texts: got.map(({ json }) => json), receipt, warnings };
}

const RECORDS = [
  '{"n":0,"severity":"LOW","score":3.9,"open":true,"owner":null}',
  '{"n":1,"severity":"HIGH","score":7.50,"open":false,"tags":["a/b"]}',
  '{"n":2,"severity":"CRITICAL","score":14517067005933136034,"id":14517067005933136034}',
  '{"n":3,"severity":"high","score":"9"}',
];

const order = ["LOW", "MEDIUM", "HIGH", "CRITICAL"];

test.each<[string, Condition, number[]]>([
  ["equals a text", { pointer: "/raw/severity", equals: "HIGH" }, [1]],
  ["equals a number, however it is written", { pointer: "/raw/score", equals: 7.5 }, [1]],
  ["equals true", { pointer: "/raw/open", equals: true }, [0]],
  ["equals null, which is not the same as nothing", { pointer: "/raw/owner", equals: null }, [0]],
  ["equals a long number by its digits", { pointer: "/raw/id", equals: "14517067005933136034" }, [2]],
  ["in", { pointer: "/raw/severity", in: ["HIGH", "CRITICAL"] }, [1, 2]],
  ["at_least a number, and a text is none", { pointer: "/raw/score", at_least: 7 }, [1, 2]],
  ["at_least in an order, and what is not in it is not", { pointer: "/raw/severity", at_least: "HIGH", order }, [1, 2]],
  ["matches", { pointer: "/raw/severity", matches: "^[hH]" }, [1, 3]],
  ["matches no number", { pointer: "/raw/score", matches: "9" }, [3]],
  ["exists", { pointer: "/raw/tags/0", exists: true }, [1]],
  ["exists, also null", { pointer: "/raw/owner", exists: true }, [0]],
  ["does not exist", { pointer: "/raw/owner", exists: false }, [1, 2, 3]],
  ["a pointer in com", { pointer: "/com/origin_worker", equals: "w" }, []],
  ["a key that every object inherits", { pointer: "/raw/constructor", exists: true }, []],
  ["not", { not: { pointer: "/raw/open", equals: true } }, [1, 2, 3]],
  [
    "and, or",
    {
      or: [
        {
          and: [
            { pointer: "/raw/severity", equals: "LOW" },
            { pointer: "/raw/open", equals: true },
          ],
        },
        { pointer: "/raw/n", equals: 3 },
      ],
    },
    [0, 3],
  ],
])("%s", async (_name, condition, numbers) => {
  const kept = await filtered(RECORDS, { keep: condition });
  expect(kept.raws.map(numberIn)).toEqual(numbers);
  expect(kept.receipt).toMatchObject({ ok: true, received: 4, filtered: 4 - numbers.length });
  const dropped = await filtered(RECORDS, { drop: condition });
  expect(dropped.raws.map(numberIn)).toEqual([0, 1, 2, 3].filter((one) => !numbers.includes(one)));
});

test("keep and drop: both must let a record through", async () => {
  const params = { keep: { pointer: "/raw/n", at_least: 1 }, drop: { pointer: "/raw/n", equals: 2 } };
  expect((await filtered(RECORDS, params)).texts.map((text) => /"n":(\d)/.exec(text)?.[1])).toEqual(["1", "3"]);
});

test("a pointer that led to nothing in any record is told: it may be a slip", async () => {
  const { warnings, raws } = await filtered(RECORDS, { keep: { pointer: "/raw/severty", equals: "HIGH" } });
  expect(raws).toEqual([]);
  expect(warnings).toContain("/raw/severty led to a value in none of the 4 records on which tap-filter tried it.");
});

describe("a condition that cannot work is a problem of the configuration", () => {
  it.each([
    ["no condition", {}, [], "params has neither keep nor drop: nothing would be filtered. Give one of them."],
    [
      "no pointer into a record",
      { keep: { pointer: "severity", equals: 1 } },
      ["keep", "pointer"],
      'params.keep.pointer is "severity", must match ^/(raw|ext|com)(/([^~/]|~[01])*)*$. (A JSON pointer that begins with /raw, /ext or /com, such as /raw/severity.)',
    ],
    [
      "no operator",
      { keep: { pointer: "/raw/a" } },
      ["keep"],
      "params.keep asks nothing. Give one of equals, in, at_least, matches, exists, and, or, not.",
    ],
    [
      "two operators",
      { keep: { pointer: "/raw/a", equals: 1, in: [1] } },
      ["keep"],
      "params.keep has equals and in. Give one of them, or join two with and.",
    ],
    [
      "an unknown operator",
      { keep: { pointer: "/raw/a", equal: 1 } },
      ["keep", "equal"],
      'params.keep has an unknown key "equal". Did you mean "equals"?',
    ],
    [
      "no pointer",
      { keep: { equals: 1 } },
      ["keep"],
      "params.keep.pointer is missing; it goes with params.keep.equals. (A JSON pointer that begins with /raw, /ext or /com, such as /raw/severity.)",
    ],
    [
      "a pattern that is none",
      {
        keep: {
          and: [
            { pointer: "/raw/b", exists: true },
            { pointer: "/raw/a", matches: "(" },
          ],
        },
      },
      ["keep", "and", 1, "matches"],
      "params.keep.and[1].matches is no pattern: Invalid regular expression: /(/u: Unterminated group.",
    ],
    [
      "a text without an order",
      { keep: { or: [{ pointer: "/raw/a", at_least: "HIGH" }] } },
      ["keep", "or", 0, "at_least"],
      "params.keep.or[0].at_least is a text. Give order too: the texts from the least, such as [LOW, HIGH].",
    ],
    [
      "a number with an order",
      { keep: { pointer: "/raw/a", at_least: 1, order } },
      ["keep", "at_least"],
      "params.keep.at_least is a number, and order is for texts.",
    ],
    [
      "a text that its order does not have",
      { drop: { pointer: "/raw/s", at_least: "HGH", order } },
      ["drop", "at_least"],
      'params.drop.at_least is "HGH", which is not in order (LOW, MEDIUM, HIGH, CRITICAL).',
    ],
    [
      "below a not",
      { drop: { not: { pointer: "/raw/a", in: [] } } },
      ["drop", "not", "in"],
      "params.drop.not.in must not be empty. (Holds if the value is one of these.)",
    ],
  ])("%s", async (_name, params, path, message) => {
    await expect(filtered([], params)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      problems: [{ path: ["plugins", "some", "params", ...path], message }],
    });
  });
});

describe.runIf(hasSharedData)("on real scanner output", () => {
  it("keeps the texts of what it keeps to the byte", async () => {
    const all = linesOf("gcp-asset-inventory/mock_cai_resources.dump");
    const keep = { pointer: "/raw/asset_type", matches: "^compute\\." };
    const wanted = all.filter((line) =>
      (JSON.parse(line) as { asset_type?: string }).asset_type?.startsWith("compute."),
    );
    const whole = await filtered(all, { keep: { pointer: "/com", exists: true } });
    const { texts, receipt } = await filtered(all, { keep });
    expect(wanted.length).toBeGreaterThan(0);
    expect(texts).toHaveLength(wanted.length);
    expect(receipt.filtered).toBe(all.length - wanted.length);
    const known = new Set(whole.texts.map(own));
    expect(texts.filter((text) => !known.has(own(text)))).toEqual([]);
  });

  it("keeps the findings of Prowler from a severity on", async () => {
    const all = JSON.parse(readFileSync(samplePath("prowler/prowler-output.asff.json"), "utf8")) as {
      Severity: { Label: string };
    }[];
    const levels = ["INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL"];
    const wanted = all.filter(({ Severity: { Label } }) => levels.indexOf(Label) >= levels.indexOf("HIGH"));
    const before = structuredClone(all);
    const { raws } = await filtered(all, {
      keep: { pointer: "/raw/Severity/Label", at_least: "HIGH", order: levels },
    });
    expect(wanted.length).toBeGreaterThan(0);
    expect(raws).toEqual(wanted);
    expect(all).toEqual(before);
  });
});
