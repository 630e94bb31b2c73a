import { constants, deflateRawSync, zstdCompressSync } from "node:zlib";
import type { Random } from "./random.ts";
import { crc } from "./reference/gunzip.ts";

/** Puts bytes into a container. */
export type Container = (random: Random, bytes: Buffer) => Buffer;

const plain: Container = (_random, bytes) => bytes;

function member(random: Random, text: Buffer, flags = 0): Buffer {
  const strategy = random.pick([constants.Z_DEFAULT_STRATEGY, constants.Z_FIXED, constants.Z_HUFFMAN_ONLY]);
  const packed = deflateRawSync(text, { level: random.pick([0, 1, 6, 9]), strategy });
  const fields = [Buffer.from([0x1f, 0x8b, 8, flags, 1, 2, 3, 4, 0, 3])];
  if (flags & 4) fields.push(Buffer.from([3, 0, 0, 255, 0]));
  if (flags & 8) fields.push(Buffer.from("scan.json\0"));
  if (flags & 16) fields.push(Buffer.from(random.pick(["\0", "what it is\0"])));
  const header = Buffer.concat(fields);
  const sum = Buffer.alloc(flags & 2 ? 2 : 0);
  if (flags & 2) sum.writeUInt16LE(crc(header) & 0xffff);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc(text), 0);
  trailer.writeUInt32LE(text.length, 4);
  return Buffer.concat([header, sum, packed, trailer]);
}

function frame(random: Random, text: Buffer): Buffer {
  return zstdCompressSync(text, {
    params: {
      [constants.ZSTD_c_compressionLevel]: random.pick([-3, 1, 3, 19]),
      [constants.ZSTD_c_checksumFlag]: random.below(2),
      [constants.ZSTD_c_contentSizeFlag]: random.below(2),
    },
  });
}

/** A frame whose blocks are parts of the text as they are; one may be empty. */
function plainFrame(random: Random, text: Buffer): Buffer {
  const parts: Buffer[] = [];
  // The reference reads a frame again for each block.
  const most = 1 + Math.ceil(text.length / 3);
  for (let at = 0; at < text.length; at += parts.at(-1)?.length ?? 0) {
    parts.push(text.subarray(at, at + Math.min(1 + random.below(most), 100_000, text.length - at)));
  }
  parts.push(Buffer.alloc(0));
  const blocks = parts.map((part, index) => {
    const header = Buffer.alloc(3);
    header.writeUIntLE((part.length << 3) | (index === parts.length - 1 ? 1 : 0), 0, 3);
    return Buffer.concat([header, part]);
  });
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 7 << 3]), ...blocks]);
}

function skippableFrame(random: Random): Buffer {
  const bytes = Buffer.alloc(8 + random.below(9), '{"a":1}');
  bytes.writeUInt32LE(0x184d2a50 + random.below(16), 0);
  bytes.writeUInt32LE(bytes.length - 8, 4);
  return bytes;
}

function several(
  random: Random,
  text: Buffer,
  between: () => Buffer,
  pack: (random: Random, text: Buffer) => Buffer = member,
): Buffer {
  const cuts = Array.from({ length: 1 + random.below(3) }, () => random.below(text.length + 1)).toSorted(
    (a, b) => a - b,
  );
  const parts = [...cuts, text.length].map((end, index) => text.subarray(cuts[index - 1] ?? 0, end));
  return Buffer.concat(parts.flatMap((part) => [pack(random, part), between()]));
}

/** Every container that is read, by what it is called in the report of a failure. */
export const CONTAINERS: Readonly<Record<string, Container>> = {
  plain,
  gzip: (random, bytes) => member(random, bytes),
  "gzip with fields": (random, bytes) => member(random, bytes, random.below(32)),
  "gzip of several members": (random, bytes) => several(random, bytes, () => Buffer.alloc(0)),
  "gzip with padding": (random, bytes) => several(random, bytes, () => Buffer.alloc(random.pick([0, 1, 2, 511]))),
  zstd: frame,
  "zstd of plain blocks": plainFrame,
  "zstd of several frames": (random, bytes) =>
    several(random, bytes, () => Buffer.alloc(random.pick([0, 0, 3])), random.pick([frame, plainFrame])),
  "zstd with frames to be skipped": (random, bytes) =>
    Buffer.concat([
      random.once(2) ? skippableFrame(random) : Buffer.alloc(0),
      several(random, bytes, () => skippableFrame(random), frame),
    ]),
};
