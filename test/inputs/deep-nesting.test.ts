// Records that nest deeper than calls can, through the command and every store, in the process and in threads (L-18).
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Receipt } from "@cloudmarker/store-api";
import { describe, expect, onTestFinished, test } from "vitest";
import { startElasticsearch } from "../../packages/store-testkit/src/servers/elasticsearch/server.ts";
import { startMongo } from "../../packages/store-testkit/src/servers/mongodb/server.ts";
import { startSplunk } from "../../packages/store-testkit/src/servers/splunk/server.ts";
import { type CliResult, runCli } from "../support/run-cli.ts";

const BIG = "14517067005933136034";
const lists = (levels: number, inside: string): string => `${"[".repeat(levels)}${inside}${"]".repeat(levels)}`;
const SHAPES: Readonly<Record<string, (levels: number, inside: string) => string>> = {
  lists,
  objects: (levels, inside) => `${'{"a":'.repeat(levels)}${inside}${"}".repeat(levels)}`,
  both: (levels, inside) => `${'[{"a":'.repeat(levels / 2)}${inside}${"}]".repeat(levels / 2)}`,
};
const WRAPS: Readonly<Record<string, (value: string) => string>> = {
  foreign: (value) => `{"deep":${value},"list":[{"x":1},{"x":2},{"x":3},{"x":4},{"x":5}]}`,
  listed: (value) => `{"items":[{"deep":${value}},{"deep":${value}}]}`,
  record: (value) => `{"raw":{"deep":${value}},"ext":{"deep":${value}},"com":{"record_type":"deep"}}`,
};
/** Records that every store is offered. */
function deepRecords(): string[] {
  const texts: string[] = [];
  for (const shape of Object.values(SHAPES)) {
    for (const wrap of Object.values(WRAPS)) texts.push(wrap(shape(5_000, "1")), wrap(shape(5_000, BIG)));
    texts.push(`{"deep":${shape(100_000, BIG)}}`);
  }
  return texts;
}

/** Records to whose `com` the keys of the run have to be added. */
function deepCommons(): string[] {
  const values = [5_000, 100_000].flatMap((levels) => [lists(levels, "1"), lists(levels, BIG)]);
  return values.map((value) => `{"raw":{},"com":{"own":${value}}}`);
}

/**
 * Whether the platform writes such a value. Node 26 does; before it, a value that nests as deep cannot be written anew.
 */
function isWritable(text: string): boolean {
  try {
    JSON.stringify(JSON.parse(text));
    return true;
  } catch {
    return false;
  }
}

function plugin(name: string): string {
  return pathToFileURL(join(import.meta.dirname, "../../plugins", name, "lib/index.js")).pathname;
}

function files(params: object): object {
  return { plugin: "filestore", params };
}

const POINTED = { time: [{ from: "/raw/deep/a" }], fields: { deep: { from: "/raw/deep" } } };

describe.each(["inline", "thread"])("%s", (isolation) => {
  test("every store takes them, or gives a reason, and no neighbour is lost", { timeout: 120_000 }, async () => {
    await using elasticsearch = await startElasticsearch();
    await using mongo = await startMongo();
    await using splunk = await startSplunk({ tokens: { "t-1": {} } });
    const folder = mkdtempSync(join(tmpdir(), "cloudmarker-deep-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const search = (params: object): object => ({
      plugin: plugin("esstore"),
      params: { node: elasticsearch.url, ...params },
    });
    const database = (params: object): object => ({
      plugin: plugin("mongodbstore"),
      params: { uri: mongo.uri, db: "deep", ...params },
    });
    const events = (params: object): object => ({
      plugin: plugin("splunkhecstore"),
      params: { uri: splunk.url, token: "t-1", ...params },
    });
    const plugins = {
      json: files({ path: "./json" }),
      packed: files({ path: "./packed", format: "ndjson", compress: "gzip" }),
      search: search({ index: "plain" }),
      unmapped: search({
        index: "pointed",
        mapping: "none",
        ...POINTED,
        fields: { deep: { from: "/raw/deep", type: "keyword" } },
      }),
      database: database({ collection: "kept" }),
      escaped: database({ collection: "escaped", keys: "escape" }),
      events: events({}),
      pointed: events({ ...POINTED, fields: { deep: "/raw/deep" } }),
    };
    const stores = Object.keys(plugins);
    const config = {
      plugins,
      audits: { default: { stores, id: ["/raw/deep", "/raw/n"] } },
      run: ["default"],
      delivery: { isolation },
    };
    writeFileSync(join(folder, "c.json"), JSON.stringify(config));
    const deep = deepRecords();
    const commons = deepCommons();
    // A long number makes the value one that is written by us.
    const refused = commons.filter((text) => text.includes(BIG) || !isWritable(text)).length;
    const offered = deep.length + commons.length - refused;
    const input = [...deep, ...commons, '{"n":1}'].join("\n");
    const { stdout, stderr } = await runCli(["write", "-c", "c.json", "--json"], folder, input);
    const receipt = JSON.parse(stdout) as Receipt;
    expect(receipt.received).toBe(deep.length + commons.length + 1);
    expect(receipt.rejected).toBe(refused);
    expect(receipt.rejections).toHaveLength(refused);
    for (const rejection of receipt.rejections)
      expect(rejection).toMatch(
        /^record \d+: The record's `com` nests too deeply to (?:be read|get the keys of the run)$/u,
      );
    expect(stderr).not.toMatch(/call stack|bug/u);
    for (const { store, accepted, written, duplicate, deadLettered, reasons } of receipt.stores) {
      expect([store, accepted, written + duplicate + deadLettered]).toEqual([store, offered + 1, offered + 1]);
      const isMongo = store === "database" || store === "escaped";
      expect([store, deadLettered]).toEqual([store, isMongo ? offered : 0]);
      expect(reasons.map(({ code }) => code)).toEqual(isMongo ? ["nesting"] : []);
    }
    // Some were rejected: the run passes for no complete one.
    const kept = readFileSync(join(folder, `json/no_worker.${receipt.run}.partial.json`), "utf8");
    for (const text of deep) expect(kept.includes(text.slice(1, -1).replace(/,"com":.*/u, ""))).toBe(true);
  });
});

/** Runs the command with FileStore. */
async function write(input: string, ...args: string[]): Promise<CliResult> {
  const folder = mkdtempSync(join(tmpdir(), "cloudmarker-deep-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return runCli(["write", "--store", "filestore", "--param", "path=./out", ...args], folder, input);
}

describe.each([5_000, 100_000])("one record of %i levels", (levels) => {
  test("is looked at for what --select could take out of it", async () => {
    const value = lists(levels, "1");
    const { code, stderr } = await write(`{"items":[{"deep":${value}},{"deep":${value}},{"deep":${value}}]}`);
    expect([code, stderr]).toEqual([
      0,
      "hint: stdin was taken as one record. If its parts are the records, use --select items (3 objects).\n",
    ]);
  });

  test("is passed over on the way of --select", async () => {
    const input = `{"deep":${lists(levels, "1")},"items":[{"n":1},{"deep":${SHAPES["objects"]?.(levels, BIG)}}]}`;
    const { code, stdout } = await write(input, "--select", "items", "--json");
    expect([code, (JSON.parse(stdout) as Receipt).stores[0]?.written]).toEqual([0, 2]);
  });

  test("is reported if the records of --select are below that many lists", async () => {
    const { code, stderr } = await write(lists(levels, '{"items":[{"n":1}]}'), "--select", "items");
    expect(code).toBe(65);
    expect(stderr).toContain(
      "stdin: byte 1000, line 1, column 1001: lists within 1,000 others on the way to the records",
    );
  });

  test("gives an error with its place if it is cut off or wrong at its very end", async () => {
    const deep = `{"deep":${lists(levels, "1")}`;
    for (const [end, fault] of [
      ["", "is not closed: the producer was cut off"],
      [",}", "a trailing comma before }"],
      ["]", "a ] that closes nothing"],
    ] as const) {
      const { code, stderr } = await write(`{"n":1}\n${deep}${end}`);
      expect([code, stderr]).toEqual([65, expect.stringContaining(fault)]);
    }
  });

  test("is refused where a tap must see it, and its neighbours are not", async () => {
    const folder = mkdtempSync(join(tmpdir(), "cloudmarker-deep-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const tap = `export default { kind: "tap", name: "t", apiVersion: 1, params: { type: "object" },
      apply(host) { host.hooks.record.tap("t", (record) => ({ ...record, ext: { seen: true } })); } };`;
    writeFileSync(join(folder, "tap.mjs"), tap);
    const plugins = { f: files({ path: "./out" }), t: { plugin: "./tap.mjs" } };
    const config = { plugins, audits: { a: { stores: ["f"], taps: ["t"] } }, run: ["a"] };
    writeFileSync(join(folder, "c.json"), JSON.stringify(config));
    const input = `{"deep":${lists(levels, BIG)}}\n{"n":1}\n`;
    const { code, stdout, stderr } = await runCli(["write", "-c", "c.json", "--json"], folder, input);
    expect([code, stderr]).toEqual([1, expect.stringContaining("nests too deep")]);
    expect(JSON.parse(stdout)).toMatchObject({ received: 2, rejected: 1, stores: [{ written: 1 }] });
  });
});
