// zstd data as input (L-45): several frames, padding, frames to be skipped, damage, and what would take too much
// memory.
import { constants, zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { chunked, cutAt, read } from "../records/support.ts";
import { A, B, type Fault, lines, testFaults } from "./packed-support.ts";

const pack = (texts: readonly string[], checksum = 1): Buffer =>
  zstdCompressSync(texts.map((text) => `${text}\n`).join(""), {
    params: { [constants.ZSTD_c_checksumFlag]: checksum },
  });
const FIRST = pack(A);
const SECOND = pack(B);

/** A stored block or, with `times`, a block with one byte that is repeated as often. */
function block(content: Buffer, isLast: boolean, times?: number): Buffer {
  const header = Buffer.alloc(3);
  header.writeUIntLE(((times ?? content.length) << 3) | (times === undefined ? 0 : 2) | (isLast ? 1 : 0), 0, 3);
  return Buffer.concat([header, content]);
}
const raw = (text: string, isLast = false): Buffer => block(Buffer.from(text), isLast);
/** A header without size and checksum; the window has 128 KiB unless it says otherwise. */
const header = (window = 7 << 3): Buffer => Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, window]);
const skippable = (length: number, kind = 0x50): Buffer => {
  const bytes = Buffer.alloc(8 + length, "x");
  bytes.set([kind, 0x2a, 0x4d, 0x18]);
  bytes.writeUInt32LE(length, 4);
  return bytes;
};
const flipped = (bytes: Buffer, at: number, mask = 1): Buffer => {
  const changed = Buffer.from(bytes);
  changed.writeUInt8(changed.readUInt8(at) ^ mask, at);
  return changed;
};

const damaged = (why: string): string => `the zstd data is damaged or was cut off (${why})`;

describe("zstd data is read (L-45)", () => {
  const forms: Record<string, Buffer> = {
    "one frame behind another": Buffer.concat([FIRST, SECOND]),
    "frames without a checksum": Buffer.concat([pack(A, 0), pack(B, 0)]),
    "zero bytes behind frames as padding": Buffer.concat([FIRST, Buffer.alloc(7), SECOND, Buffer.alloc(511)]),
    "frames to be skipped, before, between and behind": Buffer.concat([
      skippable(0),
      FIRST,
      skippable(300, 0x5f),
      SECOND,
      skippable(5),
    ]),
    "empty frames and blocks": Buffer.concat([pack([]), FIRST, header(), raw(""), raw("", true), SECOND]),
    "blocks as they are": Buffer.concat([header(), raw('{"n":1}\n{"n"'), raw(':2}\n{"n":3'), raw('}\n{"n":4}', true)]),
    "a byte that is repeated": Buffer.concat([
      header(),
      raw('{"n":1}\n{"n":2}'),
      block(Buffer.from(" "), false, 100),
      raw('{"n":3}{"n":4}', true),
    ]),
  };
  for (const [name, bytes] of Object.entries(forms)) {
    test(`${name}, wherever the chunks end`, async () => {
      for (let at = 0; at <= bytes.length; at++) {
        expect([at, await read(cutAt(bytes, at))]).toMatchObject([at, { texts: [...A, ...B], error: undefined }]);
      }
      expect(await read(chunked(bytes, 1))).toMatchObject({ texts: [...A, ...B], error: undefined });
    });
  }

  test("of any level, with many blocks", async () => {
    const all = lines(30_000);
    const text = all.join("\n");
    for (const level of [-5, 1, 19]) {
      const bytes = zstdCompressSync(text, { params: { [constants.ZSTD_c_compressionLevel]: level } });
      expect((await read(chunked(bytes, 10_007))).texts).toEqual(all);
    }
  });

  test("line by line, too", async () => {
    const bad: number[] = [];
    const { texts, error } = await read(pack(['{"n":1}', "no", '{"n":2}']), {
      onBadLines: (found) => void bad.push(...found.map(({ line }) => line)),
    });
    expect([texts, bad, error]).toEqual([A, [2], undefined]);
  });

  test("a bomb is unpacked block by block", async () => {
    const spaces = block(Buffer.from(" "), false, 128 * 1024);
    const bomb = Buffer.concat([header(), raw('{"n":1}'), ...Array<Buffer>(2_000).fill(spaces), raw('{"n":2}', true)]);
    expect(bomb.length).toBeLessThan(10_000);
    let most = 0;
    const { texts } = await read(
      (async function* () {
        for await (const piece of chunked(bomb, 500)) {
          yield piece;
          most = Math.max(most, process.memoryUsage().arrayBuffers);
        }
      })(),
    );
    expect(texts).toEqual(A);
    expect(most).toBeLessThan(128 << 20);
  });
});

describe("what was unpacked before a fault of zstd data is delivered (L-45, L-02)", () => {
  const place = FIRST.length;
  const large = header((28 - 10) << 3);
  const dictionary = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x21, 7, 0]);
  const FAULTS: readonly Fault[] = [
    [
      "text behind a frame",
      Buffer.concat([FIRST, Buffer.from("hello")]),
      A,
      "the zstd data is followed by bytes that are not zstd data",
      `It begins at byte ${place}. Everything before that place was read. Nothing after that place was read: 5 bytes. Run \`zstd -t\``,
    ],
    [
      "gzip data behind a frame",
      Buffer.concat([FIRST, Buffer.alloc(4), Buffer.from([0x1f, 0x8b])]),
      A,
      "the zstd data is followed by bytes that are not zstd data",
      `It begins at byte ${place + 4}. Everything before that place was read.`,
    ],
    [
      "a wrong checksum",
      flipped(FIRST, place - 2),
      A,
      damaged("incorrect data check"),
      `At byte ${place - 4} the checksum of a frame does not match its text. Everything before that place was read. Damage is often found late`,
    ],
    [
      "a wrong size",
      flipped(FIRST, 5, 2),
      A,
      damaged("incorrect length check"),
      `At byte ${place} a frame ends with 16 bytes of text, but its header says 18. Everything before that place was read.`,
    ],
    [
      "a flag that is reserved",
      Buffer.concat([FIRST, flipped(SECOND, 4, 8)]),
      A,
      damaged("incorrect header check"),
      `At byte ${place} there is a zstd header with a reserved flag. Everything before that place was read.`,
    ],
    [
      "a block of a kind that is reserved",
      Buffer.concat([header(), raw(`${A.join("\n")}\n{"n":`), Buffer.from([6, 0, 0])]),
      A,
      damaged("incorrect block type"),
      "At byte 30 the data cannot be unpacked. Everything before that place was read.",
    ],
    [
      "a block that is too large",
      Buffer.concat([header(), raw(`${A.join("\n")}\n{"n":`), block(Buffer.from(" "), true, 128 * 1024 + 1)]),
      A,
      damaged("incorrect block size"),
      "At byte 30 the data cannot be unpacked. Everything before that place was read.",
    ],
    [
      "a block that is damaged",
      Buffer.concat([
        header(),
        raw(`${A.join("\n")}\n{"n":`),
        Buffer.from([0x65, 0, 0, ...Array<number>(12).fill(0x55)]),
      ]),
      A,
      damaged("Data corruption detected"),
      "At byte 30 the data cannot be unpacked. Everything before that place was read.",
    ],
    [
      "a second frame that is cut off in its checksum",
      Buffer.concat([FIRST, SECOND.subarray(0, -3)]),
      [...A, ...B],
      damaged("unexpected end of file"),
      `The data ends at byte ${place + SECOND.length - 3}, inside a frame. Everything before that place was read.`,
    ],
    [
      "a second frame of which only one byte is there",
      Buffer.concat([FIRST, SECOND.subarray(0, 1)]),
      A,
      damaged("unexpected end of file"),
      `The data ends at byte ${place + 1}, inside a frame. Everything before that place was read.`,
    ],
    [
      "a frame to be skipped that is cut off",
      Buffer.concat([FIRST, skippable(20).subarray(0, 25)]),
      A,
      damaged("unexpected end of file"),
      `The data ends at byte ${place + 25}, inside a frame.`,
    ],
    [
      "a frame that needs a dictionary",
      Buffer.concat([FIRST, dictionary, raw("{}", true)]),
      A,
      "zstd data that needs a dictionary",
      `At byte ${place} its frame begins. Everything before that place was read. Nothing after that place was read: 12 bytes. Unpack it first with \`zstd -dc -D DICTIONARY\`.`,
    ],
    [
      "a frame that takes more memory than is given",
      Buffer.concat([FIRST, large, raw("{}", true)]),
      A,
      "zstd data that needs 268,435,456 bytes of memory to unpack; at most 134,217,728 are allowed",
      "Unpack it first with `zstd -dc --long=31`",
    ],
  ];
  testFaults(FAULTS);

  test("cut off at any byte, every whole line of the blocks before is there", async () => {
    const bytes = Buffer.concat([header(), ...A.map((text) => raw(`${text}\n`)), raw(B.join("\n"), true)]);
    for (let at = 4; at < bytes.length; at++) {
      const { texts, error } = await read(bytes.subarray(0, at));
      expect(error).toBe(`in.json: ${damaged("unexpected end of file")}`);
      expect(texts).toEqual(A.slice(0, at < 17 ? 0 : at < 28 ? 1 : 2));
    }
  });

  test("a large frame is read up to the block that is damaged", async () => {
    const all = lines(20_000);
    const bytes = pack(all);
    const { texts, error } = await read(chunked(flipped(bytes, bytes.length >> 1, 0x55), 10_007));
    expect(error).toContain("in.json: the zstd data is damaged or was cut off (");
    expect(texts.length).toBeGreaterThan(5_000);
    expect(texts).toEqual(all.slice(0, texts.length));
  });

  test("a fault in the text says how much of the packed data was not unpacked", async () => {
    const bytes = Buffer.concat([header(), raw('{"n":1}\n{]\n'), raw('{"n":2}', true)]);
    const { error, details } = await read(bytes, { size: bytes.length });
    expect(error).toContain("in.json: byte 9, line 2, column 2: ");
    expect(details).toContain("of the 30 bytes of zstd data, the last 10 were not unpacked.");
    expect(details).toContain("the zstd data is damaged: check it with `zstd -t`.");
  });
});
