import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { Project } from "../support/project.ts";
import { runProgram } from "../support/run-program.ts";
import { BUNDLERS, type Program } from "./bundle.ts";
import { EVERY_STORE, startServers } from "./start-servers.ts";

const WORKER = fileURLToPath(import.meta.resolve("@cloudmarker/core/worker"));
const NODE26 = join(import.meta.dirname, "../node_modules/node26/bin/node");
const ALL = { object: 1, name: 1, thread: 1 };
const NO_THREAD = { object: 1, name: 1, thread: "worker_missing" };

const folder = mkdtempSync(join(tmpdir(), "cloudmarker-bundlers-"));
const project = new Project();
afterAll(() => {
  project[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a program, and checks that the records are where it says. */
async function run(command: string, args: readonly string[], worker = ""): Promise<Record<string, unknown>> {
  const output = mkdtempSync(join(folder, "output-"));
  const results = JSON.parse(await runProgram(folder, command, [...args, output, project.path, worker]));
  for (const [way, written] of Object.entries(results)) {
    if (written !== 1) continue;
    expect(readFileSync(join(output, way, "bundled.ndjson"), "utf8")).toContain(`{"raw":{"way":"${way}"}`);
  }
  return results;
}

const bundles = new Map<string, Promise<string>>();
function bundle(name: string, program: Program = "program"): Promise<string> {
  const key = `${name} ${program}`;
  const made = bundles.get(key) ?? BUNDLERS[name]?.(mkdtempSync(join(folder, "bundle-")), program);
  if (made === undefined) throw new Error(`no bundler ${name}`);
  bundles.set(key, made);
  return made;
}

/** Has a program write to a server of each kind, and checks that the records are there. */
async function runServers(command: string, ...args: string[]): Promise<Record<string, unknown>> {
  const servers = await startServers();
  onTestFinished(() => servers[Symbol.asyncDispose]());
  const printed = await runProgram(folder, command, [...args, ...servers.urls, folder, project.path, WORKER]);
  expect(servers.ways()).toEqual({ object: 6, name: 6, thread: 6 });
  return JSON.parse(printed);
}

describe("a bundled program (L-70)", () => {
  it.each(["esbuild, esm", "rollup", "vite, SSR"])("%s: a thread needs worker.js beside the bundle", async (name) => {
    const program = await bundle(name);
    expect(await run(process.execPath, [program])).toEqual(NO_THREAD);
    copyFileSync(WORKER, join(dirname(program), "worker.js"));
    expect(await run(process.execPath, [program])).toEqual(ALL);
  });

  it("webpack 5 takes the worker along by itself", async () => {
    expect(await run(process.execPath, [await bundle("webpack 5")])).toEqual(ALL);
  });

  it("esbuild, cjs: a bundle that does not know where it is needs workerUrl", async () => {
    const program = await bundle("esbuild, cjs");
    expect(await run(process.execPath, [program])).toEqual(NO_THREAD);
    expect(await run(process.execPath, [program], WORKER)).toEqual(ALL);
  });

  it("the worker runs as CommonJS and from a data: URL", async () => {
    const program = await bundle("esbuild, cjs");
    writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "commonjs" }));
    const copy = join(folder, "worker.js");
    copyFileSync(WORKER, copy);
    expect(await run(process.execPath, [program], copy)).toEqual(ALL);
    // An argument of a program has at most 128 KiB.
    const text = gzipSync(readFileSync(WORKER)).toString("base64");
    const source = `import { gunzipSync } from "node:zlib"; import("data:text/javascript;base64," + gunzipSync(Buffer.from("${text}", "base64")).toString("base64"));`;
    expect(await run(process.execPath, [program], `data:text/javascript,${encodeURIComponent(source)}`)).toEqual(ALL);
  });

  it.each(Object.keys(BUNDLERS))(
    "%s: the stores across a network deliver, with what they bring along",
    async (name) => {
      expect(await runServers(process.execPath, await bundle(name, "servers"))).toEqual(EVERY_STORE);
    },
  );

  it("a single executable of Node: the stores across a network deliver", async () => {
    const output = join(folder, "servers");
    const config = join(folder, "servers.json");
    const main = await bundle("esbuild, cjs", "servers");
    writeFileSync(config, JSON.stringify({ main, output, disableExperimentalSEAWarning: true }));
    await runProgram(folder, NODE26, ["--build-sea", config]);
    expect(await runServers(output)).toEqual(EVERY_STORE);
  });

  it("a single executable of Node loads plugins from node_modules, and threads by workerUrl", async () => {
    const config = join(folder, "sea.json");
    const output = join(folder, "program");
    writeFileSync(
      config,
      JSON.stringify({ main: await bundle("esbuild, cjs"), output, disableExperimentalSEAWarning: true }),
    );
    await runProgram(folder, NODE26, ["--build-sea", config]);
    expect(await run(output, [])).toEqual(NO_THREAD);
    expect(await run(output, [], WORKER)).toEqual(ALL);
  });
});
