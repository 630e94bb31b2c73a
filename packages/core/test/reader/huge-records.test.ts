// Records that are longer than a chunk, and what the reader holds of them (L-84).
import { createHash } from "node:crypto";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { ByteSource } from "../../src/reader/byte-source.ts";
import { entryOf, makeOrigin } from "../../src/records/entry.ts";
import { jsonText } from "../../src/reader/read-json-text.ts";
import { readRecords } from "../../src/reader/read-records.ts";
import { chunked, read } from "../records/support.ts";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;

const CHUNK = 64 * 1024;
const long = (n: number, size: number): string => `{"n":${n},"pad":["}",${JSON.stringify(`é${"x".repeat(size)}`)},{}]}`;
const LINES = [10, 3 * CHUNK, CHUNK - 20, 5 * CHUNK + 7, 1, 2 * CHUNK].map((size, n) => long(n, size));

describe("records longer than a chunk (L-84)", () => {
  const forms: Record<string, string> = {
    NDJSON: LINES.map((line) => `${line}\n`).join(""),
    "NDJSON without the last line break": LINES.join("\n"),
    "NDJSON, several on some lines": `${LINES[0]}\n${LINES[1]}\n${LINES[2]}${LINES[3]}\n${LINES[4]}\n${LINES[5]}`,
    "an array on one line": `[${LINES.join(",")}]`,
    "an array of lines": `[\n${LINES.join(",\n")}\n]`,
  };
  for (const [name, text] of Object.entries(forms)) {
    test(`${name}: reads them wherever the chunks end`, async () => {
      const bytes = Buffer.from(text);
      for (const size of [bytes.length, CHUNK, 10_007, CHUNK - 1]) {
        expect(await read(chunked(bytes, size))).toMatchObject({ texts: LINES, error: undefined });
      }
      const { texts, error } = await read(chunked(bytes, CHUNK), { onBadLines: () => undefined });
      expect({ texts, error }).toEqual({ texts: LINES, error: undefined });
    });
  }

  test("a pretty one behind lines goes on one line", async () => {
    const pretty = `{\n "n": 1,\n "pad": "${"x".repeat(3 * CHUNK)}"\n}`;
    const bytes = Buffer.from(`{"n":0}\n${pretty}\n{"n":2}\n`);
    const { texts, error } = await read(chunked(bytes, CHUNK));
    expect([texts.map((text) => text.slice(0, 8)), error]).toEqual([['{"n":0}', '{"n": 1,', '{"n":2}'], undefined]);
    expect(texts[1]).not.toContain("\n");
  });

  test("a fault in one is reported with its place, and everything before it is there", async () => {
    const bad = `{"n":2,"pad":"${"x".repeat(3 * CHUNK)}",}`;
    const bytes = Buffer.from(`${LINES[0]}\n${LINES[1]}\n${bad}\n${LINES[2]}\n`);
    const { texts, error } = await read(chunked(bytes, CHUNK));
    expect(texts).toEqual(LINES.slice(0, 2));
    const byte = Buffer.byteLength(`${LINES[0]}\n${LINES[1]}\n`) + bad.length - 1;
    expect(error).toContain(`in.json: byte ${byte}, line 3, column ${bad.length}: `);
  });

  test("one over the limit is reported, even if its line never ends", async () => {
    const bytes = Buffer.from(`{"n":0}\n${LINES[3]}`);
    const { texts, error } = await read(chunked(bytes, CHUNK), { maxRecordBytes: 2 * CHUNK });
    expect([texts, error]).toEqual([['{"n":0}'], expect.stringContaining("one record is over 128 KiB")]);
  });

  test("a record is yielded at once even if its line break has not arrived yet", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    async function* live(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('{"n":1}\n{"n":2}\n');
      yield Buffer.from('{"n":3}');
      await promise;
    }
    const reading = readRecords(live(), { name: "live" });
    expect((await reading.next()).value).toHaveLength(2);
    expect((await reading.next()).value).toMatchObject([{ text: '{"n":3}' }]);
    resolve();
    expect(await reading.next()).toMatchObject({ done: true });
  });
});

describe("the memory that a record takes (L-84)", () => {
  for (const [name, options] of Object.entries({
    "by documents": {},
    "by lines": { onBadLines: () => undefined },
    "by a path": { select: "l" },
  })) {
    test(`nothing, read ${name}, once the next is asked for`, async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      async function* source(): AsyncGenerator<Uint8Array> {
        const pad = "x".repeat(1000);
        yield Buffer.from(`{"l":[{"n":1,"pad":"${pad}"},{"n":2}]}\n`);
        yield Buffer.from(`{"l":[{"n":3,"pad":"${pad}"}`);
        await promise;
        yield Buffer.from("]}\n");
      }
      const reading = readRecords(source(), { name: "in", ...options });
      let first: WeakRef<object> | undefined = new WeakRef((await reading.next()).value ?? {});
      // Wherever the second batch comes: the first is not needed any more.
      const rest = reading.next();
      for (let turn = 0; turn < 3; turn++) await new Promise((done) => setImmediate(done));
      gc();
      expect(first.deref()).toBeUndefined();
      first = undefined;
      resolve();
      await rest;
      await reading.return();
    });
  }

  test("the memory of a huge one is released when it is yielded, also if the next has begun", async () => {
    const source = new ByteSource(chunked(Buffer.alloc(16 << 20, "x"), CHUNK));
    while (await source.fill());
    expect(source.buffer.length).toBeGreaterThanOrEqual(16 << 20);
    source.pos = source.end - 10;
    source.hold();
    source.pos = source.end - 4;
    source.shrink();
    expect(source.buffer.length).toBe(10);
    expect(source.held().toString()).toBe("x".repeat(10));
    expect(source.passed()).toHaveLength(6);
    expect(source.place().byte).toBe((16 << 20) - 4);
  });

  test("a huge record with a `com` is written as a small one is", () => {
    const origin = makeOrigin({ origin_worker: "w" });
    for (const members of ['"raw":{"p":"é"}', `"raw":{"p":"${"é".repeat(700_000)}"},"ext":{}`]) {
      for (const com of ["", '"record_id":"1","origin_key":"k",']) {
        const entry = entryOf(jsonText(`{${members},"com":{${com.slice(0, -1)}}}`), origin);
        const expected = `{${members},"com":{${com}"origin_worker":"w"`;
        expect(entry.head === expected).toBe(true);
        const target = Buffer.alloc(entry.headBytes);
        expect(entry.writeTo(target, 0)).toBe(target.length);
        expect(target.equals(Buffer.from(expected))).toBe(true);
        expect(entry.digest).toBe(createHash("sha256").update(expected).digest("binary"));
      }
    }
  });
});
