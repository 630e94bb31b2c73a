import { onTestFinished, describe, expect, it } from "vitest";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHost, formatProblem, WrittenScalar } from "../../src/index.ts";
import { folderWith } from "../config/harness.ts";
import { Collector } from "../support/collector.ts";

const params = {
  type: "object",
  additionalProperties: false,
  properties: {
    text: { type: "string", minLength: 2 },
    password: { type: ["string", "null"], writeOnly: true },
    port: { type: "integer", minimum: 1 },
    ratio: { type: "number" },
    flag: { type: "boolean" },
    texts: { type: "array", items: { type: "string" } },
    names: { type: "object", additionalProperties: { type: "string" } },
    either: { type: ["string", "integer"] },
    flagged: { type: ["string", "boolean"] },
    version: { enum: ["7", "8"] },
    mode: { anyOf: [{ type: "string", pattern: "^0?[0-7]{3}$" }, { type: "object" }] },
    limit: { anyOf: [{ type: "string" }, { type: "integer", minimum: 100 }] },
  },
};

interface Result {
  readonly params: Record<string, unknown> | undefined;
  readonly problems: readonly string[];
  readonly mask: (text: string) => string;
}

async function inspect(plugin: object, options: object): Promise<Result> {
  const stateDir = mkdtempSync(join(tmpdir(), "cloudmarker-texts-"));
  onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }));
  const { stores, problems, mask } = await createHost({
    plugins: { mine: plugin as never },
    stateDir,
    ...options,
  }).inspect();
  return { params: stores[0]?.params, problems: problems.map((one) => formatProblem(one)), mask };
}

const plugin = { ...new Collector().plugin, params };

/** What these params of a file come to. */
function inFile(text: string, env: Record<string, string> = {}): Promise<Result> {
  const cwd = folderWith({
    "c.yaml": `plugins: { s: { plugin: mine, params: { ${text} } } }\naudits: { a: { stores: [s] } }\n`,
  });
  return inspect(plugin, { configFile: "c.yaml", cwd, env });
}

/** What these params of an embedding program come to. */
function inProgram(given: Record<string, unknown>): Promise<Result> {
  return inspect(plugin, { stores: { s: { plugin: "mine", params: given } } });
}

describe("if the schema wants text, the text is used as it was written (L-46)", () => {
  it.each([
    ["0123"],
    ["12345"],
    ["1e3"],
    ["0x1F"],
    ["0o17"],
    ["1_000"],
    ["1.0"],
    ["-0.50"],
    ["+7"],
    ["12345678901234567890"],
    ["yes"],
    ["true"],
    ["False"],
    [".inf"],
    [".NaN"],
    ["2026-11-30"],
  ])("%s", async (written) => {
    const { params: read, problems } = await inFile(
      `text: ${written}, password: ${written}, texts: [ab, ${written}], names: { n: ${written} }`,
    );
    expect(problems).toEqual([]);
    expect(read).toMatchObject({
      text: written,
      password: written,
      texts: ["ab", written],
      names: { n: written },
    });
  });

  it("in the branch of a union that is text, and among listed texts", async () => {
    expect(await inFile("mode: 0640, version: 8")).toMatchObject({ params: { mode: "0640", version: "8" } });
  });

  it("a union of text and another type stays what YAML says", async () => {
    expect(await inFile("either: 7, flagged: true")).toMatchObject({ params: { either: 7, flagged: true } });
    expect(await inFile('either: "7", flagged: no')).toMatchObject({ params: { either: "7", flagged: "no" } });
    expect((await inFile("limit: 7")).problems).toHaveLength(1);
  });

  it("null is not a text, and what is written must fit all the same", async () => {
    expect(await inFile("password: null")).toMatchObject({ params: { password: null }, problems: [] });
    expect((await inFile("text: null")).problems[0]).toContain("params.text is empty (null)");
    expect((await inFile("text: 5")).problems[0]).toContain("c.yaml:1:");
    expect((await inFile("version: 9")).problems).toHaveLength(1);
  });

  it("the text of a secret is masked, not only the number that YAML makes of it", async () => {
    const { mask } = await inFile("password: 001234567");
    expect(mask("the password is 001234567")).toBe("the password is ********");
  });

  it("beside plugin as well", async () => {
    const cwd = folderWith({
      "c.yaml": "plugins: { s: { plugin: mine, text: 0123, port: '9200' } }\naudits: { a: { stores: [s] } }\n",
    });
    expect(await inspect(plugin, { configFile: "c.yaml", cwd })).toMatchObject({
      params: { text: "0123", port: 9200 },
    });
  });

  it("of a program, the written text is used if the program gives it", async () => {
    expect((await inProgram({ text: 12_345 })).problems).toHaveLength(1);
    expect(await inProgram({ text: new WrittenScalar(1000, "1e3") })).toMatchObject({ params: { text: "1e3" } });
  });
});

describe("if the schema wants a number, true or false (L-63)", () => {
  it("a text in a file that is a whole number is that number", async () => {
    expect(await inFile(`port: "9200", ratio: '-3'`)).toMatchObject({
      params: { port: 9200, ratio: -3 },
      problems: [],
    });
  });

  it.each([["9200.5"], ["0x10"], ["nine"], [" 9200"], ["1e3"], ["9200s"]])("not %j", async (text) => {
    const { problems } = await inFile(`port: "${text}"`);
    expect(problems).toHaveLength(1);
  });

  it.each([
    ["no", false],
    ["off", false],
    ["No", false],
    ["OFF", false],
    ["yes", true],
    ["on", true],
  ])("%s without quotes is %s, as in YAML 1.1 (MC-4)", async (word, value) => {
    expect(await inFile(`flag: ${word}`)).toMatchObject({ params: { flag: value }, problems: [] });
    expect((await inFile(`flag: "${word}"`)).problems[0]).toContain("must be true or false");
  });

  it("a program gives the right type", async () => {
    const { problems } = await inProgram({ port: "80" });
    expect(problems).toHaveLength(1);
  });
});
