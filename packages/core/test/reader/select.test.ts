// What `select` makes of a path where nothing is: no records, or the wrong path (L-06).
import { describe, expect, test } from "vitest";
import type { ReadOptions } from "../../src/reader/read-records.ts";
import type { NothingSelected } from "../../src/reader/select-records.ts";
import { cutAt, read } from "../records/support.ts";

interface Found {
  readonly texts: readonly string[];
  readonly error: string | undefined;
  readonly nothing: NothingSelected | undefined;
}

async function select(
  input: string | AsyncIterable<Uint8Array>,
  path: string | readonly string[],
  more: Partial<ReadOptions> = {},
): Promise<Found> {
  let nothing: NothingSelected | undefined;
  const { texts, error } = await read(input, { select: path, onNothing: (found) => (nothing = found), ...more });
  return { texts, error, nothing };
}

describe("if the parent exists, an absent or null last key means no records", () => {
  const NONE: [name: string, input: string, path: string][] = [
    ["the key is absent in every parent", '{"Results":[{"Target":"a"},{"Target":"b"}]}', "Results.Vulnerabilities"],
    ["the key is null", '{"Results":[{"Vulnerabilities":null}]}', "Results.Vulnerabilities"],
    ["absent here, null there", '{"Results":[{"T":1},{"Vulnerabilities":null}]}', "Results.Vulnerabilities"],
    ["the parent is an empty list", '{"Results":[]}', "Results.Vulnerabilities"],
    ["the parent is null, as Go writes an empty list", '{"Results":null}', "Results.Vulnerabilities"],
    ["the parent is an empty object", '{"Results":{}}', "Results.Vulnerabilities"],
    ["a JSON pointer", '{"Results":[{"T":1}]}', "/Results/Vulnerabilities"],
    ["a key with a dot", '{"a.b":{"x":1}}', "/a.b/c.d"],
    ["a number picks the parent", '{"runs":[{"x":1},{"results":[{"y":1}]}]}', "/runs/0/results"],
    ["a number that is past the end of the list", '{"runs":[{"x":1}]}', "/runs/4"],
    ["a number as the key of an object", '{"a":{"0":{"x":1}}}', "a.0.list"],
    ["a number is absent in an object", '{"a":{"1":{"x":1}}}', "a.0"],
    ["the document itself is the parent", '{"schema":2}', "items"],
    ["the document itself, and the key is null", '{"items":null}', "items"],
    ["several documents", '{"a":{"x":1}}\n{"a":{"list":null}}', "a.list"],
    ["several documents in an array", '[{"a":{"x":1}},{"a":{}}]', "a.list"],
    ["one of several documents has the parent", '{"z":1}\n{"a":{}}', "a.list"],
    ["a list on the way is empty", '{"Resources":[]}', "Resources.Results.Vulnerabilities"],
    ["lists in lists", '{"a":[[{"x":1}],[[{"y":1}]]]}', "a.list"],
    ["no document at all", "[]", "a.list"],
  ];
  for (const [name, input, path] of NONE) {
    test(`${name}, wherever the chunks end`, async () => {
      const bytes = Buffer.from(input);
      for (let at = 1; at <= bytes.length; at++) {
        const found = await select(cutAt(bytes, at), path);
        expect([at, found]).toEqual([at, { texts: [], error: undefined, nothing: expect.anything() }]);
      }
    });
  }

  test("and the place and a similar key are reported", async () => {
    const input = '{"Results":[{"Target":"a"},{"Target":"b","Vulnerabilites":[{"x":1}]},{}]}';
    expect((await select(input, "Results.Vulnerabilities")).nothing).toEqual({
      select: ["Results.Vulnerabilities"],
      parents: 3,
      near: "Vulnerabilites",
    });
    expect((await select('{"a":[{"items":null},{"item":1}]}', "a.items")).nothing).toEqual({
      select: ["a.items"],
      parents: 2,
    });
    expect((await select('{"a":{"b":1}}', "a.Vulnerabilities")).nothing).toEqual({
      select: ["a.Vulnerabilities"],
      parents: 1,
    });
  });

  test("but if one parent has it, nothing is reported", async () => {
    const SOME = [
      '{"Results":[{"T":1},{"Vulnerabilities":[{"n":1}]},{"Vulnerabilities":null}]}',
      '{"Results":[{"Vulnerabilities":{"one":{"n":1}}},{"T":1}]}',
      '{"Results":{"T":1}}\n{"Results":{"Vulnerabilities":[{"n":1}]}}',
    ];
    for (const input of SOME) {
      expect(await select(input, "Results.Vulnerabilities")).toEqual({
        texts: ['{"n":1}'],
        error: undefined,
        nothing: undefined,
      });
    }
    expect(await select('{"Results":[{"Vulnerabilities":[]}]}', "Results.Vulnerabilities")).toEqual({
      texts: [],
      error: undefined,
      nothing: undefined,
    });
  });
});

describe("a path whose parent does not exist is an error", () => {
  const WRONG: [name: string, input: string, path: string][] = [
    ["the parent is absent", '{"SchemaVersion":2}', "Results.Vulnerabilities"],
    ["the parent's parent is there", '{"a":{}}', "a.b.c"],
    ["a number that picks no parent", '{"runs":[{"x":1}]}', "/runs/4/results"],
    ["a number that picks no parent of an empty list", '{"runs":[]}', "/runs/0/results"],
    ["a list of documents without the key", '[{"n":1},{"n":2}]', "nowhere"],
    ["documents one after another", '{"n":1}\n{"n":2}', "no.where"],
  ];
  for (const [name, input, path] of WRONG) {
    test(`because ${name}`, async () => {
      const { texts, error, nothing } = await select(input, path);
      expect({ texts, error, nothing }).toEqual({
        texts: [],
        error: `in.json: nothing is at the path ${JSON.stringify(path)}`,
        nothing: undefined,
      });
    });
  }
});

test("a fault before the end of the input is an error, whatever was absent before it", async () => {
  const { error, nothing } = await select('{"Results":[{"T":1}', "Results.Vulnerabilities");
  expect(error).toContain("the text ends inside a document");
  expect(nothing).toBeUndefined();
});

describe("a value along the path that is not an object is a fault", () => {
  const FAULTS: [name: string, input: string, path: string, texts: string[], error: string][] = [
    ["text", '{"Results":"none"}', "Results.V", [], "byte 11, line 1, column 12: a value at Results is"],
    ["a number", '{"Results":0}', "Results.V", [], "byte 11, line 1, column 12: a value at Results is"],
    ["a list of numbers", '{"a":[1,2]}', "a.b", [], "byte 6, line 1, column 7: a value at a is"],
    ["one of a list", '{"a":[{"b":[{"n":1}]},\n5]}', "a.b", ['{"n":1}'], "byte 23, line 2, column 1: a value at a is"],
    [
      "an element at the top",
      '[{"a":[{}]},null]',
      "a",
      ["{}"],
      "byte 12, line 1, column 13: an element of the list is",
    ],
  ];
  test.each(FAULTS)("%s", async (_name, input, path, texts, error) => {
    const found = await select(input, path);
    const whole = `in.json: ${error} not an object, so nothing can be at the path "${path}" in it`;
    expect(found).toEqual({ texts, error: whole, nothing: undefined });
  });
});

async function passed(
  input: string | AsyncIterable<Uint8Array>,
  path: string | readonly string[],
  skips: boolean,
): Promise<string[]> {
  const told: string[] = [];
  const { error } = await read(input, {
    select: path,
    onPassedOver: ({ at, keys, missing, objects, first }) =>
      told.push(
        `${missing} of ${objects} at "${at}" without ${keys.join(" or ")}, line ${first.line}, column ${first.column}`,
      ),
    ...(skips && { onBadLines: () => undefined }),
  });
  expect(error).toBeUndefined();
  return told;
}

describe("objects without the next key of the path, beside others that have it, are reported", () => {
  test.each([
    ['{"items":[{"a":1}]}\n{"error":"throttled"}\n', "items", ['1 of 2 at "" without items, line 2, column 1']],
    ['[{"items":[{}]},\n {"x":1},{}]', "items", ['2 of 3 at "" without items, line 2, column 2']],
    ['{"a":[{"b":[{}]},\n{"c":1}]}', "a.b", ['1 of 2 at "a" without b, line 2, column 1']],
    [
      '{"a":{"b":[{}]}}\n{"x":1}\n{"a":{"c":1}}\n',
      "a.b",
      ['1 of 3 at "" without a, line 2, column 1', '1 of 2 at "a" without b, line 3, column 6'],
    ],
    ['{"r":[[{}],[{}]]}\n{"r":[[{}]]}\n', "/r/1", ['1 of 2 at "r" without 1, line 2, column 6']],
    ['{"z":1}\n{"a":{}}\n', "a.list", ['1 of 2 at "" without a, line 1, column 1']],
    // Null means an empty list. If no object has the last key, `onNothing` reports it.
    ['{"a":[{"b":[{}]},{"b":null}]}', "a.b", []],
    ['{"a":[{"c":1}]}', "a.b", []],
  ])("%j with %s", async (input, path, expected) => {
    const bytes = Buffer.from(input);
    for (let at = 1; at <= bytes.length; at++) {
      for (const skips of [false, true]) {
        expect([at, skips, await passed(cutAt(bytes, at), path, skips)]).toEqual([at, skips, expected]);
      }
    }
  });
});

describe("several paths are read in one go", () => {
  const TRIVY = ["Results.Vulnerabilities", "Results.Secrets", "Resources.Results.Secrets"];

  test.each([
    ["in the order of the input", '{"Results":[{"Secrets":[{"s":1}]},{"T":1,"Vulnerabilities":[{"v":1},{"v":2}]}]}'],
    ["in the same object", '{"Results":[{"Secrets":[{"s":1}],"Vulnerabilities":[{"v":1},{"v":2}]}]}'],
    ["below another key", '{"x":[1],"Resources":[{"Results":[{"Secrets":[{"s":1},{"v":1},{"v":2}]}]}]}'],
    [
      "over several documents",
      '{"Results":[{"Secrets":[{"s":1}]}]}\n{"Results":[{"Vulnerabilities":[{"v":1},{"v":2}]}]}',
    ],
  ])("%s, wherever the chunks end", async (_name, input) => {
    const bytes = Buffer.from(input);
    for (let at = 1; at <= bytes.length; at++) {
      for (const more of [{}, { onBadLines: () => undefined }]) {
        const found = await select(cutAt(bytes, at), TRIVY, more);
        const expected = { texts: ['{"s":1}', '{"v":1}', '{"v":2}'], error: undefined, nothing: undefined };
        expect([at, found]).toEqual([at, expected]);
      }
    }
  });

  test("a number and a name, and two numbers", async () => {
    const input = '{"a":[[{"n":1}],[{"n":2}],{"b":[{"n":3}]},{"b":[{"n":4}]}]}';
    expect((await select('{"a":[[{"n":1}],{"b":[{"n":2}]},{"b":[{"n":3}]}]}', ["a.0", "a.b"])).texts).toEqual([
      '{"n":1}',
      '{"n":2}',
      '{"n":3}',
    ]);
    expect((await select(input, ["a.1", "a.0"])).texts).toEqual(['{"n":1}', '{"n":2}']);
  });

  test("none of them leads to records: the places are counted, or the error names the paths", async () => {
    expect(await select('{"Results":[{"T":1},{"Secrets":null}]}', TRIVY)).toEqual({
      texts: [],
      error: undefined,
      nothing: { select: TRIVY, parents: 2 },
    });
    expect((await select('{"Results":[{"Secret":[]}]}', TRIVY)).nothing).toMatchObject({ near: "Secret" });
    const wrong = await select('{"Result":[]}', [...TRIVY, "Findings.Results.Secrets"]);
    expect(wrong.error).toBe(
      'in.json: nothing is at the paths "Results.Vulnerabilities", "Results.Secrets", "Resources.Results.Secrets" and 1 more',
    );
  });

  test("objects with none of the next keys are reported once", async () => {
    const input = '{"Results":[{"Secrets":[{}]},{"T":1}]}\n{"error":1}\n';
    expect(await passed(input, TRIVY, false)).toEqual([
      '1 of 2 at "" without Results or Resources, line 2, column 1',
      '1 of 2 at "Results" without Vulnerabilities or Secrets, line 1, column 30',
    ]);
  });

  test.each([
    [["a", "a.b"], 'One of "a" and "a.b" leads into what the other takes.'],
    [["a.b", "a"], 'One of "a.b" and "a" leads into what the other takes.'],
    [["a.b", "/a/b"], 'The path "a.b" is there twice.'],
    [["a", "b[]"], "Leave out [] and *"],
    [[], "select of readRecords() must be a string or a list of strings"],
    [["a", 5], "select of readRecords() must be a string or a list of strings"],
  ])("%j is refused", async (paths, why) => {
    const { error } = await read("{}", { select: paths as string[] });
    expect(error).toContain(why);
  });
});

/** Must not be asked. */
function isReport(): boolean {
  return expect.unreachable();
}

describe("a report without records is known by the keys of its documents", () => {
  test("the keys are those of all documents, and without an answer it is an error", async () => {
    const asked: (readonly string[])[] = [];
    const clean = await select('{"passed":0,"failed":0}\n[{"version":1}]', "results.failed", {
      isReport: (keys) => asked.push(keys) > 0,
    });
    expect(clean).toEqual({ texts: [], error: undefined, nothing: { select: ["results.failed"], parents: 0 } });
    expect(asked).toEqual([["passed", "failed", "version"]]);
    for (const path of ["results.failed", "results"]) {
      const wrong = await select('{"error":"no such image"}', path, { isReport: () => false });
      expect(wrong.error).toBe(`in.json: nothing is at the path "${path}"`);
      expect((await select('{"passed":0}', path, { isReport: () => true })).nothing?.select).toEqual([path]);
    }
  });

  test("it is asked only then", async () => {
    expect((await select('{"a":{"b":[{}]}}', "a.b", { isReport })).texts).toEqual(["{}"]);
    expect((await select('{"a":{}}', "a.b", { isReport })).nothing).toMatchObject({ parents: 1 });
    expect((await select('{"a":null}', "a", { isReport })).nothing).toMatchObject({ parents: 1 });
  });
});

describe("onFirst is told the value of the first record, once", () => {
  test.each([
    ["an array", '[{"n":1},{"n":2}]', {}],
    ["NDJSON", '{"n":1}\n{"n":2}\n', {}],
    ["several lines", '{"n":\n1}\n{"n":2}\n', {}],
    ["a list in a wrapper", '{"x":{"y":5},"a":[{"n":1},{"n":2}]}', { select: "a" }],
  ])("%s", async (_name, input, options) => {
    for (const more of [{}, { onBadLines: () => undefined }]) {
      const told: object[] = [];
      await read(input, { ...options, ...more, onFirst: (value) => told.push(value) });
      expect(told).toEqual([{ n: 1 }]);
    }
  });

  test("without a record it is not called", async () => {
    await read("[]", { onFirst: () => expect.unreachable() });
  });
});
