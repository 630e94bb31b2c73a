import zlib from "node:zlib";
import { expect, test } from "vitest";
import { noise } from "../../../../test/support/noise.ts";
import { compressed, decompressed } from "../../src/state/compressed.ts";

const text = (value: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(value);
const own = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);

test.each([
  ["findings", `{"severity":"HIGH","text":"${"ü".repeat(100)}"}`.repeat(1000), 0.1],
  ["what cannot be compressed", noise(100_000, 1), 1.01],
])("%s come back as they were, from memory that is shared as well", (_name, value, most) => {
  const bytes = text(value);
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  for (const block of [bytes, shared]) {
    const stored = own(compressed(block));
    expect(stored.length).toBeLessThanOrEqual(bytes.length * most);
    expect(decompressed(stored)).toEqual(bytes);
  }
});

test("where Node has no zstd, a block stays as it is, and can be read everywhere", () => {
  const block = text("\u0003\0\0\0 records");
  const { zstdCompressSync } = zlib;
  Object.assign(zlib, { zstdCompressSync: undefined });
  try {
    expect(compressed(block)).toBe(block);
    expect(decompressed(block)).toBe(block);
  } finally {
    Object.assign(zlib, { zstdCompressSync });
  }
});
