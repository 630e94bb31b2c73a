// What the command makes, as files. That the packages can be installed, tested and published is tested with a registry.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createCommand } from "../src/command.ts";

let cwd = "";
beforeEach(() => void (cwd = mkdtempSync(join(tmpdir(), "cloudmarker-create-"))));
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

async function create(...args: string[]) {
  let [out, err] = ["", ""];
  const code = await createCommand(args, {
    cwd,
    isTerminal: false,
    year: 2026,
    out: (text) => (out += text),
    err: (text) => (err += text),
  });
  return { code, out, err };
}

const read = (path: string): string => readFileSync(join(cwd, path), "utf8");

describe("npm create @cloudmarker/store", () => {
  test.each([
    ["http", ["kafka", "--kind", "http"], "cloudmarker-store-kafka"],
    ["sql", ["kafka", "--kind", "sql"], "cloudmarker-store-kafka"],
    ["file", ["kafka", "--kind", "file"], "cloudmarker-store-kafka"],
    ["blank", ["kafka"], "cloudmarker-store-kafka"],
    ["tap", ["@acme/pii", "--tap"], "cloudmarker-tap-pii"],
  ])("makes a whole package of kind %s, without a gap", async (kind, args, folder) => {
    const { code, out } = await create(...args);
    expect(code).toBe(0);
    const files = out.split("\n").flatMap((line) => (line.startsWith(`  ${folder}/`) ? [line.trim()] : []));
    expect(files).toEqual(
      expect.arrayContaining(
        [".github/workflows/ci.yml", ".gitignore", "CHANGELOG.md", "LICENSE", "README.md", "package.json"].map(
          (file) => `${folder}/${file}`,
        ),
      ),
    );
    // `${{ … }}` belongs to the workflow.
    for (const file of files) expect(read(file).replaceAll("${{", "")).not.toContain("{{");
    const manifest = JSON.parse(read(`${folder}/package.json`)) as Record<string, Record<string, string>>;
    expect(manifest["keywords"]).toContain(kind === "tap" ? "cloudmarker-tap" : "cloudmarker-store");
    expect(manifest["dependencies"]?.["@cloudmarker/store-api"]).toMatch(/^\^\d+\.\d+\.\d+$/u);
    expect(out).toContain(`cd ${folder}\n  npm install\n  npm test`);
  });

  test("overwrites nothing", async () => {
    await create("kafka");
    writeFileSync(join(cwd, "cloudmarker-store-kafka/src/index.ts"), "mine");
    const { code, err } = await create("kafka");
    expect(code).toBe(73);
    expect(err).toBe(
      "The folder cloudmarker-store-kafka is not empty, and nothing in it is overwritten. Choose another name, or move it away.\n",
    );
    expect(read("cloudmarker-store-kafka/src/index.ts")).toBe("mine");
  });

  test.each([
    [[], "The name is missing: npm create @cloudmarker/store NAME, such as kafka or @acme/kafka."],
    [["Kafka"], '"Kafka" cannot be the name of a package'],
    [["kafka", "--kind", "mail"], "Allowed choices are http, sql, file, blank."],
    [["kafka", "--tap", "--kind", "http"], "cannot be used with"],
    [["kafka", "other"], "too many arguments"],
  ])("says what is wrong with %j, and makes nothing", async (args, message) => {
    const { code, err } = await create(...args);
    expect(code).toBe(64);
    expect(err).toContain(message);
    expect(existsSync(join(cwd, "cloudmarker-store-kafka"))).toBe(false);
  });

  test("explains itself", async () => {
    const { code, out } = await create("--help");
    expect(code).toBe(0);
    expect(out).toContain("npm create @cloudmarker/store NAME -- [options]");
    expect(out).toContain("  sql    a table of a database; SQLite, which needs no server");
  });
});
