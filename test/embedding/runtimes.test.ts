import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { Project } from "../support/project.ts";
import { runProgram } from "../support/run-program.ts";
import { binaryOf } from "./runtimes.ts";
import { EVERY_STORE, startServers } from "./start-servers.ts";

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

  it("delivers to the servers of every other store, given as an object, by its name and in a thread", async () => {
    const servers = await startServers();
    onTestFinished(() => servers[Symbol.asyncDispose]());
    expect(JSON.parse(await run("servers.js", [...servers.urls, folder, project.path]))).toEqual(EVERY_STORE);
    expect(servers.ways()).toEqual({ object: 6, name: 6, thread: 6 });
  });
});
