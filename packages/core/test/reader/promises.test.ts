import { createHook } from "node:async_hooks";
import { describe, expect, test } from "vitest";
import { readRecords } from "../../src/index.ts";

const RECORDS = 1_000;

describe("reading costs promises for each chunk, and none for a record", () => {
  test.each([
    ["NDJSON", "", "", "\n", 0],
    ["an array", "[", "]", ",", 0],
    ["an array that is indented", "[\n", "\n]", ",\n", 2],
    ["objects on several lines, one after another", "", "", "\n", 2],
    ["objects without anything between", "", "", "", 0],
  ])("%s", async (_name, open, close, between, indent) => {
    const text = open + recordsOf(indent).join(between) + close;
    expect(await promisesOf(text)).toBeLessThan(RECORDS / 5);
  });
});

function recordsOf(indent: number): string[] {
  return Array.from({ length: RECORDS }, (_, index) => JSON.stringify({ id: index, tags: ["a", "b"] }, null, indent));
}

async function promisesOf(text: string): Promise<number> {
  let promises = 0;
  const hook = createHook({
    init: (_id, type) => {
      if (type === "PROMISE") promises += 1;
    },
  });
  hook.enable();
  let read = 0;
  for await (const records of readRecords(chunksOf(text), { name: "in.json" })) read += records.length;
  hook.disable();
  expect(read).toBe(RECORDS);
  return promises;
}

async function* chunksOf(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
}
