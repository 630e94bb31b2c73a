import { expect, test } from "vitest";
import { jsonText } from "../../src/reader/read-json-text.ts";
import { type Entry, entryOf, makeOrigin } from "../../src/records/entry.ts";
import { unpackBlock } from "../../src/state/block.ts";
import { entryFor } from "../../src/state/fork.ts";
import { Packer } from "../../src/state/packer.ts";

const origin = makeOrigin({});
const entries = (...texts: readonly string[]): Entry[] =>
  texts.map((a) => entryOf(jsonText(JSON.stringify({ a })), origin));
const heads = (block: Uint8Array): unknown[] => unpackBlock(block).map((one) => entryFor(one, 0)?.head);

const MIB = 1024 * 1024;
const large = (name: string): Entry[] => entries(`${name}${"x".repeat(0.7 * MIB)}`);

test("memory is used again once nobody reads it, and not before", () => {
  const packer = new Packer();
  const [first, second] = [packer.pack(large("1")), packer.pack(large("2"))];
  expect(second.buffer).not.toBe(first.buffer);
  packer.free(first);
  const third = packer.pack(large("3"));
  expect(third.buffer).toBe(first.buffer);
  expect([heads(second), heads(third)]).toEqual([large("2"), large("3")].map((all) => all.map(({ head }) => head)));
});

test.each([
  ["a few small records", 10, 100],
  ["a record that is larger than a piece", 2 * MIB, 2 * MIB + 100],
])("%s have memory of their own, no more than they need, which is not kept", (_name, length, most) => {
  const packer = new Packer();
  const block = packer.pack(entries("x".repeat(length)));
  expect(heads(block)[0]).toContain("x".repeat(length));
  expect(block.buffer.byteLength).toBeLessThan(most);
  packer.free(block);
  expect(packer.pack(large("1")).buffer).not.toBe(block.buffer);
});
