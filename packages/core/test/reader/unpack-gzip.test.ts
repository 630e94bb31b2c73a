import { constants, crc32, deflateRawSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { chunked, cutAt, read } from "../records/support.ts";
import { A, B, type Fault, lines, testFaults } from "./packed-support.ts";

const zip = (texts: readonly string[]): Buffer => gzipSync(texts.map((text) => `${text}\n`).join(""));
const FIRST = zip(A);
const SECOND = zip(B);
/** A block that deflate stores as it is, not the last one. */
const stored = (text: string): Buffer => Buffer.from([0, text.length, 0, 255 - text.length, 255, ...Buffer.from(text)]);
const flipped = (bytes: Buffer, at: number): Buffer => {
  const changed = Buffer.from(bytes);
  changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
  return changed;
};

describe("zero bytes behind a member are padding (L-02)", () => {
  for (const count of [1, 511, 100_000]) {
    const zeros = Buffer.alloc(count);
    test(`${count} at the end`, { timeout: 5_000 }, async () => {
      expect(await read(Buffer.concat([FIRST, zeros]))).toMatchObject({ texts: A, error: undefined });
    });

    test(`${count} before a second member`, { timeout: 5_000 }, async () => {
      const bytes = Buffer.concat([FIRST, zeros, SECOND]);
      expect(await read(bytes)).toMatchObject({ texts: [...A, ...B], error: undefined });
      expect(await read(chunked(bytes, 1000))).toMatchObject({ texts: [...A, ...B], error: undefined });
    });
  }

  test("wherever the chunks end", { timeout: 20_000 }, async () => {
    const bytes = Buffer.concat([FIRST, Buffer.alloc(3), SECOND, Buffer.alloc(2)]);
    for (let at = 0; at <= bytes.length; at++) {
      expect([at, await read(cutAt(bytes, at))]).toMatchObject([at, { texts: [...A, ...B], error: undefined }]);
    }
    expect(await read(chunked(bytes, 1))).toMatchObject({ texts: [...A, ...B], error: undefined });
  });
});

describe("what was unpacked before a fault is delivered (L-02)", () => {
  const place = FIRST.length;
  const FAULTS: readonly Fault[] = [
    [
      "text behind a member",
      Buffer.concat([FIRST, Buffer.from("hello")]),
      A,
      "the gzip data is followed by bytes that are not gzip data",
      `It begins at byte ${place}. Everything before that place was read. Nothing after that place was read: 5 bytes.`,
    ],
    [
      "text behind padding",
      Buffer.concat([FIRST, Buffer.alloc(4), Buffer.from("x")]),
      A,
      "the gzip data is followed by bytes that are not gzip data",
      `It begins at byte ${place + 4}. Everything before that place was read. Nothing after that place was read: 1 byte.`,
    ],
    [
      "a wrong checksum",
      flipped(FIRST, place - 6),
      A,
      "the gzip data is damaged or was cut off (incorrect data check)",
      `At byte ${place - 8} the checksum of a member does not match its text. Everything before that place was read.`,
    ],
    [
      "a wrong size",
      flipped(FIRST, place - 2),
      A,
      "the gzip data is damaged or was cut off (incorrect length check)",
      `At byte ${place - 8} the size of a member does not match its text. Everything before that place was read.`,
    ],
    [
      "a second member without compression that is known",
      Buffer.concat([FIRST, flipped(SECOND, 2)]),
      A,
      "the gzip data is damaged or was cut off (incorrect header check)",
      `At byte ${place} there is a gzip header with an unknown compression. Everything before that place was read.`,
    ],
    [
      "a second member with a damaged first block",
      Buffer.concat([FIRST, SECOND.subarray(0, 10), Buffer.from([0x07]), SECOND.subarray(11)]),
      A,
      "the gzip data is damaged or was cut off (invalid block type)",
      `At byte ${place + 10} the data cannot be unpacked. Everything before that place was read. Damage is often found late`,
    ],
    [
      "a second member that is cut off in its trailer",
      Buffer.concat([FIRST, SECOND.subarray(0, -3)]),
      [...A, ...B],
      "the gzip data is damaged or was cut off (unexpected end of file)",
      `The data ends at byte ${place + SECOND.length - 3}, inside a member. Everything before that place was read.`,
    ],
    [
      "a second member of which only one byte is there",
      Buffer.concat([FIRST, SECOND.subarray(0, 1)]),
      A,
      "the gzip data is damaged or was cut off (unexpected end of file)",
      `The data ends at byte ${place + 1}, inside a member. Everything before that place was read.`,
    ],
  ];
  testFaults(FAULTS);

  test("a small member is read up to the byte that is damaged", async () => {
    // Two blocks that are stored as they are; the second says a length that is wrong.
    const good = stored('{"n":1}\n{"n":2}\n{"n"');
    const bytes = Buffer.concat([FIRST.subarray(0, 10), good, Buffer.from([0, 9, 9, 9, 9]), SECOND]);
    const { texts, error, details } = await read(bytes);
    expect(texts).toEqual(A);
    expect(error).toBe("in.json: the gzip data is damaged or was cut off (invalid stored block lengths)");
    expect(details).toContain(
      `At byte ${10 + good.length + 4} the data cannot be unpacked. Everything before that place was read.`,
    );
  });

  test("of a large member up to one zlib block before the damage, and the error says so", async () => {
    const all = lines(60_000);
    const packed = deflateRawSync(`${all.join("\n")}\n`, { finishFlush: constants.Z_SYNC_FLUSH });
    expect(packed.length).toBeGreaterThan(512 * 1024);
    const { texts, error, details } = await read(Buffer.concat([FIRST.subarray(0, 10), packed, Buffer.from([7])]));
    expect(error).toBe("in.json: the gzip data is damaged or was cut off (invalid block type)");
    expect(details).toContain("Everything before that place was read, except up to 16,384 bytes of text.");
    expect(texts).toEqual(all.slice(0, texts.length));
    expect(all.slice(texts.length).join("\n").length).toBeLessThan(16_384);
  });

  test("a wrong checksum loses no record of a large member", async () => {
    const all = lines(60_000);
    const bytes = zip(all);
    const { texts, error } = await read(chunked(flipped(bytes, bytes.length - 8), 64 * 1024));
    expect(error).toBe("in.json: the gzip data is damaged or was cut off (incorrect data check)");
    expect(texts).toEqual(all);
  });

  test("cut off at any byte, every whole line that zlib can unpack is there", async () => {
    const all = lines(40);
    const bytes = zip(all);
    let before = 0;
    for (let at = 3; at < bytes.length; at++) {
      const { texts, error } = await read(bytes.subarray(0, at));
      expect(error).toBe("in.json: the gzip data is damaged or was cut off (unexpected end of file)");
      expect(texts).toEqual(all.slice(0, texts.length));
      expect(texts.length).toBeGreaterThanOrEqual(before);
      before = texts.length;
    }
    expect(before).toBe(all.length);
  });
});

describe("the header of a member (RFC 1952)", () => {
  const text = Buffer.from(`${A.join("\n")}\n`);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(text), 0);
  trailer.writeUInt32LE(text.length, 4);
  const member = (flags: number, fields: Buffer): Buffer =>
    Buffer.concat([Buffer.from([0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 3]), fields, deflateRawSync(text), trailer]);
  const fields = Buffer.from("\x05\x00extraname.json\0a comment\0", "latin1");
  const checksum = Buffer.alloc(2);
  checksum.writeUInt16LE(crc32(Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 30, 0, 0, 0, 0, 0, 3]), fields])) & 0xffff);

  test("may have an extra field, a name, a comment and a checksum", async () => {
    const bytes = member(30, Buffer.concat([fields, checksum]));
    for (let at = 1; at < bytes.length; at++) {
      expect([at, await read(cutAt(bytes, at))]).toMatchObject([at, { texts: A, error: undefined }]);
    }
  });

  test("is refused with a wrong checksum, and with flags that are reserved", async () => {
    const wrong = await read(member(30, Buffer.concat([fields, Buffer.from("xx")])));
    expect(wrong).toMatchObject({ texts: [], error: expect.stringContaining("(incorrect header check)") });
    expect(wrong.details).toContain("At byte 0 there is a gzip header with a wrong checksum.");
    const reserved = await read(member(64, Buffer.alloc(0)));
    expect(reserved.details).toContain("At byte 0 there is a gzip header with reserved flags.");
  });
});

test("an error says how much of the input was not read, as far as that is known (L-22)", async () => {
  const text = Buffer.from('{"n":1}\nbad\n{"n":2}\n');
  expect((await read(text, { size: text.length })).details).toContain("Nothing after that place was read: 12 bytes.");
  expect((await read(cutAt(text, 13))).details).toContain(
    "Nothing after that place was read: at least 5 bytes; the rest is unknown.",
  );
  const packed = gzipSync(text);
  expect((await read(packed)).details).toContain(
    "Nothing after that place was read; its size is unknown. If the producer did not write this, the gzip data is damaged: check it with `gzip -t`.",
  );
  expect((await read(packed, { size: packed.length })).details).toContain(
    `Nothing after that place was read; of the ${packed.length} bytes of gzip data, the last 8 were not unpacked.`,
  );
  const cut = Buffer.from('[{"n":1},');
  expect((await read(cut, { size: cut.length })).details).toBe(
    "Everything before that place was read. Run the producer again, or see why it stopped.",
  );
});
