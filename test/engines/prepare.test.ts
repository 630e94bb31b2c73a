import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

// The sources of the engines with a Go, a Maven and a JDK that only leave what the real ones would: those need the
// network and minutes.
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "cloudmarker-engines-"));
  cpSync(import.meta.dirname, join(root, "test/engines"), { recursive: true });
  mkdirSync(join(root, "bin"));
  mkdirSync(join(root, "jdk/bin"), { recursive: true });
  tool("bin/go", `process.argv[2] === "version" ? console.log("go 1") : touch(process.argv.at(-2))`);
  tool("bin/mvn", `touch(process.argv.find((arg) => arg.startsWith("-DoutputDirectory=")).slice(18) + "/some.jar")`);
  tool("jdk/bin/java", `console.error('openjdk version "25.0.1"')`);
  tool("jdk/bin/javac", `touch(process.argv[4] + "/Some.class")`);
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

test("the first run builds all engines, the second none", () => {
  expect(missing("hec")).toBe("run npm run engines");
  const { status, built } = prepare();
  expect(status).toBe(0);
  expect(built).toEqual(["elasticsearch", "ferretdb", "hec", "mongo-java", "opensearch", "victorialogs"]);
  expect(readdirSync(join(root, ".engines/opensearch"))).toEqual(["classes", "lib", "stamp.json"]);
  expect(existsSync(join(root, ".engines/hec/hec"))).toBe(true);
  expect(missing("hec")).toBe("undefined");
  expect(prepare()).toMatchObject({ status: 0, built: [], stderr: "engines: 6 of 6 ready\n" });
});

test("a changed source is built again, and missing until then", () => {
  prepare();
  appendFileSync(join(root, "test/engines/hec/main.go"), "// changed");
  expect(missing("hec")).toBe("run npm run engines");
  expect(prepare().built).toEqual(["hec"]);
  expect(missing("hec")).toBe("undefined");
  appendFileSync(join(root, "test/engines/java/Lifeline.java"), "// changed");
  expect(prepare().built).toEqual(["elasticsearch", "mongo-java", "opensearch"]);
});

test("another version of a tool builds its engines again", () => {
  prepare();
  tool("jdk/bin/java", `console.error('openjdk version "26"')`);
  expect(prepare().built).toEqual(["elasticsearch", "mongo-java", "opensearch"]);
});

test("a JDK that is gone is named", () => {
  prepare();
  rmSync(join(root, "jdk"), { recursive: true });
  expect(missing("opensearch")).toBe("Java 21 or later");
});

test("a failed build shows why, leaves nothing, and the others go on", () => {
  tool("bin/mvn", `console.error("no network"); process.exitCode = 7`);
  const { status, built, stderr } = prepare();
  expect(status).toBe(1);
  expect(stderr).toContain("opensearch: mvn failed (7):\nno network\n");
  expect(stderr).toContain("engines: 3 of 6 ready\n");
  expect(built).toEqual(["ferretdb", "hec", "victorialogs"]);
  expect(readdirSync(join(root, ".engines")).toSorted()).toEqual(["ferretdb", "hec", "victorialogs"]);
});

test("a missing tool is named, and the other engines are built", () => {
  rmSync(join(root, "bin/go"));
  const { status, built, stderr } = prepare();
  expect(status).toBe(1);
  expect(stderr).toContain("hec: cannot be built: Go 1.24 or later is missing\n");
  expect(built).toEqual(["elasticsearch", "mongo-java", "opensearch"]);
});

function prepare(): { status: number | null; stderr: string; built: readonly string[] } {
  const { status, stderr } = node(join(root, "test/engines/prepare.ts"));
  const built = stderr.matchAll(/^(\S+): built in [\d.]+ s$/gm).map(([, name = ""]) => name);
  return { status, stderr, built: [...built].toSorted() };
}

function missing(name: string): string {
  const source = `import { missing } from "./test/engines/missing.ts"; console.log(missing("${name}"))`;
  return node("--input-type=module", "-e", source).stdout.trim();
}

function node(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const env = { PATH: join(root, "bin"), JAVA_HOME: join(root, "jdk"), NODE_NO_WARNINGS: "1" };
  return spawnSync(process.execPath, args, { cwd: root, env, encoding: "utf8" });
}

/** A program that runs the line of JavaScript; `touch` makes a file and its folders. */
function tool(path: string, line: string): void {
  const touch = `const { mkdirSync, writeFileSync } = require("fs"), { dirname } = require("path");
const touch = (path) => { mkdirSync(dirname(path), { recursive: true }); writeFileSync(path, ""); };`;
  writeFileSync(join(root, path), `#!${process.execPath}\n${touch}\n${line}\n`, { mode: 0o755 });
}
