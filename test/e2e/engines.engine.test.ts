// Every real record through the command into every store on real engines: what is there is what the receipt says, and
// what was sent.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Receipt, StoreReceipt } from "@cloudmarker/store-api";
import { type Document, MongoClient } from "mongodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type EngineName, describeEngine, missing, sharedEngine, uniqueName } from "../engines/index.ts";
import { startSplunk } from "../../packages/store-testkit/src/servers/splunk/server.ts";
import { bsonMatches } from "../support/bson-matches.ts";
import { canonical, readLossless } from "../support/lossless.ts";
import { otlpEvents } from "../support/otlp.ts";
import { Project } from "../support/project.ts";
import { runCli } from "../support/run-cli.ts";
import { SAMPLES, hasSharedData, samplePath } from "../support/shared-data.ts";

const ENGINES: readonly EngineName[] = ["elasticsearch", "opensearch", "ferretdb", "mongo-java", "hec"];
const TOTAL = SAMPLES.reduce((sum, { count }) => sum + count, 0);
const lack = ENGINES.map((name) => missing(name)).find((reason) => reason !== undefined);
const skip = !hasSharedData || (lack !== undefined && process.env["CI"] !== "true");

describe.skipIf(skip)(
  `${TOTAL} real records, four stores, five engines${skip ? ` (skipped: ${lack ?? "no data"})` : ""}`,
  () => {
    const name = uniqueName("shared");
    const project = new Project();
    const folder = project.path;
    const receipts = new Map<string, Omit<StoreReceipt, "reasons">[]>();
    const dead: { store: string; code: string; reason: string }[] = [];
    /**
     * The JSON text of every record's `raw`, as FileStore has it, canonical and sorted; it equals the source byte for
     * byte (shared-data.test.ts).
     */
    let raws: readonly string[] = [];
    let splunk: Awaited<ReturnType<typeof startSplunk>>;
    let urls: Record<EngineName, string>;

    const sum = (store: string, key: "accepted" | "written" | "duplicate" | "deadLettered" | "diverted"): number =>
      (receipts.get(store) ?? []).reduce((total, receipt) => total + receipt[key], 0);

    const summary = (store: string): string =>
      `${store}: ${sum(store, "accepted")} accepted, ${sum(store, "written")} written (${sum(store, "diverted")} diverted), ` +
      `${sum(store, "duplicate")} duplicate, ${sum(store, "deadLettered")} dead-lettered`;

    beforeAll(async () => {
      splunk = await startSplunk({ tokens: { "t-1": {} } });
      const found = await Promise.all(
        ENGINES.map(async (engine) => [engine, (await sharedEngine(engine)).url] as const),
      );
      urls = Object.fromEntries(found) as Record<EngineName, string>;
      const mongo = { db: name, collection: "records" };
      const plugins = {
        files: { plugin: "filestore", params: { path: "out", format: "ndjson", write_mode: "append" } },
        elasticsearch: { plugin: "esstore", params: { node: urls.elasticsearch, index: name } },
        opensearch: { plugin: "esstore", params: { node: urls.opensearch, index: name } },
        ferretdb: { plugin: "mongodbstore", params: { uri: urls.ferretdb, ...mongo } },
        "mongo-java": { plugin: "mongodbstore", params: { uri: urls["mongo-java"], ...mongo } },
        hec: { plugin: "splunkhecstore", params: { uri: urls.hec, token: "t-1", source: name } },
        splunk: { plugin: "splunkhecstore", params: { uri: splunk.url, token: "t-1" } },
      };
      const config = { plugins, audits: { real: { stores: Object.keys(plugins) } }, run: ["real"] };
      writeFileSync(join(folder, "cloudmarker.yaml"), JSON.stringify(config));
      for (const [n, { file, select }] of SAMPLES.entries()) {
        const where = select === undefined ? [] : ["--select", select];
        const args = ["write", "--json", "--run-id", `r${n}`, "--worker", `w${n}`, ...where, samplePath(file)];
        const { stdout, stderr } = await runCli(args, folder);
        if (stdout === "") throw new Error(stderr);
        const { stores } = JSON.parse(stdout) as Receipt;
        for (const store of stores) {
          receipts.set(store.store, [...(receipts.get(store.store) ?? []), store]);
          dead.push(...store.reasons.map(({ code, reason }) => ({ store: store.store, code, reason })));
        }
      }
      const files = readdirSync(join(folder, "out")).filter((file) => file.endsWith(".ndjson"));
      raws = files
        .flatMap((file) =>
          readFileSync(join(folder, "out", file), "utf8")
            .split("\n")
            .filter(Boolean),
        )
        .map(rawOf)
        .toSorted();
    }, 300_000);

    afterAll(async () => {
      await splunk?.stop();
      project[Symbol.dispose]();
      process.stdout.write(`\n${[...receipts.keys()].map(summary).join("\n")}\n\n`);
    });

    test("every receipt adds up, and FileStore has all", () => {
      expect(raws).toHaveLength(TOTAL);
      for (const store of receipts.keys()) {
        const accounted = sum(store, "written") + sum(store, "duplicate") + sum(store, "deadLettered");
        expect([store, sum(store, "accepted"), accounted]).toEqual([store, TOTAL, TOTAL]);
      }
    });

    test.each(["elasticsearch", "opensearch"] as const)(
      "%s: none is refused, and each is as it was sent",
      async (engine) => {
        await fetch(`${urls[engine]}${name}/_refresh`, { method: "POST" });
        const answer = await fetch(`${urls[engine]}${name}/_search?size=10000&filter_path=hits.hits._source`);
        const found = readLossless(await answer.text()) as { hits: { hits: { _source: Source }[] } };
        const sources = found.hits.hits.map(({ _source }) => _source);
        expect(sum(engine, "deadLettered")).toBe(0);
        expect(sources).toHaveLength(sum(engine, "written"));
        expect(sources.filter((source) => "unindexed" in source)).toHaveLength(sum(engine, "diverted"));
        const stored = sources.map((source) => JSON.stringify((source.unindexed ?? source).raw));
        // The same record twice in one file is one record.
        expect(stored.toSorted()).toEqual(sum(engine, "duplicate") === 0 ? raws : [...new Set(raws)]);
      },
    );

    test.each(["mongo-java", "ferretdb"] as const)(
      "%s: each has the documented types, and what is refused says why",
      async (engine) => {
        const documents = await documentsOf(urls[engine], name);
        expect(documents).toHaveLength(sum(engine, "written"));
        const refused = dead.filter(({ store }) => store === engine);
        const foreign = engine === "ferretdb" ? raws.filter((text) => isForeignToFerret(readLossless(text))) : [];
        expect(sum(engine, "deadLettered")).toBe(foreign.length);
        expect(refused.every(({ reason }) => reason !== "")).toBe(true);
        const left = new Map<string, unknown[]>();
        for (const text of raws) {
          const value = readLossless(text);
          const key = shapeOf(value);
          left.set(key, [...(left.get(key) ?? []), value]);
        }
        for (const { raw } of documents) {
          const same = left.get(shapeOf(raw)) ?? [];
          const at = same.findIndex((value) => bsonMatches(value, raw));
          if (at === -1) throw new Error(`not as it was sent: ${JSON.stringify(raw)}`);
          same.splice(at, 1);
        }
      },
    );

    test("the scripted Splunk: every event is as it was sent", () => {
      expect(
        splunk
          .events()
          .map(({ text }) => rawOf(text))
          .toSorted(),
      ).toEqual(raws);
      expect(sum("splunk", "written")).toBe(TOTAL);
    });

    test("the OpenTelemetry receiver: every event is as it was sent, with numbers as doubles", async () => {
      const { received } = await sharedEngine("hec");
      const events = otlpEvents(received?.() ?? "", name);
      expect(events).toHaveLength(sum("hec", "written"));
      expect(events.map(({ record }) => JSON.stringify(sorted((record as Source).raw))).toSorted()).toEqual(
        raws.map(withDoubles).toSorted(),
      );
    });
  },
);

describeEngine(["elasticsearch", "opensearch"], "a re-run", (engine) => {
  test("of the same run id changes nothing: every record is a duplicate", async () => {
    using project = new Project();
    const { url } = await sharedEngine(engine);
    const store = ["--store", "esstore", "--param", `node=${url}`, "--param", `index=${uniqueName("again")}`];
    const args = ["write", "--json", "--run-id", "r1", ...store];
    const write = async (): Promise<Receipt> =>
      JSON.parse((await runCli(args, project.path, '{"n":1}{"n":2}')).stdout) as Receipt;
    expect((await write()).stores).toMatchObject([{ written: 2, duplicate: 0 }]);
    expect((await write()).stores).toMatchObject([{ written: 0, duplicate: 2 }]);
  });
});

describeEngine(["elasticsearch", "mongo-java"], "the predecessor's way to write a configuration", (engine) => {
  test("params beside the plugin, no plugin named, credentials null: the records arrive", async () => {
    using project = new Project();
    const { url, port } = await sharedEngine(engine);
    const name = uniqueName("legacy");
    const store = engine === "elasticsearch" ? "esstore" : "mongodbstore";
    const own =
      engine === "elasticsearch"
        ? [`    index: ${name}`]
        : [`    db: ${name}`, "    username: null", "    password: null"];
    const lines = ["plugins:", `  ${store}:`, "    host: localhost", `    port: ${port}`, ...own];
    const audits = ["audits:", "  mockaudit:", `    stores: [${store}]`, "    alerts: [filestore]"];
    writeFileSync(join(project.path, "legacy.yaml"), [...lines, ...audits, ""].join("\n"));
    const { code, stdout, stderr } = await runCli(
      ["-c", "legacy.yaml", "write", "--json"],
      project.path,
      '{"n":1}{"n":2}',
    );
    expect([code, stderr.includes("is taken as a param")]).toEqual([0, true]);
    expect((JSON.parse(stdout) as Receipt).stores).toMatchObject([{ store, written: 2 }]);
    expect(await countIn(engine, url, name)).toBe(2);
  });
});

/** Documents of an index or, in the predecessor's collection, of a database. */
async function countIn(engine: EngineName, url: string, name: string): Promise<number> {
  if (engine === "elasticsearch") {
    await fetch(`${url}${name}/_refresh`, { method: "POST" });
    return ((await (await fetch(`${url}${name}/_count`)).json()) as { count: number }).count;
  }
  await using client = await new MongoClient(url).connect();
  return await client.db(name).collection("cloudmarker").countDocuments();
}

interface Source {
  readonly raw?: unknown;
  readonly unindexed?: { readonly raw?: unknown };
}

/** The `raw` of a record's text, canonical. */
function rawOf(text: string): string {
  return canonical(JSON.stringify((readLossless(text) as Source).raw));
}

async function documentsOf(url: string, db: string): Promise<Document[]> {
  await using client = await new MongoClient(url, { promoteValues: false, promoteLongs: false }).connect();
  return await client.db(db).collection("records").find().toArray();
}

/** What a value has in common with its BSON form: its keys, so that few pairs have to be compared. */
function shapeOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(shapeOf).join()}]`;
  if (typeof value !== "object" || value === null || "_bsontype" in value || "rawJSON" in value) return "";
  return `{${Object.entries(value)
    .map(([key, inner]) => key + shapeOf(inner))
    .join()}}`;
}

/** FerretDB takes no key with a dot or a leading dollar, and no array in an array. */
function isForeignToFerret(value: unknown): boolean {
  if (Array.isArray(value)) return value.some((inner) => Array.isArray(inner) || isForeignToFerret(inner));
  if (typeof value !== "object" || value === null || "rawJSON" in value) return false;
  return Object.entries(value).some(
    ([key, inner]) => key.includes(".") || key.startsWith("$") || isForeignToFerret(inner),
  );
}

/** A record's text as a reader of doubles writes it. */
function withDoubles(text: string): string {
  return JSON.stringify(sorted(JSON.parse(text)));
}

/** Keys in order: the receiver does not keep theirs. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
