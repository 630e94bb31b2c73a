import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { defineStore, RetryError } from "@cloudmarker/store-api";
import { afterAll, describe, expect, it } from "vitest";
import { Project } from "../support/project.ts";
import { runProgram } from "../support/run-program.ts";
import { DocumentedPrograms } from "./documented-programs.ts";

const programs = new DocumentedPrograms("recipes.md");

const project = new Project();
afterAll(() => project[Symbol.dispose]());

/** A folder with these programs in it. */
function folderWith(...names: readonly string[]): string {
  return programs.folderIn(project.path, names);
}

function linesIn(...path: readonly string[]): unknown[] {
  const lines = readFileSync(join(...path), "utf8")
    .trimEnd()
    .split("\n");
  return lines.map((line) => JSON.parse(line).raw);
}

const archiveIn = (path: string) => ({ archive: { plugin: "filestore", params: { path, format: "ndjson" } } });

describe("the recipes of docs/recipes.md run as they stand (L-73)", () => {
  it("a Fastify service: one host a request, and one for all", async () => {
    const folder = folderWith("service.mjs");
    writeFileSync(
      join(folder, "main.mjs"),
      `import { buildService } from "./service.mjs";
      const app = buildService(${JSON.stringify(archiveIn(join(folder, "records")))});
      const post = (url, payload) => app.inject({ method: "POST", url, payload });
      const audit = await post("/audits", [{ n: 1 }, { n: 2 }]);
      const finding = await post("/findings", { n: 3 });
      const health = await app.inject("/health");
      await app.close();
      const { written } = health.json().stores[0];
      console.log(JSON.stringify({ ok: audit.json().ok, run: finding.statusCode, written }));`,
    );
    const printed = await runProgram(folder, process.execPath, ["main.mjs"]);
    expect(JSON.parse(printed)).toEqual({ ok: true, run: 202, written: 1 });
    expect(linesIn(folder, "records", "uploads.ndjson")).toEqual([{ n: 1 }, { n: 2 }]);
    expect(linesIn(folder, "records", "live.ndjson")).toEqual([{ n: 3 }]);
  });

  it("a command with a progress bar", async () => {
    const folder = folderWith("progress.mjs");
    writeFileSync(join(folder, "findings.json"), '[{"n":1},{"n":2}]');
    const command = `"${process.execPath}" progress.mjs findings.json 2>&1`;
    expect(await runProgram(folder, "/bin/sh", ["-c", command])).toMatch(/\rarchive 2\/2\n$/);
  });

  it("one file, with a store in a thread", async () => {
    const folder = folderWith("audit.mjs", "build.mjs");
    await runProgram(folder, process.execPath, ["build.mjs"]);
    await runProgram(folder, process.execPath, ["dist/audit.cjs"]);
    expect(readFileSync(join(folder, "records", "no_worker.json"), "utf8")).toContain('"bucket":"logs"');
    expect(readFileSync(join(folder, "apart", "no_worker.json"), "utf8")).toContain('"bucket":"logs"');
  });

  it("a Lambda function, whose event comes twice", async () => {
    const folder = folderWith("lambda.mjs");
    const { makeHandler } = await import(pathToFileURL(join(folder, "lambda.mjs")).href);
    const handler = makeHandler(archiveIn(join(folder, "records")), join(folder, "state"));
    const context = { awsRequestId: "8b2d", getRemainingTimeInMillis: () => 20_000 };
    const event = { findings: [{ n: 1 }, { n: 2 }] };
    expect(await handler(event, context)).toEqual({ run: "8b2d", accepted: 2 });
    expect(await handler(event, context)).toEqual({ run: "8b2d", accepted: 2 });
    expect(linesIn(folder, "records", "lambda.ndjson")).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it("a Lambda function, whose event comes again since a store was away", async () => {
    const folder = folderWith("lambda.mjs");
    const { makeHandler } = await import(pathToFileURL(join(folder, "lambda.mjs")).href);
    const got: string[] = [];
    let isAway = true;
    const search = defineStore({
      name: "search",
      apiVersion: 1,
      params: { type: "object" },
      open: () => ({
        write(batch) {
          if (isAway) throw new RetryError("away", "The back end is away.");
          for (const record of batch) got.push(record.json);
        },
      }),
    });
    const handler = makeHandler({ search }, join(folder, "state"));
    const event = { findings: [{ n: 1 }, { n: 2 }] };
    const late = { awsRequestId: "8b2d", getRemainingTimeInMillis: () => 2_100 };
    await expect(handler(event, late)).rejects.toThrow("not everything was delivered");
    isAway = false;
    const context = { awsRequestId: "8b2d", getRemainingTimeInMillis: () => 20_000 };
    expect(await handler(event, context)).toEqual({ run: "8b2d", accepted: 2 });
    expect(got).toHaveLength(2);
  });

  it("CommonJS", async () => {
    const folder = folderWith("audit.cjs");
    await runProgram(folder, process.execPath, ["audit.cjs"]);
    expect(readFileSync(join(folder, "records", "no_worker.json"), "utf8")).toContain('"bucket":"website"');
  });

  it("Jest, with modules of its own realm (L-71)", async () => {
    const folder = folderWith("audit.jest.mjs", "jest.config.mjs");
    const jest = join(import.meta.dirname, "../node_modules/jest/bin/jest.js");
    const command = `"${process.execPath}" --experimental-vm-modules "${jest}" 2>&1`;
    expect(await runProgram(folder, "/bin/sh", ["-c", command])).toContain("2 passed");
  });

  it("the same under Vitest's vmThreads (L-71)", async () => {
    const folder = folderWith("audit.jest.mjs");
    const vitest = join(import.meta.dirname, "../../node_modules/vitest/vitest.mjs");
    writeFileSync(
      join(folder, "vitest.config.mjs"),
      `export default { test: { include: ["*.jest.mjs"], globals: true, pool: "vmThreads", maxWorkers: 1 } };`,
    );
    const command = `"${process.execPath}" "${vitest}" run --root . 2>&1`;
    expect(await runProgram(folder, "/bin/sh", ["-c", command])).toMatch(/Tests .*2 passed/);
  });

  it("every program of the page is run here", () => {
    const names = [
      "service.mjs",
      "progress.mjs",
      "audit.mjs",
      "build.mjs",
      "lambda.mjs",
      "audit.cjs",
      "jest.config.mjs",
      "audit.jest.mjs",
    ];
    expect(programs.names).toEqual(names);
  });
});
