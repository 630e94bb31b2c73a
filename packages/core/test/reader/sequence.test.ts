// Texts that are separated as RFC 7464 says: RS before each, a line break behind it (L-45).
import { describe, expect, test } from "vitest";
import type { BadLine } from "../../src/reader/bad-line.ts";
import type { ReadOptions } from "../../src/reader/read-records.ts";
import { chunked, cutAt, read, type Result } from "../records/support.ts";

const RS = "\x1e";
const TEXTS = ['{"n":1}', '{"n":"a b"}', '{"n":3}'];
const PRETTY = '{\n  "n": "a\\u001e",\n  "l": []\n}';

const skip = async (
  input: Parameters<typeof read>[0],
  options: Partial<ReadOptions> = {},
): Promise<Result & { bad: BadLine[] }> => {
  const bad: BadLine[] = [];
  return { ...(await read(input, { ...options, onBadLines: (found) => void bad.push(...found) })), bad };
};

describe("a sequence of texts (RFC 7464, L-45)", () => {
  const forms: Record<string, [text: string, expected: readonly string[]]> = {
    "a line for each": [TEXTS.map((text) => `${RS}${text}\n`).join(""), TEXTS],
    "without line breaks": [TEXTS.map((text) => `${RS}${text}`).join(""), TEXTS],
    "with empty texts, blanks and CRLF": [
      `${RS}${RS}\n${TEXTS.map((text) => ` ${RS} ${text}\r\n${RS}`).join("")}`,
      TEXTS,
    ],
    "behind a byte order mark": [`\uFEFF${TEXTS.map((text) => `${RS}${text}\n`).join("")}`, TEXTS],
    "of pretty texts": [`${RS}${PRETTY}\n${RS}${PRETTY}\n`, Array(2).fill('{"n": "a\\u001e","l": []}') as string[]],
    "of lists": [`${RS}[${TEXTS[0]}, ${TEXTS[1]}]\n${RS}[]\n${RS}[${TEXTS[2]}]\n`, TEXTS],
    "of lines and other texts": [`${TEXTS[0]}\n${RS}${TEXTS[1]}\n${TEXTS[2]}\n`, TEXTS],
  };
  for (const [name, [text, expected]] of Object.entries(forms)) {
    test(`${name}, wherever the chunks end`, async () => {
      const bytes = Buffer.from(text);
      for (let at = 0; at <= bytes.length; at++) {
        expect([at, await read(cutAt(bytes, at))]).toMatchObject([at, { texts: expected, error: undefined }]);
        expect([at, await skip(cutAt(bytes, at))]).toMatchObject([at, { texts: expected, error: undefined, bad: [] }]);
      }
      expect((await skip(chunked(bytes, 1))).texts).toEqual(expected);
    });
  }

  test("with a path", async () => {
    const text = [1, 2].map((n) => `${RS}{"l":[{"n":${n}}]}\n`).join("");
    for (const way of [read, skip])
      expect(await way(text, { select: "l" })).toMatchObject({ texts: ['{"n":1}', '{"n":2}'], error: undefined });
  });
});

describe("a text of a sequence that was cut off (RFC 7464, L-45)", () => {
  const TORN: [name: string, torn: string, place: string, what: string][] = [
    ["between two tokens", '{"a":1,', "line 2, column 9", "a new record begins (RS)"],
    ["within a string", '{"a":"b', "line 2, column 9", "an unescaped control character in a string"],
    ["in a pretty text", '{\n "a": {', "line 3, column 8", "a new record begins (RS)"],
  ];
  for (const [name, torn, place, what] of TORN) {
    const text = `${RS}{"n":1}\n${RS}${torn}${RS}{"n":2}\n${RS}{"n":3}\n`;

    test(`${name}: ends the reading where the next one begins`, async () => {
      for (const size of [1, 7, 1_000]) {
        const { texts, error } = await read(chunked(Buffer.from(text), size));
        expect([texts, error]).toEqual([['{"n":1}'], expect.stringContaining(`${place}: ${what}`)]);
      }
    });

    test(`${name}: is passed over as a bad line, and the next one is read`, async () => {
      for (const size of [1, 7, 1_000]) {
        const { texts, error, bad } = await skip(chunked(Buffer.from(text), size));
        expect([texts, error]).toEqual([['{"n":1}', '{"n":2}', '{"n":3}'], undefined]);
        expect(bad.map(({ line, byte, content }) => [line, byte, Buffer.from(content).toString()])).toEqual([
          [2, 10, torn],
        ]);
      }
    });
  }

  test("the last text of all is reported", async () => {
    const text = `${RS}{"n":1}\n${RS}{"n":`;
    expect((await read(text)).error).toContain("is not closed: the producer was cut off");
    const { texts, bad, error } = await skip(text);
    expect([texts, bad.length, error]).toEqual([['{"n":1}'], 1, undefined]);
  });

  test("with a path it is reported and passed over", async () => {
    const text = `${RS}{"l":[{"n":1}]}\n${RS}{"x":{"y":${RS}{"l":[{"n":2}]}\n`;
    const { texts, error } = await read(text, { select: "l" });
    expect([texts, error]).toEqual([['{"n":1}'], expect.stringContaining("a new record begins (RS)")]);
    const skipped = await skip(text, { select: "l" });
    expect([skipped.texts, skipped.error, skipped.bad.length]).toEqual([['{"n":1}', '{"n":2}'], undefined, 1]);
  });

  test("one over the limit is passed over up to the next", async () => {
    const text = `${RS}{"n":1}\n${RS}{"p":"${"x".repeat(500)}\n${"y".repeat(500)}"}\n${RS}{"n":2}\n`;
    const { texts, bad, error } = await skip(chunked(Buffer.from(text), 50), { maxRecordBytes: 200 });
    expect([texts, error]).toEqual([['{"n":1}', '{"n":2}'], undefined]);
    expect(bad).toMatchObject([
      { line: 2, bytes: 1_010, reason: expect.stringContaining("one record is over 200 bytes") as string },
    ]);
  });
});
