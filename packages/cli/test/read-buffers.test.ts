// How much of an input is read at once (L-81).
import { writeFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fileChunks } from "../src/input/chunks.ts";
import { ReadBuffers } from "../src/input/read-buffers.ts";
import { Sandbox } from "./support/cli.ts";

const MIB = 1024 * 1024;

/** Sizes of the buffers of reads in sequence. Each read brings as many bytes as `came` returns for its buffer. */
function sizes(buffers: ReadBuffers, ...came: ((room: number) => number)[]): number[] {
  const seen: number[] = [];
  for (const bytes of came) {
    const room = buffers.next().length;
    seen.push(room);
    buffers.came(bytes(room));
  }
  return [...seen, buffers.next().length];
}

const all = (room: number): number => room;

describe("how much is read at once (L-81)", () => {
  test("a small file takes a small buffer, and finds its end with one as small", () => {
    expect(sizes(new ReadBuffers(700), () => 700)).toEqual([4096, 4096]);
  });

  test("a file of 200 KB is read at once", () => {
    expect(sizes(new ReadBuffers(200_000), () => 200_000)).toEqual([200_001, 4096]);
  });

  test("a large file is read by the megabyte", () => {
    expect(sizes(new ReadBuffers(100 * MIB), all, all)).toEqual([MIB, MIB, MIB]);
  });

  test("an input without a size, and a file that grows, are read as more data comes", () => {
    const seen = sizes(new ReadBuffers(), all, all, all, () => 10);
    expect(seen).toEqual([64 * 1024, 256 * 1024, MIB, MIB, 4096]);
  });

  test("large buffers are used again, but neither of the two before", () => {
    const buffers = new ReadBuffers(100 * MIB);
    const seen = Array.from({ length: 9 }, () => {
      const buffer = buffers.next();
      buffers.came(MIB);
      return buffer;
    });
    expect(new Set(seen).size).toBe(3);
    for (const [at, buffer] of seen.entries()) expect(seen.slice(at + 1, at + 3).includes(buffer)).toBe(false);
  });

  test.each([0, 1, 4095, 4096, 4097, MIB - 1, MIB, MIB + 1, 3 * MIB + 5])("all of %i bytes come", async (length) => {
    using sandbox = new Sandbox();
    const path = join(sandbox.path, "in.json");
    const bytes = Buffer.alloc(length, "0123456789");
    writeFileSync(path, bytes);
    // Also where it grew since it was looked at.
    for (const known of [length, undefined, Math.floor(length / 2)]) {
      const chunks = await Array.fromAsync(fileChunks(path, known), (chunk) => Buffer.from(chunk));
      expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
    }
  });

  test("a chunk is good until the second one behind it is asked for", async () => {
    using sandbox = new Sandbox();
    const path = join(sandbox.path, "in.json");
    const parts = Array.from({ length: 8 }, (_value, n) => Buffer.alloc(MIB, `${n}`));
    writeFileSync(path, Buffer.concat(parts));
    const chunks = fileChunks(path, 8 * MIB)[Symbol.asyncIterator]();
    let last: Uint8Array | undefined;
    for (const [n, part] of parts.entries()) {
      const { value } = (await chunks.next()) as { readonly value: Uint8Array };
      // Time for what is being read meanwhile.
      await stat(path);
      expect([n, part.equals(value)]).toEqual([n, true]);
      expect(last === undefined || parts[n - 1]?.equals(last)).toBe(true);
      last = value;
    }
    expect(await chunks.next()).toMatchObject({ done: true });
  });

  test("a chunk of a small file holds no more memory than it needs", async () => {
    using sandbox = new Sandbox();
    const path = join(sandbox.path, "in.json");
    writeFileSync(path, '{"n":1}\n');
    const chunks = await Array.fromAsync(fileChunks(path, 8));
    expect(chunks.map((chunk) => chunk.buffer.byteLength)).toEqual([4096]);
  });
});
