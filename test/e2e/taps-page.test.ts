// The tap of docs/taps.md: the files as they stand there, through the command, under their own test and the compiler.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { Project } from "../support/project.ts";
import { runCli } from "../support/run-cli.ts";

const ROOT = join(import.meta.dirname, "../..");
const PAGE = readFileSync(join(ROOT, "docs/taps.md"), "utf8");
const TAP = "src/index.ts";
const TEST = "test/owners.test.ts";

let folder: string;
beforeEach(() => {
  const project = new Project();
  onTestFinished(() => project[Symbol.dispose]());
  folder = project.path;
  const programs = PAGE.matchAll(/```ts\n\/\/ (\S+)\n(.*?)```/gs);
  for (const [, name = "", program = ""] of programs) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), program);
  }
  const yaml = PAGE.split("```yaml\n")[1]?.split("```")[0] ?? "";
  writeFileSync(join(folder, "c.yaml"), yaml.replace("./owners.ts", `./${TAP}`));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
});

test("it drops, changes and warns as the page says", async () => {
  const lines = ["111", "333", "444"].map((account) => `{"account":"${account}","n":14517067005933136034}`);
  const { code, stderr } = await runCli(["write", "-c", "c.yaml"], folder, lines.join("\n"));
  expect([code, stderr]).toEqual([0, expect.stringContaining("Nobody owns 444.")]);
  const [first, second, rest] = readFileSync(join(folder, "out/no_worker.ndjson"), "utf8").split("\n");
  expect(first).toContain('{"raw":{"account":"111","n":14517067005933136034},"ext":{"owner":"ann"},');
  expect(second).toContain('{"raw":{"account":"444","n":14517067005933136034},"ext":{},');
  expect(rest).toBe("");
});

test("its problems stand where the page says", async () => {
  const yaml = readFileSync(join(folder, "c.yaml"), "utf8").replace('skip: ["333"]', 'skip: ["333", "222"]');
  writeFileSync(join(folder, "c.yaml"), yaml);
  const { code, stderr } = await runCli(["check", "-c", "c.yaml"], folder);
  expect(code).toBe(78);
  expect(stderr).toMatch(/c\.yaml:3:\d+ +skip\[1\] is 222, which has an owner\./u);
});

test("its own test passes, and the compiler has nothing to say", () => {
  const printed = execFileSync(process.execPath, ["--test", "--test-reporter=tap", TEST], {
    cwd: folder,
    encoding: "utf8",
  });
  expect(printed).toContain("# pass 8");
  const options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2024", "--types", "node"];
  const checks = ["--isolatedDeclarations", "--declaration", "--erasableSyntaxOnly", "--allowImportingTsExtensions"];
  const types = ["--typeRoots", join(ROOT, "node_modules/@types")];
  const compiler = join(ROOT, "node_modules/.bin/tsc");
  execFileSync(compiler, [...options, ...checks, ...types, TAP, TEST], { cwd: folder, stdio: "pipe" });
});
