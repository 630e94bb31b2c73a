// docs/migrating.md: what is different from the Python package, and what restores it. Tests elsewhere have the keys of
// rows in their names, too.
import { globSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createHost, type Receipt, type StoreOption } from "@cloudmarker/core";
import esstore from "@cloudmarker/esstore";
import filestore from "@cloudmarker/filestore";
import mongodbstore from "@cloudmarker/mongodbstore";
import splunkhecstore from "@cloudmarker/splunkhecstore";
import { expect, onTestFinished, test } from "vitest";
import { startElasticsearch } from "../../packages/store-testkit/src/servers/elasticsearch/server.ts";
import type { MongoRequest } from "../../packages/store-testkit/src/servers/mongodb/faults.ts";
import { startMongo } from "../../packages/store-testkit/src/servers/mongodb/server.ts";
import { startSplunk } from "../../packages/store-testkit/src/servers/splunk/server.ts";
import { Project } from "../support/project.ts";
import { runCli } from "../support/run-cli.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const KEY = /\bM[CFEMS]-\d+\b/gu;
const SPLUNK_TOKEN = "11111111-2222-3333-4444-555555555555";

/** A folder that is removed after the test. */
function folder(): string {
  const project = new Project();
  onTestFinished(() => project[Symbol.dispose]());
  return project.path;
}

/** Stops with the test. */
function stopped<T extends { stop(): Promise<void> }>(server: T): T {
  onTestFinished(() => server.stop());
  return server;
}

/** Writes one record to one store. */
async function written(plugin: StoreOption["plugin"], params: Record<string, unknown>): Promise<Receipt> {
  const delivery = { retry: { min: "10ms", max: "20ms" } };
  const host = createHost({ stores: { store: { plugin, params, delivery } }, stateDir: folder() });
  await host.write({ raw: { n: 1 }, com: { origin_worker: "w" } });
  return host.done();
}

test("each row of the table has a test, and each key of a test is in a row", () => {
  const rows = readFileSync(join(ROOT, "docs/migrating.md"), "utf8").match(/^\| M[CFEMS]-\d+ /gmu) ?? [];
  const keys = rows.map((row) => row.slice(2, -1));
  expect(new Set(keys).size).toBe(keys.length);
  const files = globSync(["packages/*/test/**/*.test.ts", "plugins/*/test/**/*.test.ts", "test/*/*.test.ts"], {
    cwd: ROOT,
  });
  const tested = files.flatMap((file) => readFileSync(join(ROOT, file), "utf8").match(KEY) ?? []);
  expect([...new Set(tested)].toSorted()).toEqual(keys.toSorted());
});

test("a buffer size of 0 sends each record by itself (MC-10)", () => {
  for (const { batchFor, params } of [esstore, mongodbstore, splunkhecstore]) {
    const defaults = Object.entries(params.properties).map(([name, schema]) => [
      name,
      "default" in schema ? schema.default : undefined,
    ]);
    const limits = batchFor?.({ ...Object.fromEntries(defaults), buffer_size: 0 } as never);
    expect(limits?.records ?? limits?.bytes).toBe(1);
  }
});

test("a record stays as it is, and any other object becomes `raw` (MC-14)", async () => {
  const path = folder();
  const input = '{"a":1}\n{"raw":{"b":2},"com":{"x":1}}\n';
  const stores = ["--store", "filestore", "--param", "path=out"];
  expect(await runCli(["write", ...stores, "-"], path, input)).toMatchObject({ code: 0 });
  const records = JSON.parse(readFileSync(join(path, "out/no_worker.json"), "utf8")) as object[];
  expect(records).toEqual([
    { raw: { a: 1 }, ext: {}, com: expect.objectContaining({ origin_worker: "no_worker" }) },
    { raw: { b: 2 }, com: expect.objectContaining({ x: 1 }) },
  ]);
});

test("a failure is in the receipt and in the exit code (MC-15)", async () => {
  const path = folder();
  writeFileSync(join(path, "file"), "");
  const stores = ["--store", "filestore", "--param", "path=file", "--deadline", "1s"];
  const { code, stdout } = await runCli(["write", ...stores, "-"], path, "{}");
  expect(code).toBe(1);
  expect(stdout).toContain("NOT all delivered");
});

test("a record that a server does not take is sent again until it does (MC-16)", async () => {
  const server = stopped(await startSplunk({ tokens: { [SPLUNK_TOKEN]: {} } }));
  server.faults.next({ kind: "status", status: 503 }).next({ kind: "status", status: 503 });
  expect(await written(splunkhecstore, { uri: server.url, token: SPLUNK_TOKEN })).toMatchObject({ ok: true });
  expect(server.posts).toBe(3);
  expect(server.indexed).toBe(1);
});

test("a relative path begins where it is written: at its file, or at the current folder (MC-18)", async () => {
  const path = folder();
  mkdirSync(join(path, "etc"));
  writeFileSync(join(path, "etc/cloudmarker.yaml"), "plugins: { filestore: { params: { path: there } } }\n");
  const config = ["write", "-c", "etc/cloudmarker.yaml"];
  expect(await runCli([...config, "-"], path, "{}")).toMatchObject({ code: 0 });
  expect(readdirSync(join(path, "etc/there"))).toContain("no_worker.json");
  const here = ["--store", "filestore", "--param", "path=here"];
  expect(await runCli([...config, ...here, "-"], path, "{}")).toMatchObject({ code: 0 });
  expect(readdirSync(join(path, "here"))).toContain("no_worker.json");
  const same = ["--store", "filestore", "--param", "path=there"];
  expect(await runCli([...config, ...same, "-"], path, "{}")).toMatchObject({ code: 0 });
  expect(readdirSync(join(path, "there"))).toContain("no_worker.json");
});

test("a file has one record a line, its text as it came in (MF-3)", async () => {
  const path = folder();
  const stores = ["--store", "filestore", "--param", "path=out"];
  await runCli(["write", ...stores, "-"], path, '{"a": "\\u00e9é"}');
  const [open, record, close] = readFileSync(join(path, "out/no_worker.json"), "utf8").split("\n");
  expect([open, close]).toEqual(["[", "]"]);
  expect(record).toContain('{"raw":{"a": "\\u00e9é"},"ext":{}');
});

test("a folder that is made is for this user alone, unless `mode` lets others read the files (MF-4, MF-5)", async () => {
  const path = folder();
  const before = process.umask(0o022);
  onTestFinished(() => void process.umask(before));
  await written(filestore, { path: join(path, "own") });
  await written(filestore, { path: join(path, "shared"), mode: "0644" });
  const modeOf = (name: string): number => statSync(join(path, name)).mode & 0o777;
  expect(["own", "own/w.json", "shared", "shared/w.json"].map(modeOf)).toEqual([0o700, 0o600, 0o755, 0o644]);
});

test("`mapping: none` puts no template (ME-3)", async () => {
  const server = stopped(await startElasticsearch());
  const templates = async (): Promise<number> =>
    (await fetch(`${server.url}/_index_template/cloudmarker-cloudmarker`)).status;
  await written(esstore, { node: server.url, mapping: "none" });
  expect(await templates()).toBe(404);
  await written(esstore, { node: server.url });
  expect(await templates()).toBe(200);
});

test("a majority has a record in its journal, unless `write_concern` says otherwise (MM-5)", async () => {
  const server = stopped(await startMongo());
  const concerns: unknown[] = [];
  const note = ({ command, body }: MongoRequest): boolean => {
    if (command === "insert") concerns.push(body["writeConcern"]);
    return false;
  };
  server.faults.always({ kind: "hang", on: note });
  await written(mongodbstore, { port: server.port });
  await written(mongodbstore, { port: server.port, write_concern: { w: 1, journal: false } });
  expect(concerns).toMatchObject([
    { w: "majority", j: true },
    { w: 1, j: false },
  ]);
});
