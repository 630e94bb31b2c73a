import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { defineStore } from "@cloudmarker/store-api";
import { expect, onTestFinished, test } from "vitest";
import { createHost, readRecords, type Host, type HostOptions } from "../../src/index.ts";

const STORE = defineStore({
  name: "none",
  apiVersion: 1,
  params: { type: "object" },
  open: () => ({ write: () => undefined }),
});

async function* input(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

/** A host with its state in a folder of its own. */
function hostIn(options: Partial<HostOptions> = {}): { readonly host: Host; readonly letters: string } {
  const stateDir = mkdtempSync(join(tmpdir(), "cloudmarker-bad-lines-"));
  onTestFinished(() => rmSync(stateDir, { recursive: true }));
  const host = createHost({ stores: { none: STORE }, run: "r1", stateDir, ...options });
  return { host, letters: join(stateDir, "dead-letters") };
}

test("a program keeps bad lines where the command does, run after run (L-22)", async () => {
  const { host, letters } = hostIn();
  const file = join(letters, "input.ndjson");
  const files: string[] = [];
  for (const text of ['{"n":1}\nno "é"\n', '{"n":2}\n{"n":\n']) {
    const reading = readRecords(input(text), {
      name: "scan",
      onBadLines: async (lines) => void files.push(await host.keepBadLines(lines)),
    });
    for await (const records of reading) await host.write(records);
  }
  const receipt = await host.done();
  expect(receipt).toMatchObject({ ok: true, received: 2 });
  expect(files).toEqual([file, file]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(letters).mode & 0o777).toBe(0o700);
  const lines = readFileSync(file, "utf8").trim().split("\n");
  expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
    { run: "r1", input: "scan", line: 2, byte: 8, bytes: 7, code: "INPUT_MALFORMED", text: 'no "é"' },
    { run: "r1", input: "scan", line: 2, byte: 8, bytes: 5, text: '{"n":' },
  ]);
});

const bad = (name: string, line: number) => {
  return { input: name, line, byte: 10 * line, bytes: 2, reason: "why", content: Buffer.from("no") };
};

test("what an earlier process of the run has kept is not kept again when its inputs are read again (issue 14)", async () => {
  const first = hostIn();
  const stateDir = dirname(first.letters);
  await first.host.keepBadLines([bad("a", 1), bad("a", 2), bad("b", 0)]);
  await first.host.done({ goesOn: true });
  const file = join(first.letters, "input.ndjson");
  // Another run has read an input of that name, and a kill has torn a line.
  writeFileSync(file, `${readFileSync(file, "utf8")}{"run":"r1"\n`);
  await hostIn({ run: "r2", stateDir }).host.keepBadLines([bad("a", 9)]);
  const { host } = hostIn({ run: undefined, stateDir, resume: { run: "r1", readsOn: () => true } });
  await host.keepBadLines([bad("a", 1), bad("a", 2), bad("a", 3)]);
  await host.keepBadLines([bad("b", 0), bad("b", 1), bad("c", 0)]);
  await host.done();
  const kept = readFileSync(file, "utf8").matchAll(/"run":"(r\d)","input":"(\w)","line":(\d)/gu);
  expect(Array.from(kept, ([, ...one]) => one.join(" "))).toEqual(
    "r1 a 1,r1 a 2,r1 b 0,r2 a 9,r1 a 3,r1 b 1,r1 c 0".split(","),
  );
});

test("a half line that a killed process left is closed off, and an explanation leaves nothing", async () => {
  const { host, letters } = hostIn({ explain: () => undefined });
  const line = { input: "x", line: 1, byte: 0, bytes: 2, reason: "why", content: Buffer.from("no") };
  expect(await host.keepBadLines([line])).toBe(join(letters, "input.ndjson"));
  expect(() => readdirSync(letters)).toThrow("ENOENT");
  const real = hostIn();
  await real.host.keepBadLines([line]);
  const file = join(real.letters, "input.ndjson");
  writeFileSync(file, `${readFileSync(file, "utf8")}{"half`);
  await real.host.keepBadLines([line]);
  expect(readFileSync(file, "utf8").split("\n")).toEqual([
    expect.stringContaining('"text":"no"}'),
    '{"half',
    expect.stringContaining('"text":"no"}'),
    "",
  ]);
});
