import { expect, test } from "vitest";
import { isScalar, memberWriter, valueOf } from "../../src/batches/index.ts";
import { recordOf } from "../support.ts";

/** Node 22 has it; TypeScript's library does not describe it yet. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

test("a value that fits is written with its digits, any other is left out", () => {
  const raw = {
    n: rawJSON("14517067005933136034"),
    list: ["a", 1],
    none: null,
    object: {},
    empty: [],
    mixed: ["a", {}],
  };
  const keys = [...Object.keys(raw), "missing"];
  const write = memberWriter(keys.map((name) => ({ name, from: `/raw/${name}`, fits: isScalar })));
  expect(write({ raw })).toBe(',"n":14517067005933136034,"list":["a",1]');
});

test("a name is written as JSON", () => {
  expect(memberWriter([{ name: 'a"b', from: "/raw", fits: isScalar }])({ raw: true })).toBe(',"a\\"b":true');
});

test("a record that nests too deep has no value", () => {
  const record = recordOf(1);
  expect(valueOf(record)).toBe(record.value);
  Object.defineProperty(record, "value", {
    get() {
      throw new RangeError("Maximum call stack size exceeded");
    },
  });
  expect(valueOf(record)).toBeUndefined();
});
