import { gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { SelectHint } from "../../src/reader/select-hints.ts";
import { readRecords } from "../../src/reader/read-records.ts";
import { chunked, compact, cutAt, random, randomJson, read } from "../records/support.ts";

const NASTY =
  String.raw`{"k é😀":"\"\\{[日","n":14517067005933136034,"s":"\ud83d x\/","e":[],"o":{},"u":"` +
  "\u2028" +
  String.raw`","l":[1.0,-0,true,null]}`;
const PRETTY = '{\n  "a": [\n    1,\n    2\n  ],\r\n\t"b": "x  y",\n  "c": {}\n}';
const ON_ONE_LINE = '{"a": [1,2],"b": "x  y","c": {}}';

async function* broken(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('{"a":1}\n{"b"');
  throw new Error("EIO");
}

const hintsOf = async (input: string): Promise<readonly SelectHint[]> => {
  let found: readonly SelectHint[] = [];
  await read(input, { onHint: (hints) => (found = hints) });
  return found;
};

const items = (count: number): string =>
  JSON.stringify(Array.from({ length: count }, (_value, id) => ({ id, name: "item" })));

describe("forms of input", () => {
  const forms: Record<string, [string | Uint8Array, string[]]> = {
    "an array": [`[${NASTY}, {"b": 2}]`, [NASTY, '{"b": 2}']],
    "a pretty array": [`[\n  ${PRETTY},\n  ${NASTY}\n]\n`, [ON_ONE_LINE, NASTY]],
    "an empty array": [" [ ] ", []],
    NDJSON: [`${NASTY}\n{"b":2}\n`, [NASTY, '{"b":2}']],
    "NDJSON with CRLF, blank lines and no last line break": [
      `{"a": 1}\r\n\r\n \n  {"b":2} \r\n{"c":3}`,
      ['{"a": 1}', '{"b":2}', '{"c":3}'],
    ],
    "objects on one line": [`{"a":1}{"b":2} {"c":"}{"}`, ['{"a":1}', '{"b":2}', '{"c":"}{"}']],
    "pretty objects one after another": [`${PRETTY}\n${PRETTY}{"x":1}\n`, [ON_ONE_LINE, ON_ONE_LINE, '{"x":1}']],
    "one object": [PRETTY, [ON_ONE_LINE]],
    "a byte order mark": [`\uFEFF{"a":1}\n\uFEFF{"b":2}\n`, ['{"a":1}', '{"b":2}']],
    "arrays one after another": ['[{"a":1}]\n[{"b":2}]{"c":3}', ['{"a":1}', '{"b":2}', '{"c":3}']],
    "a bare carriage return between members": ['{"a":1,\r"b":2}\n{"c":3}\n', ['{"a":1,"b":2}', '{"c":3}']],
    nothing: ["", []],
    "white space only": [" \r\n\n ", []],
    gzip: [gzipSync(`${NASTY}\n{"b":2}\n`), [NASTY, '{"b":2}']],
    zstd: [zstdCompressSync(`${NASTY}\n{"b":2}\n`), [NASTY, '{"b":2}']],
    "gzip of several members": [
      Buffer.concat([gzipSync(`[${NASTY},`), gzipSync(""), gzipSync('{"b":2}]')]),
      [NASTY, '{"b":2}'],
    ],
  };
  for (const [name, [input, expected]] of Object.entries(forms)) {
    test(`reads ${name}, wherever the chunks end`, async () => {
      const bytes = Buffer.from(input as string);
      const { texts, error } = await read(bytes);
      expect(error).toBeUndefined();
      expect(texts).toEqual(expected);
      for (let at = 1; at < bytes.length; at++) {
        const cut = await read(cutAt(bytes, at));
        expect([at, cut.error, cut.texts]).toEqual([at, undefined, expected]);
      }
      expect((await read(chunked(bytes, 1))).texts).toEqual(expected);
    });
  }

  test("says which texts are records and how many bytes they have", async () => {
    const lines = [
      '{"raw":1,"com":{}}',
      '{"com":{},"ext":"é"}',
      '{"com":{}}',
      '{"raw":1,"com":{},"id":1}',
      '{"raw":1,"com":[]}',
    ];
    const { records } = await read(lines.join("\n"));
    expect(records.map((record) => record.isRecord)).toEqual([true, true, false, false, false]);
    expect(records.map((record) => record.bytes)).toEqual(lines.map((line) => Buffer.byteLength(line)));
  });

  test("reads what JSON.parse reads, for random documents in random chunks", async () => {
    const next = random(20261123);
    for (let round = 0; round < 300; round++) {
      const documents = Array.from({ length: 1 + Math.floor(next() * 4) }, () => randomJson(next, 4, "object"));
      const source = Buffer.from(round % 2 === 0 ? `[${documents.join(" ,\n")}]` : documents.join("\n"));
      const { texts, error } = await read(chunked(source, 1 + Math.floor(next() * 40)));
      expect(error).toBeUndefined();
      expect(texts.map(compact)).toEqual(documents.map(compact));
      expect(texts.join("")).not.toMatch(/[\r\n]/);
      expect(texts.map((text) => JSON.parse(text))).toEqual(documents.map((text) => JSON.parse(text)));
    }
  });

  test("never keeps more than a record: 200,000 records in one array", async () => {
    const chunk = Buffer.from(`${'{"name":"x","value":1},'.repeat(10_000)}`);
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("[");
      for (let i = 0; i < 20; i++) yield chunk;
      yield Buffer.from("{}]");
    }
    const before = process.memoryUsage().arrayBuffers;
    const { records, error } = await read(endless());
    expect([records.length, error]).toEqual([200_001, undefined]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 * 1024 * 1024);
  });
});

describe("faults", () => {
  const FAULTS: [name: string, input: string | Buffer, before: number, message: string][] = [
    [
      "an array that is cut off",
      '[{"a":1},\n{"b":2},\n',
      2,
      "byte 19, line 3, column 1: the array is not closed: the producer was cut off",
    ],
    [
      "an array that is cut off behind a record",
      '[{"a":1}',
      1,
      "byte 8, line 1, column 9: the array is not closed: the producer was cut off",
    ],
    [
      "an array that is cut off in a record",
      '[{"a":1},\n{"b":[2,',
      1,
      "byte 10, line 2, column 1: the record that begins here is not closed: the producer was cut off",
    ],
    [
      "an object that is cut off in a string",
      '{"a":1}\n{"b":"x',
      1,
      "byte 8, line 2, column 1: the record that begins here is not closed: the producer was cut off",
    ],
    [
      "a line that is cut off in a string",
      '{"a":1}\n{"b":"x\n{"c":3}\n',
      1,
      "byte 15, line 2, column 8: an unescaped line break in a string",
    ],
    [
      "a line that is cut off between members",
      '{"a":1}\n{"b":1,\n{"c":3}\n',
      1,
      'byte 16, line 3, column 1: expected a key, found "{\\"c\\":3}"',
    ],
    [
      "a log line",
      '{"a":1}\n2026-11-23 INFO scanning\n{"b":2}\n',
      1,
      'byte 8, line 2, column 1: a line that is not JSON: "2026-11-23 INFO scanning"',
    ],
    [
      "a log line in an array",
      '[{"a":1},\nINFO x\n{"b":2}]',
      1,
      'byte 10, line 2, column 1: an array element that is not JSON: "INFO x"',
    ],
    [
      "a long log line",
      `${"x".repeat(300)}\n`,
      0,
      `byte 0, line 1, column 1: a line that is not JSON: "${"x".repeat(60)}…"`,
    ],
    [
      "a JavaScript assignment",
      'scoutsuite_results =\n{"a":1}',
      0,
      'byte 0, line 1, column 1: JavaScript, not JSON: "scoutsuite_results ="',
    ],
    [
      "an element that is not an object",
      '[{"a":1}, 12]',
      1,
      'byte 10, line 1, column 11: an array element that is not an object: "12]"',
    ],
    [
      "an element that is an array",
      '[[{"a":1}]]',
      0,
      'byte 1, line 1, column 2: an array element that is not an object: "[{\\"a\\":1}]]"',
    ],
    [
      "a value that is not an object",
      '{"a":1}\n"x"\n',
      1,
      'byte 8, line 2, column 1: a value that is not an object: "\\"x\\""',
    ],
    ["a trailing comma in an array", '[{"a":1},]', 1, "byte 9, line 1, column 10: a trailing comma before ]"],
    [
      "a trailing comma in a record",
      '[{"a":1},{"é":[1,]}]',
      1,
      "byte 18, line 1, column 19: a trailing comma before ]",
    ],
    ["a trailing comma in an object", '{"a":1,}', 0, "byte 7, line 1, column 8: a trailing comma before }"],
    [
      "a missing comma in an array",
      '[{"a":1} {"b":2}]',
      1,
      'byte 9, line 1, column 10: a missing comma before "{\\"b\\":2}]"',
    ],
    ["a comma too many", '[,{"a":1}]', 0, "byte 1, line 1, column 2: a comma without a value before it"],
    [
      "commas between records without an array",
      '{"a":1},\n{"b":2}',
      1,
      "byte 7, line 1, column 8: a comma between records outside an array",
    ],
    ["NaN", '{"a":1}\n{"b":\n  NaN}', 1, "byte 16, line 3, column 3: NaN: JSON has no such number"],
    ["single quotes", "{'a':1}", 0, "byte 1, line 1, column 2: a single quote: JSON uses double quotes"],
    ["two numbers on two lines", '{"a":1\n2}', 0, 'byte 7, line 2, column 1: a missing comma before "2}"'],
    ["a number with a leading zero", '{"a":01}', 0, 'byte 5, line 1, column 6: a number that is not valid JSON: "01"'],
    [
      "a bad escape",
      String.raw`{"a":"\x41"}`,
      0,
      String.raw`byte 6, line 1, column 7: an escape that is not valid JSON: "\\x41\"}"`,
    ],
    ["a tab in a string", '{"a":"x\ty"}', 0, "byte 7, line 1, column 8: an unescaped control character in a string"],
    [
      "a zero byte in a string",
      '{"a":"x\0y"}',
      0,
      "byte 7, line 1, column 8: an unescaped control character in a string",
    ],
    ["crossed brackets", '{"a":[1}]', 0, "byte 7, line 1, column 8: a } that closes nothing"],
    ["a bracket that closes nothing", '{"a":1}]', 1, "byte 7, line 1, column 8: a ] that closes nothing"],
    [
      "a byte that is not UTF-8",
      Buffer.from('{"a":"é"}\n{"b":"\xff"}\n', "latin1"),
      0,
      "byte 6, line 1, column 7: a byte that is not UTF-8",
    ],
    [
      "a byte that is not UTF-8, later",
      Buffer.concat([Buffer.from('{"a":"é"}\n{"b":"'), Buffer.from([0xe9]), Buffer.from('"}\n')]),
      1,
      "byte 17, line 2, column 7: a byte that is not UTF-8",
    ],
    ["a zip file", Buffer.from("PK\x03\x04\n\n"), 0, "byte 0, line 1, column 1: zip data, not JSON"],
    ["a tar archive", tarHead(), 0, "byte 0, line 1, column 1: a tar archive, not JSON"],
    ["a text with zero bytes", "name\0\0", 0, "byte 0, line 1, column 1: binary data, not JSON"],
    ["zero bytes", Buffer.alloc(9), 0, "byte 0, line 1, column 1: binary data, not JSON"],
    ["a zero byte behind a record", '{"a":1}\0\0', 1, "byte 7, line 1, column 8: binary data, not JSON"],
    ["UTF-16", Buffer.from("\uFEFF{}", "utf16le"), 0, "byte 0, line 1, column 1: UTF-16 text"],
    ["UTF-16 without a mark", Buffer.from('[{"a":1}]', "utf16le"), 0, "byte 0, line 1, column 1: UTF-16 text"],
  ];
  for (const [name, input, before, message] of FAULTS) {
    test(`${name}: delivers what is before, then names the place`, async () => {
      const bytes = Buffer.from(input as string);
      const { texts, error, details } = await read(bytes);
      expect([texts.length, error]).toEqual([before, `in.json: ${message}`]);
      expect(details).toMatch(/^Everything before that place was read\./);
      for (let at = 1; at < bytes.length; at++) {
        const cut = await read(cutAt(bytes, at));
        expect([at, cut.texts.length, cut.error]).toEqual([at, before, `in.json: ${message}`]);
      }
    });
  }

  test("a gzip stream that is cut off delivers the text before the cut", async () => {
    const lines = Array.from({ length: 2_000 }, (_value, index) => `{"index":${index},"random":"${Math.sin(index)}"}`);
    const zipped = gzipSync(lines.join("\n"));
    const { texts, error } = await read(chunked(zipped.subarray(0, -9), 1000));
    expect(error).toMatch(/^in\.json: the gzip data is damaged or was cut off/);
    expect(texts.length).toBeGreaterThan(1_900);
    expect(texts).toEqual(lines.slice(0, texts.length));
  });

  test("gzip with a wrong checksum is an error, and only the block that holds it is not delivered", async () => {
    const lines = Array.from({ length: 4_000 }, (_value, index) => `{"index":${index},"random":"${Math.sin(index)}"}`);
    const zipped = gzipSync(lines.join("\n"));
    zipped[zipped.length - 6] = (zipped.at(-6) ?? 0) ^ 1;
    const { texts, error } = await read(zipped);
    expect(error).toBe("in.json: the gzip data is damaged or was cut off (incorrect data check)");
    expect(texts.length).toBeGreaterThan(1_000);
    expect(texts).toEqual(lines.slice(0, texts.length));
  });

  test("a zip bomb is unpacked in pieces", async () => {
    const bomb = Buffer.concat(Array(96).fill(gzipSync(Buffer.alloc(1024 * 1024, '{"a":1}\n'))));
    const before = process.memoryUsage().arrayBuffers;
    let held = 0;
    for await (const records of readRecords(chunked(bomb, bomb.length), { name: "bomb" })) {
      held = process.memoryUsage().arrayBuffers - before;
      if (records.length > 0) break;
    }
    expect(held).toBeLessThan(40 * 1024 * 1024);
  });

  test("a line that is cut off in a string is found before what follows it is read", async () => {
    let pulled = 0;
    async function* source(): AsyncGenerator<Uint8Array> {
      for (; pulled < 100; pulled++) yield Buffer.from(pulled === 0 ? '{"a":1}\n{"b":"x\n' : '{"c":3}\n'.repeat(100));
    }
    const { texts, error } = await read(source());
    expect([texts.length, error]).toEqual([
      1,
      "in.json: byte 15, line 2, column 8: an unescaped line break in a string",
    ]);
    expect(pulled).toBeLessThan(2);
  });

  test("a record over the limit is an error", async () => {
    const big = `{"a":1}\n{"b":"${"x".repeat(5_000)}"}\n`;
    const { texts, error } = await read(chunked(Buffer.from(big), 100), { maxRecordBytes: 1_000 });
    expect([texts.length, error]).toEqual([1, "in.json: byte 8, line 2, column 1: one record is over 1000 bytes"]);
  });

  test("a key over the limit is an error, on the way of a selection too", async () => {
    const big = Buffer.from(`{"${"x".repeat(5_000)}":1,"list":[]}`);
    const { error } = await read(chunked(big, 100), { maxRecordBytes: 1_000, select: "list" });
    expect(error).toBe("in.json: byte 1100, line 1, column 1101: one key is over 1000 bytes");
  });

  test("an error of the source is thrown after the records before it", async () => {
    expect(await read(broken())).toMatchObject({ texts: ['{"a":1}'], error: "EIO" });
  });

  test("a reader that stops early closes the source", async () => {
    let closed = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield Buffer.from('{"a":1}\n');
      } finally {
        closed = true;
      }
    }
    for await (const records of readRecords(source(), { name: "x" })) if (records.length > 0) break;
    expect(closed).toBe(true);
  });
});

describe("select", () => {
  const wrapper =
    '{"version": 1, "a.b": [{"x":1}], "deep": {"list": [{"x": 2},\n{"x":3}], "none": null, "map": {"id1": {"x":4}, "id2":{"x":5}}}, "runs":[{"results":[{"x":6}]},{"results":[{"x":7}]}], "s": "]}", "n": -1.5e3}';
  const CASES: [string, string[]][] = [
    ["deep.list", ['{"x": 2}', '{"x":3}']],
    ["/deep/list", ['{"x": 2}', '{"x":3}']],
    ["/a.b", ['{"x":1}']],
    ["deep.map", ['{"x":4}', '{"x":5}']],
    ["deep.none", []],
    ["runs.results", ['{"x":6}', '{"x":7}']],
    ["/runs/1/results", ['{"x":7}']],
  ];
  for (const [select, expected] of CASES) {
    test(`finds ${select}, wherever the chunks end`, async () => {
      const bytes = Buffer.from(wrapper);
      for (let at = 1; at < bytes.length; at++) {
        const { texts, error } = await read(cutAt(bytes, at), { select });
        expect([at, error, texts]).toEqual([at, undefined, expected]);
      }
    });
  }

  test("applies to each of several wrappers, in an array or not", async () => {
    expect((await read('{"l":[{"x":1}]}\n{"m":1}\n{"l":[{"x":2}]}', { select: "l" })).texts).toEqual([
      '{"x":1}',
      '{"x":2}',
    ]);
    expect((await read('[{"l":[{"x":1}]},{"l":[{"x":2}]}]', { select: "l" })).texts).toEqual(['{"x":1}', '{"x":2}']);
  });

  test("that matches nothing lists where arrays of objects are", async () => {
    const { error, details } = await read(wrapper, { select: "deep.lists.x" });
    expect(error).toBe('in.json: nothing is at the path "deep.lists.x"');
    expect(details).toBe(
      "Arrays of objects are at:\n  --select /a.b\n  --select deep.list\n  --select runs\n  --select runs.results",
    );
  });

  test("of something that is not a list of objects is an error with the place", async () => {
    expect((await read('{"a":\n 5}', { select: "a" })).error).toBe(
      "in.json: byte 7, line 2, column 2: the selected value is neither an array nor a map of objects",
    );
    expect((await read('{"a":{"k":5}}', { select: "a" })).error).toBe(
      'in.json: byte 10, line 1, column 11: the selected map holds a value that is not an object, at "k"',
    );
  });

  const BROKEN: [string, string][] = [
    ['{"a" 1}', "byte 5, line 1, column 6: a missing colon"],
    ['{"a":1 "b":2}', "byte 7, line 1, column 8: a missing comma"],
    ['{"a":1,}', "byte 7, line 1, column 8: a trailing comma before }"],
    ['{"a":,}', "byte 5, line 1, column 6: a missing value"],
    ["{a:1}", "byte 1, line 1, column 2: a key that is not a string"],
    ['{"a":[1,2', "byte 9, line 1, column 10: the text ends inside a document: the producer was cut off"],
    ['{"list":[{"x":1}', "byte 16, line 1, column 17: the array is not closed: the producer was cut off"],
    ["LOG\n{}", 'byte 0, line 1, column 1: a line that is not JSON: "LOG"'],
  ];
  for (const [input, message] of BROKEN) {
    test(`finds the fault in ${input}`, async () => {
      expect((await read(input, { select: "list" })).error).toBe(`in.json: ${message}`);
    });
  }
});

describe("hints", () => {
  test("name the arrays of objects that one object swallowed", async () => {
    expect(await hintsOf(`{"summary":{"n":7},"results":{"passed.checks":${items(5)},"failed":${items(9)}}}`)).toEqual([
      { path: "results.failed", count: 9 },
      { path: "/results/passed.checks", count: 5 },
    ]);
    expect(
      await hintsOf(`{"Results":[{"Vulnerabilities":${items(3)}},{"Vulnerabilities":${items(4)}}]}`),
    ).toContainEqual({ path: "Results.Vulnerabilities", count: 7 });
    expect(await hintsOf('{"advisories":{"1":{"id":1,"t":2},"2":{"id":2,"t":2}}}')).toEqual([
      { path: "advisories", count: 2 },
    ]);
  });

  test("are not given for a record among others, nor for a small part of one", async () => {
    expect(await hintsOf(`{"list":${items(9)}}\n{"list":${items(9)}}`)).toEqual([]);
    expect(await hintsOf(`{"text":"${"x".repeat(500)}","tags":${items(2)}}`)).toEqual([]);
  });
});

/** How an archive of tar begins. */
function tarHead(): Buffer {
  const head = Buffer.alloc(512);
  head.write("scan.json");
  head.write("ustar", 257);
  return head;
}
