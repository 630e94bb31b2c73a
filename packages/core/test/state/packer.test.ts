import { expect, test } from "vitest";
import { jsonText } from "../../src/reader/read-json-text.ts";
import { type Entry, entryOf, makeOrigin } from "../../src/records/entry.ts";
import { unpackBlock } from "../../src/state/block.ts";
import { Packer } from "../../src/state/packer.ts";

const origin = makeOrigin({});
const entries = (...texts: readonly string[]): Entry[] =>
  texts.map((a) => entryOf(jsonText(JSON.stringify({ a })), origin));
const heads = (block: Uint8Array): string[] => unpackBlock(block).map(({ head }) => head);

test("memory is used again once nobody reads it, and not before", () => {
  const packer = new Packer();
  const [first, second] = [packer.pack(entries("1", "2")), packer.pack(entries("3"))];
  expect(second.buffer).not.toBe(first.buffer);
  packer.free(first);
  const third = packer.pack(entries("4"));
  expect(third.buffer).toBe(first.buffer);
  expect([heads(second), heads(third)]).toEqual([entries("3"), entries("4")].map((all) => all.map(({ head }) => head)));
});

test("a block that is larger has memory of its own, which is not kept", () => {
  const packer = new Packer();
  const large = packer.pack(entries("x".repeat(2 * 1024 * 1024)));
  expect(heads(large)[0]).toContain("x".repeat(2 * 1024 * 1024));
  packer.free(large);
  expect(packer.pack(entries("1")).buffer.byteLength).toBe(1024 * 1024);
});
