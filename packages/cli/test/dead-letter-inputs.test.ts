// Dead letters as an input of `write`: recognised, and refused with the command that takes them (issue 14).
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { whyNoRecords } from "../src/input/dead-letter-line.ts";
import { BIN, Sandbox } from "./support/cli.ts";

const HEAD = `{"time":"2026-11-30T12:00:00.000Z","run":"r1","audit":"nightly","store":"search","code":"mapping"`;
const LETTER = `${HEAD},"reason":"a \\"quoted\\" text","attempts":1,"id":"a1","record":{"raw":{"n":1},"ext":{},"com":{}}}\n`;
const BAD_LINE = `{"time":"2026-11-30T12:00:00.000Z","run":"r1","input":"in.json","line":3,"byte":10,"bytes":5,"code":"INPUT_MALFORMED","reason":"why","text":"{oops"}\n`;

const REPLAY = /it holds dead letters; to send them again: cloudmarker dead-letters replay (.+)\n/u;
const CASES: [line: string, file: string][] = [
  ["$CM old.ndjson", "old.ndjson"],
  ["$CM other.json old.ndjson", "old.ndjson"],
  ["$CM 'odd name.ndjson'", "'odd name.ndjson'"],
  ["$CM < old.ndjson", "-"],
  ["$CM --select record old.ndjson", "old.ndjson"],
  ["cat old.ndjson | $CM", "-"],
  ["$CM old.ndjson.gz", "old.ndjson.gz"],
];

test.each(CASES)("%s is refused, and the command that sends them is named", (line, file) => {
  using sandbox = new Sandbox();
  sandbox.file("old.ndjson", LETTER);
  sandbox.file("odd name.ndjson", LETTER);
  sandbox.file("old.ndjson.gz", gzipSync(LETTER));
  sandbox.file("other.json", "[{}]");
  const command = `${process.execPath} ${BIN} write --store filestore --param path=./out`;
  const { status, stderr } = spawnSync("bash", ["-c", line], {
    cwd: sandbox.path,
    env: { PATH: process.env.PATH, HOME: sandbox.home, XDG_STATE_HOME: sandbox.state, NO_COLOR: "1", CM: command },
    encoding: "utf8",
  });
  expect(REPLAY.exec(stderr)?.[1]).toBe(file);
  expect(status).toBe(65);
  expect(existsSync(join(sandbox.path, "out", "no_worker.json"))).toBe(false);
});

test("lines of an input that are no records are recognised as well", () => {
  expect(whyNoRecords(BAD_LINE, "input.ndjson")).toContain("jq -r .text FILE");
});

test("a record that only looks like a dead letter at first sight is a record", () => {
  expect(whyNoRecords(`${HEAD},"finding":{}}`, "in.json")).toBeUndefined();
  expect(whyNoRecords(LETTER.replace('"attempts":1', '"attempts":"1"'), "in.json")).toBeUndefined();
  expect(whyNoRecords("", "in.json")).toBeUndefined();
});
