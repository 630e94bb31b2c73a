// yaml-test-suite: what is a map says what the suite says, or is refused for a reason; what is not YAML is refused.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { samplePath } from "../../../../test/support/shared-data.ts";
import { parseYaml } from "../../src/config/parse-yaml.ts";
import { plainOf } from "../../src/config/tree.ts";

const ROOT = "suites/yaml/src";
const isThere = existsSync(samplePath(ROOT));

interface Case {
  readonly name: string;
  readonly yaml: string;
  /** What its only document is, as JSON, where JSON can say that. */
  readonly json?: string | null;
  readonly fail?: boolean;
  /** The suite itself leaves out the file. */
  readonly skip?: boolean;
}

/** The cases; each file has some. */
function readSuite(): Case[] {
  if (!isThere) return [];
  return readdirSync(samplePath(ROOT)).flatMap((file) => {
    const cases = parse(readFileSync(samplePath(`${ROOT}/${file}`), "utf8")) as Case[];
    if (cases[0]?.skip === true) return [];
    return cases.map((one, index) => ({ ...one, name: `${file}, ${index}: ${one.name}`, yaml: visible(one.yaml) }));
  });
}

/** The suite writes some characters as others that can be seen. */
function visible(text: string): string {
  const end = text.replace(/∎\n$/u, "").replaceAll("␣", " ").replaceAll(/—*»/gu, "\t");
  return end.replaceAll("←", "\r").replaceAll("⇔", "\uFEFF").replaceAll("↵", "");
}

/** What the suite says that the only document is; undefined where that is not a map, or a map that JSON cannot hold. */
function mapOf({ json }: Case): object | undefined {
  try {
    const value = JSON.parse(json ?? "") as unknown;
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const SOURCE = { name: "suite.yaml", isFile: true, directory: "/" };

/** What is YAML and no configuration, or more than plain data. */
const ON_PURPOSE: readonly RegExp[] = [
  /^A configuration is a map with keys/u,
  /^This file has no content/u,
  /^A second document begins here/u,
  /^(?:The tag !|A tag \()/u,
  / is here a second time/u,
  /^A key must be a plain text/u,
  // An alias can only replace a value, not a key or nothing.
  /^This anchor has no value/u,
  /^There is no such anchor above this alias/u,
];

describe.skipIf(!isThere)("yaml-test-suite (skipped if the folder shared/data/suites is absent)", () => {
  const cases = readSuite();

  test("is there whole", () => {
    expect(cases).toHaveLength(402);
  });

  test("what is not YAML is refused", async () => {
    const taken: string[] = [];
    for (const { name, yaml } of cases.filter(({ fail }) => fail === true)) {
      const { problems } = await parseYaml(Buffer.from(yaml), SOURCE);
      if (problems.length === 0) taken.push(name);
    }
    expect(taken).toEqual([]);
  });

  test("what is YAML is read as it should be, or refused on purpose", async () => {
    const wrong: unknown[] = [];
    let read = 0;
    for (const one of cases.filter(({ fail }) => fail !== true)) {
      const { root, problems } = await parseYaml(Buffer.from(one.yaml), SOURCE);
      const [problem] = problems;
      const expected = mapOf(one);
      const isRight = problem
        ? ON_PURPOSE.some((reason) => reason.test(problem.message))
        : expected === undefined || isDeepStrictEqual(plainOf(root), expected);
      if (!isRight) wrong.push([one.name, problem?.message ?? plainOf(root), expected]);
      if (!problem) read++;
    }
    expect(wrong).toEqual([]);
    expect(read).toBeGreaterThan(100);
  });
});
