import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { startElasticsearch } from "../servers/elasticsearch/server.ts";
import { startMongo } from "../servers/mongodb/server.ts";
import { startSplunk } from "../servers/splunk/server.ts";
import { Project } from "../support/project.ts";
import { runProgram } from "../support/run-program.ts";
import { binaryOf } from "./runtimes.ts";

const folder = mkdtempSync(join(tmpdir(), "cloudmarker-runtimes-"));
const project = new Project();
afterAll(() => {
  project[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

const DENO = ["run", "--allow-all", "--no-config", "--node-modules-dir=manual"];

describe.each([
  ["Bun", "bun", []],
  ["Deno", "deno", DENO],
] as const)("%s (L-71)", (_, name, options) => {
  const run = (program: string, args: readonly string[]): Promise<string> =>
    runProgram(folder, binaryOf(name), [...options, join(import.meta.dirname, program), ...args]);

  it("runs FileStore as an object, by its name and in a thread", async () => {
    const output = mkdtempSync(join(folder, "output-"));
    expect(JSON.parse(await run("program.js", [output, project.path]))).toEqual({ object: 1, name: 1, thread: 1 });
  });

  it("delivers to the servers of every other store", async () => {
    await using es = await startElasticsearch();
    await using splunk = await startSplunk({ tokens: { "t-1": { useAck: false } } });
    await using mongo = await startMongo();
    const printed = await run("servers.js", [es.url, splunk.url, mongo.uri, folder]);
    expect(JSON.parse(printed)).toEqual(["search", "splunk", "mongo"].map((store) => ({ store, written: 2 })));
  });
});
