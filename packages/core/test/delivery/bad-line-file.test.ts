import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
