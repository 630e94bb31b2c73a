// The tap of the documentation, through the real command and a FileStore.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { runCli } from "../support/run-cli.ts";

const ROOT = join(import.meta.dirname, "../..");
const PAGE = readFileSync(join(ROOT, "docs/hooks.md"), "utf8");

function example(language: string): string {
  const text = PAGE.split(`\`\`\`${language}\n`)[1]?.split("```")[0];
  if (text === undefined) throw new Error(`docs/hooks.md has no example in ${language}`);
  return text;
}

test("the redactor of docs/hooks.md masks and removes, and leaves everything else to the byte (L-04)", async () => {
  const folder = mkdtempSync(join(tmpdir(), "cloudmarker-redact-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "node_modules/@cloudmarker"), { recursive: true });
  symlinkSync(join(ROOT, "packages/store-api"), join(folder, "node_modules/@cloudmarker/store-api"));
  writeFileSync(join(folder, "redact.ts"), example("ts"));
  const store = "{ plugin: filestore, params: { path: ./out, format: ndjson } }";
  writeFileSync(join(folder, "c.yaml"), example("yaml").replace("{ plugin: filestore }", store));
  const clean = String.raw`{"a": 1.10,"b":-0,"c":1e5,"d":14517067005933136034,"e":"\u00e9","10":1,"9":2,"k":1,"k":2}`;
  const secret = String.raw`{"n":[14517067005933136034,{"password":"hunter2","password":{"x":1},"m":1.0}],"session":{"id":1},"z":-0}`;
  const { code, stderr } = await runCli(["write", "-c", "c.yaml"], folder, `${clean}\n${secret}`);
  expect(stderr + code).toMatch(/0$/u);
  const [first, second] = readFileSync(join(folder, "out/no_worker.ndjson"), "utf8").split("\n");
  expect(first).toContain(`{"raw":${clean},"ext":{},`);
  expect(second).toContain('{"raw":{"n":[14517067005933136034,{"password":"***","m":1.0}],"z":-0},"ext":{},');
});
