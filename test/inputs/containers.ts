import { constants, deflateRawSync } from "node:zlib";
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

function several(random: Random, text: Buffer, between: () => Buffer): Buffer {
  const cuts = Array.from({ length: 1 + random.below(3) }, () => random.below(text.length + 1)).toSorted(
    (a, b) => a - b,
  );
  const parts = [...cuts, text.length].map((end, index) => text.subarray(cuts[index - 1] ?? 0, end));
  return Buffer.concat(parts.flatMap((part) => [member(random, part), between()]));
}

/** Every container that is read, by what it is called in the report of a failure. */
export const CONTAINERS: Readonly<Record<string, Container>> = {
  plain,
  gzip: (random, bytes) => member(random, bytes),
  "gzip with fields": (random, bytes) => member(random, bytes, random.below(32)),
  "gzip of several members": (random, bytes) => several(random, bytes, () => Buffer.alloc(0)),
  "gzip with padding": (random, bytes) => several(random, bytes, () => Buffer.alloc(random.pick([0, 1, 2, 511]))),
};
