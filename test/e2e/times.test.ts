// What the receipt says of times that cannot be read and of pointers that lead nowhere.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Receipt, Remark } from "@cloudmarker/store-api";
import { expect, onTestFinished, test } from "vitest";
import { isBulk, startElasticsearch } from "../../packages/store-testkit/src/servers/elasticsearch/server.ts";
import { startMongo } from "../../packages/store-testkit/src/servers/mongodb/server.ts";
import { startSplunk } from "../../packages/store-testkit/src/servers/splunk/server.ts";
import { runCli } from "../support/run-cli.ts";

const RUN = "20261123_145314";
const TIMES = [
  "2024-04-04T12:00:00.123456789Z",
  "Thu, 04 Apr 2024 12:00:00 GMT",
  "2024-02-30",
  "0001-01-01T00:00:00Z",
  null,
];
const PLUGINS = join(import.meta.dirname, "../../plugins");
const plugin = (name: string): string => pathToFileURL(join(PLUGINS, name, "lib/index.js")).href;

/** The messages about 1,000 records with each of these times in turn. */
const TOLD = [
  '200 of 1,000 records had no readable time at /raw/at, and that of the run\'s start was taken; first: "2024-02-30".',
  "400 of 1,000 records had no time at /raw/at, and that of the run's start was taken.",
];

function messages(remarks: readonly Remark[] = []): string[] {
  return remarks.map(({ message }) => message);
}

test.each(["inline", "thread"])(
  "%s: unreadable times and pointers are in the receipt, counted once (L-05)",
  async (isolation) => {
    await using elasticsearch = await startElasticsearch();
    await using mongo = await startMongo();
    await using splunk = await startSplunk({ tokens: { "t-1": {} } });
    const folder = mkdtempSync(join(tmpdir(), "cloudmarker-times-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const time = [{ from: "/raw/at" }];
    const config = {
      plugins: {
        search: {
          plugin: plugin("esstore"),
          params: { node: elasticsearch.url, index: "audit-%Y.%m", time, fields: { level: { from: "/raw/levle" } } },
        },
        database: { plugin: plugin("mongodbstore"), params: { uri: mongo.uri, db: "times", collection: "c%Y", time } },
        events: {
          plugin: plugin("splunkhecstore"),
          params: { uri: splunk.url, token: "t-1", time, host: "{com.typo}" },
        },
      },
      audits: { nightly: { stores: ["search", "database", "events"], id: "/raw/uid" } },
      run: ["nightly"],
      delivery: { isolation, batch: { records: 100 }, retry: { min: "1ms", max: "20ms" } },
    };
    writeFileSync(join(folder, "c.json"), JSON.stringify(config));
    // Many batches are sent twice.
    elasticsearch.faults.every(3, { kind: "cut", applied: true, on: isBulk });
    const input = Array.from({ length: 1_000 }, (_, n) => JSON.stringify({ n, at: TIMES[n % TIMES.length] })).join(
      "\n",
    );

    const write = (...args: string[]) => runCli(["write", "-c", "c.json", "--run-id", RUN, ...args], folder, input);
    const { stdout, code } = await write("--json");
    expect(code).toBe(0);
    const { ok, stores } = JSON.parse(stdout) as Receipt;
    expect(ok).toBe(true);
    const remarks = Object.fromEntries(stores.map((store) => [store.store, store.remarks]));
    const NO_ID =
      /^audits\.nightly\.id: \/raw\/uid led to no text, number or boolean in any of .* records without com\.record_id/u;
    expect(messages(remarks["search"])).toEqual([
      ...TOLD,
      "fields.level: /raw/levle led to nothing in any of 1,000 records.",
      expect.stringMatching(NO_ID),
    ]);
    expect(messages(remarks["database"])).toEqual([...TOLD, expect.stringMatching(NO_ID)]);
    expect(messages(remarks["events"])).toEqual([
      ...TOLD,
      "host: what a placeholder asks for is not in any of 1,000 records, which went without.",
      expect.stringMatching(NO_ID),
    ]);
    expect(remarks["search"]?.[0]).toMatchObject({
      code: "unreadable_time",
      count: 200,
      of: 1_000,
      sample: '"2024-02-30"',
    });

    // Each is where it says, and the others in the index of the run.
    expect(elasticsearch.documents("audit-2024.04").size).toBe(400);
    expect(elasticsearch.documents("audit-2026.11").size).toBe(600);
    expect(mongo.documents("times.c2024").size).toBe(400);
    const nanos = [...elasticsearch.documents("audit-2024.04").values()].filter((text) =>
      text.includes('"@timestamp":"2024-04-04T12:00:00.123456789Z"'),
    );
    expect(nanos).toHaveLength(200);

    const shown = await write();
    for (const line of TOLD) expect(shown.stderr + shown.stdout).toContain(`search: ${line}\n`);
  },
);
