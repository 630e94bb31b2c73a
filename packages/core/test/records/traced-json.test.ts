import { EARLIER } from "@cloudmarker/store-api";
import { expect, test } from "vitest";
import { jsonText } from "../../src/reader/read-json-text.ts";
import { parseLossless } from "../../src/records/raw-json.ts";
import { parseTraced } from "../../src/records/traced-json.ts";
import { random, randomJson } from "./support.ts";

test("reads what the native parser reads, and knows where each object and array is", () => {
  const next = random(3);
  for (let round = 0; round < 1000; round++) {
    const { text } = jsonText(randomJson(next, 4, "object"));
    // Without keys that begin with an escape: V8 13.6 may turn it into a backslash.
    if (/[{,]\s*"\\/u.test(text)) continue;
    const { value, parts } = parseTraced(text);
    expect(value).toEqual(parseLossless(text));
    for (const [object, { start, end }] of parts) expect(parseTraced(text.slice(start, end)).value).toEqual(object);
  }
});

test("hides the earlier values of a repeated key", () => {
  const { value, repeated } = parseTraced('{"a":{"k":1,"k":{"x":2},"k":3},"__proto__":1,"b":2}');
  const { a } = value as { a: object };
  expect(JSON.stringify(value)).toBe('{"a":{"k":3},"__proto__":1,"b":2}');
  expect((a as { [EARLIER]?: unknown })[EARLIER]).toEqual([
    ["k", 1],
    ["k", { x: 2 }],
  ]);
  expect([...repeated]).toEqual([5]);
  expect(EARLIER in { ...a }).toBe(false);
});

test("reads a key that begins with an escape as it is", () => {
  const texts = [String.raw`{"é":1,"\\":2}`, String.raw`{"é":1,"\/":2}`, String.raw`{"é":1,"\u0000":2}`];
  expect(texts.map((text) => Object.keys(parseTraced(text).value as object)[1])).toEqual(["\\", "/", "\0"]);
});
