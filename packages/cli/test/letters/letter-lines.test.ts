import type { KeptLetter } from "@cloudmarker/core";
import { describe, expect, test } from "vitest";
import { formatLetter, kindOfLine, parseLetter } from "../../src/letters/letter-lines.ts";

const JSON_TEXTS = [
  '{"raw":{"n":1.50,"n":14517067005933136034,"e":"\\u00e9 \\" }"},"ext":{},"com":{}}',
  '{"raw":{"record":{"id":"x"}},"ext":{},"com":{}}',
  "{}",
  '{"raw":{"text":"\u2028 é \ud83d\ude00"},"ext":{},"com":{}}',
];

const letter: KeptLetter = {
  id: 7,
  run: "r 1",
  audit: 'a "quoted"',
  store: "search",
  plugin: "esstore",
  code: "rejected",
  reason: 'line\nbreak, "quotes", \\ and }',
  attempts: 3,
  firstTime: "2026-11-29T12:00:00.000Z",
  lastTime: "2026-11-30T12:00:00.000Z",
  state: "kept",
  recordId: "abc",
  json: "{}",
  history: [],
};

describe("a dead letter as a line", () => {
  test.each(JSON_TEXTS)("is read as it was written: %s", (json) => {
    const line = formatLetter({ ...letter, json });
    expect(line.endsWith("\n")).toBe(true);
    expect(kindOfLine(line)).toBe("dead letter");
    const { run, audit, store, code, reason, attempts, lastTime: time, recordId: id } = letter;
    expect(parseLetter(line)).toEqual({ time, run, audit, store, code, reason, attempts, id, json });
  });

  test("is none if another member follows the record, if it has no time, or if its members are others", () => {
    const line = formatLetter(letter);
    expect(parseLetter(line.replace('"record":{}', '"record":{},"more":1'))).toBeUndefined();
    expect(parseLetter(line.replace(/"time":"[^"]*"/u, '"time":"soon"'))).toBeUndefined();
    expect(parseLetter(line.replace('"attempts":3,', ""))).toBeUndefined();
    expect(parseLetter('{"time":1}')).toBeUndefined();
  });

  test("may have a long reason", () => {
    const reason = '\\"'.repeat(200_000);
    expect(parseLetter(formatLetter({ ...letter, reason }))?.reason).toBe(reason);
    expect(parseLetter(`{"time":"${"\\\\".repeat(200_000)}`)).toBeUndefined();
  });
});
