// Reading on behind lines that are not records (L-22).
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { BadLine } from "../../src/reader/bad-line.ts";
import type { ReadOptions } from "../../src/reader/read-records.ts";
import { chunked, compact, cutAt, random, randomJson, read, type Result } from "../records/support.ts";

interface Skipped extends Result {
  /** `line@byte+bytes reason` and the text of each. */
  readonly bad: readonly (readonly [place: string, text: string])[];
  readonly calls: number;
}

async function skip(
  input: string | Uint8Array | AsyncIterable<Uint8Array>,
  options: Partial<ReadOptions> = {},
): Promise<Skipped> {
  const lines: BadLine[] = [];
  let calls = 0;
  const onBadLines = (some: readonly BadLine[]): void => {
    calls++;
    lines.push(...some);
  };
  const result = await read(input, { ...options, onBadLines });
  const bad = lines.map(({ line, byte, bytes, reason, content }) => {
    return [`${line}@${byte}+${bytes} ${reason}`, Buffer.from(content).toString()] as const;
  });
  return { ...result, bad, calls };
}

const pretty = (inside: string): string => `{"n":1}\n{\n  "a": [\n    {"x": 1}${inside}\n  ]\n}\n{"n":2}\n`;
const CUT = "the record that begins here is not closed: the producer was cut off";

describe("a bad line", () => {
  const BAD: [name: string, line: string, reason: string][] = [
    ["a log line", "INFO scanning", 'column 1: a line that is not JSON: "INFO scanning"'],
    ["a line that is cut off behind a colon", '{"n":', `column 1: ${CUT}`],
    ["a line that is cut off behind a value", '{"n":1', `column 1: ${CUT}`],
    ["a line that is cut off behind a comma", '{"n":1,', `column 1: ${CUT}`],
    ["a line that is cut off behind its brace", "{", `column 1: ${CUT}`],
    ["a line that is cut off behind a bracket", '{"n":[', `column 1: ${CUT}`],
    ["a line that is cut off in a string", '{"n":"a', "column 8: an unescaped line break in a string"],
    ["a line that is cut off in a key", '{"n', "column 4: an unescaped line break in a string"],
    ["a line that is cut off in a literal", '{"n":tru', 'column 6: expected a JSON value, found "tru"'],
    ["a fault within the line", '{"n":01}', 'column 6: a number that is not valid JSON: "01"'],
    ["something behind a record", '{"n":9} x', 'column 9: a line that is not JSON: "x"'],
    ["a comma behind a record", '{"n":9},', "column 8: a comma between records outside an array"],
    ["a bracket too many", '{"n":9}}', "column 8: a } that closes nothing"],
    ["a number", "17", 'column 1: a value that is not an object: "17"'],
    ["an array of numbers", "[1,2]", "column 2: an array element that is not an object: "],
    ["an array with one bad element", '[{"n":9},{"n":]', "column 15: "],
    [
      "a list of records that is cut off",
      '[{"n":9},{"n":8}',
      "column 1: the array is not closed: the producer was cut off",
    ],
    ["zero bytes before a record", '\0\0{"n":9}', "column 1: binary data, not JSON"],
  ];
  for (const [name, line, reason] of BAD) {
    const texts = ['{"n":1}', '{"n":2}'];
    const places: [where: string, input: string, lineNumber: number, byte: number, texts: string[]][] = [
      ["first", `${line}\n{"n":1}\n{"n":2}\n`, 1, 0, texts],
      ["between records", `{"n":1}\n${line}\n{"n":2}\n`, 2, 8, texts],
      ["with CRLF", `{"n":1}\r\n${line}\r\n{"n":2}\r\n`, 2, 9, texts],
      ["twice", `{"n":1}\n${line}\n${line}\n{"n":2}\n`, 2, 8, texts],
      ["last", `{"n":1}\n{"n":2}\n${line}\n`, 3, 16, texts],
    ];
    for (const [where, input, lineNumber, byte, expected] of places) {
      test(`${name}, ${where}, costs itself alone, wherever the chunks end`, async () => {
        const bytes = Buffer.from(input);
        for (let at = 0; at < bytes.length; at++) {
          const found = await skip(cutAt(bytes, at));
          expect([at, found.error, found.texts]).toEqual([at, undefined, expected]);
          expect(found.bad.map(([, text]) => text)).toEqual(where === "twice" ? [line, line] : [line]);
          expect(found.bad[0]?.[0].startsWith(`${lineNumber}@${byte}+${Buffer.byteLength(line)} ${reason}`)).toBe(true);
        }
      });
    }

    test(`${name}, last without a line break, is one as well`, async () => {
      const { error, texts: found, bad } = await skip(`{"n":1}\n{"n":2}\n${line}`);
      expect([error, found, bad.map(([, text]) => text)]).toEqual([undefined, texts, [line]]);
    });
  }

  test("can be one that is not UTF-8, with others of its chunk", async () => {
    const bytes = Buffer.concat([
      Buffer.from('{"k":"é"}\n{"k":"'),
      Buffer.from([0xe9]),
      Buffer.from('"}\n{"k":"日本"}\nno\n{"k":1}\n'),
    ]);
    const { error, texts, bad } = await skip(bytes);
    expect([error, texts]).toEqual([undefined, ['{"k":"é"}', '{"k":"日本"}', '{"k":1}']]);
    expect(bad.map(([place]) => place)).toEqual([
      "2@11+9 column 7: a byte that is not UTF-8",
      '4@36+2 column 1: a line that is not JSON: "no"',
    ]);
  });

  test("that is longer than a record may be is passed over in constant memory, and its beginning kept", async () => {
    let most = 0;
    const chunk = Buffer.alloc(1024 * 1024, "x");
    async function* source(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('{"n":1}\n{"n":"');
      const before = process.memoryUsage().arrayBuffers;
      for (let i = 0; i < 200; i++) {
        yield chunk;
        most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      }
      yield Buffer.from('"}\n{"n":2}\nbad\n');
    }
    const { texts, error, bad } = await skip(source(), { maxRecordBytes: 2 * 1024 * 1024 });
    expect([texts, error]).toEqual([['{"n":1}', '{"n":2}'], undefined]);
    const bytes = 200 * 1024 * 1024 + 8;
    expect(bad.map(([place, text]) => [place, text.length])).toEqual([
      [`2@8+${bytes} column 1: one record is over 2 MiB`, 64 * 1024],
      [`4@${8 + bytes + 1 + 8}+3 column 1: a line that is not JSON: "bad"`, 3],
    ]);
    expect(most).toBeLessThan(40 * 1024 * 1024);
  });

  test("of gzip data as well, and damage in that is an error still", async () => {
    const packed = gzipSync('{"n":1}\nbad\n{"n":2}\n{"n":3}');
    expect(await skip(packed)).toMatchObject({ texts: ['{"n":1}', '{"n":2}', '{"n":3}'], error: undefined });
    const cut = await skip(packed.subarray(0, -2));
    expect(cut).toMatchObject({ texts: ['{"n":1}', '{"n":2}', '{"n":3}'], error: expect.stringContaining("cut off") });
    expect(cut.bad).toHaveLength(1);
    const half = gzipSync('{"n":1}\nbad\n{"n":2}\n{"n":');
    const { texts, bad } = await skip(half.subarray(0, -2));
    // The last line is not a bad one: the data ends in it, which the error says.
    expect([texts, bad.length]).toEqual([['{"n":1}', '{"n":2}'], 1]);
  });

  test("is handed over with others, and waited for before more is read", async () => {
    let pulled = 0;
    async function* source(): AsyncGenerator<Uint8Array> {
      for (; pulled < 10; pulled++) yield Buffer.from("bad\n".repeat(2_500));
    }
    const seen: [lines: number, pulled: number][] = [];
    const { error } = await read(source(), {
      onBadLines: async (lines) => {
        const before = pulled;
        await Promise.resolve();
        seen.push([lines.length, pulled - before]);
      },
    });
    expect(error).toBeUndefined();
    expect(seen.map(([lines]) => lines).slice(0, 3)).toEqual([1000, 1000, 500]);
    expect(seen.every(([, more]) => more === 0)).toBe(true);
  });

  test("ends the reading where it cannot be kept", async () => {
    const { texts, error } = await read('{"n":1}\nbad\n{"n":2}\n', {
      onBadLines: () => {
        throw new Error("disk full");
      },
    });
    expect([texts, error]).toEqual([['{"n":1}', '{"n":2}'], "disk full"]);
  });
});

describe("input without a fault is read as it is without skipping", () => {
  test("random documents in all forms and chunks", async () => {
    const next = random(20261130);
    for (let round = 0; round < 400; round++) {
      const documents = Array.from({ length: 1 + Math.floor(next() * 5) }, () => randomJson(next, 4, "object"));
      const breaks = ["\n", " ", "\r\n", "\n\n", ""][Math.floor(next() * 5)] as string;
      const joined = documents.join(breaks);
      const source = Buffer.from(
        round % 4 === 0 ? `[${documents.join(" ,\n")}]` : round % 4 === 1 ? `\uFEFF${joined}\n` : joined,
      );
      const { texts, error, bad } = await skip(chunked(source, 1 + Math.floor(next() * 60)));
      expect([round, error, bad]).toEqual([round, undefined, []]);
      expect(texts.map(compact)).toEqual(documents.map(compact));
    }
  });

  test("with --select too", async () => {
    const wrapper = '{"v":1,\n "list": [{"x":1},\n{"x":2}]}';
    const source = Buffer.from(`${wrapper}\n{"list":[{"x":3}]}\n\n${wrapper}{"list":null}`);
    for (let at = 1; at < source.length; at++) {
      const { texts, error, bad } = await skip(cutAt(source, at), { select: "list" });
      expect([at, error, bad, texts.length]).toEqual([at, undefined, [], 5]);
    }
  });

  test("a report of one very long line is not kept in memory", async () => {
    const item = Buffer.from(`{"x":"${"y".repeat(1000)}"},`);
    async function* source(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('{"list":[');
      for (let i = 0; i < 20_000; i++) yield item;
      yield Buffer.from("{}]}\nbad\n");
    }
    const before = process.memoryUsage().arrayBuffers;
    const { records, error, bad } = await skip(source(), { select: "list", maxRecordBytes: 5_000 });
    expect([records.length, error, bad.length]).toEqual([20_001, undefined, 1]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024);
  });
});

describe("with --select", () => {
  test("a bad line costs itself alone, and none of its records", async () => {
    const good = '{"list":[{"x":1}]}';
    for (const line of [
      "INFO",
      '{"list":[{"x":8},',
      '{"list":[{"x":8},{"x"',
      '{"list":5}',
      '{"list":[{"x":8}]} x',
      "[",
    ]) {
      const { texts, error, bad } = await skip(`${good}\n${line}\n${good}\n`, { select: "list" });
      expect([line, error, texts]).toEqual([line, undefined, ['{"x":1}', '{"x":1}']]);
      expect(bad.map(([, text]) => text)).toEqual([line]);
    }
  });
});

describe("in NDJSON, the beginning of a list on a line", () => {
  const LINES = ['[{"x":1},', '[{"x":1},{"x":2},', "[", '[{"x":1}'];
  test.each(LINES)("%s costs itself alone, wherever the chunks end", async (line) => {
    const bytes = Buffer.from(`{"n":1}\nINFO\n${line}\n{"n":2}\n{"n":3}\n`);
    for (let at = 0; at < bytes.length; at++) {
      const found = await skip(cutAt(bytes, at));
      expect([at, found.error, found.texts]).toEqual([at, undefined, ['{"n":1}', '{"n":2}', '{"n":3}']]);
      expect(found.bad.map(([, text]) => text)).toEqual(["INFO", line]);
    }
  });
});

describe("a fault in a document of several lines is an error", () => {
  const CASES: [name: string, input: string, texts: string[], error: string][] = [
    ["a record", pretty(" oops"), ['{"n":1}'], 'byte 32, line 4, column 14: a missing comma before "oops"'],
    [
      "a list",
      '[\n{"x":1},\n{"x":2}\n{"x":3}\n]\n',
      ['{"x":1}', '{"x":2}'],
      "byte 19, line 4, column 1: a missing comma before",
    ],
    [
      "a list of lines that begins on the first",
      '[{"x":1},\n{"x":2},\noops,\n{"x":3}]\n',
      ['{"x":1}', '{"x":2}'],
      'byte 19, line 3, column 1: an array element that is not JSON: "oops,"',
    ],
    [
      "a list of lines, with a line that is not an element",
      '[{"a":1},\n{"b":2}\nnope\n{"c":3}]\n',
      ['{"a":1}', '{"b":2}'],
      "byte 18, line 3, column 1: a missing comma before",
    ],
    [
      "a list of lines, with a comma missing",
      '[{"a":1},\n{"b":2}\n{"c":3}\n',
      ['{"a":1}', '{"b":2}'],
      "byte 18, line 3, column 1: a missing comma before",
    ],
    [
      "a list of lines, with no element on the second",
      '[{"a":1},\nnope\n{"c":3}]\n',
      ['{"a":1}'],
      "byte 10, line 2, column 1: an array element that is not JSON",
    ],
    [
      "a list of lines, with the first comma missing",
      '[{"a":1}\n{"b":2},\n{"c":3}]\n',
      ['{"a":1}'],
      "byte 9, line 2, column 1: a missing comma before",
    ],
    [
      "a list of two lines, with the comma missing",
      '[{"a":1}\n{"b":2}]\n',
      ['{"a":1}'],
      "byte 9, line 2, column 1: a missing comma before",
    ],
    [
      "a list that begins with a line that is not an element",
      '[\nnope\n{"a":1},\n{"b":2}\n]\n',
      [],
      "byte 2, line 2, column 1: an array element that is not JSON",
    ],
    [
      "a list of lines that is cut off behind the first",
      '[{"a":1},\n',
      ['{"a":1}'],
      "byte 10, line 2, column 1: the array is not closed",
    ],
    [
      "a list of lines behind a record",
      '{"n":1}\n[{"a":1},\n{"b":2}\n{"c":3}]\n',
      ['{"n":1}', '{"a":1}', '{"b":2}'],
      "byte 26, line 4, column 1: a missing comma before",
    ],
    [
      "the end of a list",
      '[\n{"x":1},\n',
      ['{"x":1}'],
      "byte 11, line 3, column 1: the array is not closed: the producer was cut off",
    ],
  ];
  for (const [name, input, texts, error] of CASES) {
    test(`in ${name}`, async () => {
      const found = await skip(input);
      expect(found.texts).toEqual(texts);
      expect(found.error).toContain(`in.json: ${error}`);
      expect(found.details).toContain("Only a line of NDJSON can be skipped");
      expect(found.bad).toEqual([]);
    });
  }

  test("as is text in another encoding, and packed data", async () => {
    expect((await skip(Buffer.from('{"n":1}\n', "utf16le"))).error).toContain("UTF-16 text");
    expect((await skip(Buffer.from("BZh91AY\n\n"))).error).toContain("bzip2 data, not JSON");
  });
});
