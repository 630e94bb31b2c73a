import { createReadStream } from "node:fs";
import { jsonText, readRecords } from "@cloudmarker/core";
import type { JsonText } from "@cloudmarker/core";
import { Decimal128, Double, Int32, Long, MongoClient } from "mongodb";
import type { Document } from "mongodb";
import { describe, expect, onTestFinished, test } from "vitest";
import { describeEngine, sharedEngine, uniqueName } from "../../../test/engines/index.ts";
import type { EngineAddress } from "../../../test/engines/index.ts";
import { compact, hasSharedData, samplePath, SAMPLES } from "../../../test/support/shared-data.ts";
import { openStore, run } from "./support.ts";

/** What is in a collection, with the types that it has there. */
async function read({ url }: EngineAddress, collection: string): Promise<Document[]> {
  const client = new MongoClient(url);
  onTestFinished(() => client.close());
  return client.db("cloudmarker").collection(collection).find({}, { promoteValues: false }).toArray();
}

/** JSON text with the numbers of BSON; keys in their order. */
function jsonOf(value: unknown): string {
  if (value instanceof Int32 || value instanceof Double) return String(value.value);
  if (value instanceof Long || value instanceof Decimal128) return value.toString();
  if (Array.isArray(value)) return `[${value.map(jsonOf).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, member]) => `${JSON.stringify(key)}:${jsonOf(member)}`)
    .join(",")}}`;
}

/** Numbers as a double writes them, where one holds them, and strings without needless escapes. */
function plain(text: string): string {
  return compact(text).replaceAll(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/gu, (token) =>
    token.startsWith('"') ? JSON.stringify(JSON.parse(token)) : /^-?\d+$/u.test(token) ? token : String(Number(token)),
  );
}

async function samples(): Promise<JsonText[]> {
  const found: JsonText[] = [];
  for (const { file, select } of SAMPLES) {
    const options = { name: file, ...(select !== undefined && { select }) };
    for await (const records of readRecords(createReadStream(samplePath(file)), options)) found.push(...records);
  }
  return found;
}

const NAMES = { ferretdb: /^FerretDB \(as MongoDB 7/u, "mongo-java": /^MongoDB \d/u } as const;

describeEngine(["mongo-java", "ferretdb"], "records", (name) => {
  test("arrive under their own ids; sent again, they are duplicates (MG-02, MG-09)", async () => {
    const engine = await sharedEngine(name);
    const collection = uniqueName("twice");
    const records = Array.from({ length: 2_500 }, (_, n) => ({ raw: { n, big: 2 ** 40 + n, half: n / 2 }, com: {} }));
    const first = await run(engine, records, { collection }, { run: "r1" });
    expect(first).toMatchObject({ ok: true, stores: [{ written: 2_500, duplicate: 0 }] });
    const again = await run(engine, records, { collection }, { run: "r1" });
    expect(again).toMatchObject({ ok: true, stores: [{ written: 0, duplicate: 2_500 }] });
    const stored = (await read(engine, collection)).toSorted((a, b) => Number(a["raw"].n) - Number(b["raw"].n));
    expect(stored.map(({ raw }) => jsonOf(raw)).join("\n")).toBe(
      records.map(({ raw }) => JSON.stringify(raw)).join("\n"),
    );
  });

  test("of which a few are there already are counted by themselves (MG-02)", async () => {
    const engine = await sharedEngine(name);
    const collection = uniqueName("some");
    const records = Array.from({ length: 10 }, (_, n) => ({ raw: { n }, com: { record_id: `r${n}` } }));
    await run(engine, records.slice(3, 5), { collection }, { run: "r1" });
    const receipt = await run(engine, records, { collection }, { run: "r1" });
    expect(receipt).toMatchObject({ ok: true, stores: [{ written: 8, duplicate: 2 }] });
    expect(await read(engine, collection)).toHaveLength(10);
  });

  test("check says what is there", async () => {
    const store = await openStore(await sharedEngine(name));
    expect(await store.check()).toMatchObject({
      ok: true,
      code: "ok",
      message: expect.stringMatching(NAMES[name as keyof typeof NAMES]),
    });
  });
});

describeEngine("ferretdb", "a server that closes the connection on a decimal", (name) => {
  test.each([100, 1000])("gets all the others of %i a batch, and that one is a dead letter (SC-25)", async (size) => {
    const engine = await sharedEngine(name);
    const collection = uniqueName("decimal");
    const texts = Array.from({ length: 301 }, (_, n) => `{"n":${n === 150 ? "0.12345678901234567890123" : n}}`);
    const receipt = await run(engine, texts.map(jsonText), { collection, buffer_size: size });
    const reasons = [{ code: "connection_lost", count: 1 }];
    expect(receipt.stores[0]).toMatchObject({ accepted: 301, deadLettered: 1, lost: 0, spooled: 0, reasons });
    const stored = await read(engine, collection);
    expect(stored.map(({ raw }) => jsonOf(raw)).toSorted()).toEqual(texts.toSpliced(150, 1).toSorted());
  });
});

describe.skipIf(!hasSharedData)("real scanner output", () => {
  describeEngine("mongo-java", "a server that takes what MongoDB takes", (name) => {
    test("has every record, digit for digit and key for key (MG-16, MG-17)", async () => {
      const engine = await sharedEngine(name);
      const collection = uniqueName("real");
      const records = await samples();
      const receipt = await run(engine, records, { collection });
      expect(receipt.stores[0]?.reasons).toEqual([]);
      // Some records are in the files twice: the same content is the same record.
      const texts = [...new Set(records.map(({ text }) => plain(text)))].toSorted();
      const stored = await read(engine, collection);
      expect(stored.map(({ raw }) => jsonOf(raw)).toSorted()).toEqual(texts);
      const [store] = receipt.stores;
      expect([store?.written, store?.duplicate]).toEqual([texts.length, records.length - texts.length]);
    });
  });

  describeEngine("ferretdb", "a server that refuses some keys and arrays", (name) => {
    test.each(["keep", "escape"])("has every record or a reason (MG-03, keys: %s)", async (keys) => {
      const engine = await sharedEngine(name);
      const collection = uniqueName("real");
      const receipt = await run(engine, await samples(), { collection, keys });
      const [store] = receipt.stores;
      expect(store).toMatchObject({ lost: 0, spooled: 0 });
      const stored = await read(engine, collection);
      expect(stored).toHaveLength(store?.written ?? -1);
      expect(store?.reasons.map(({ code }) => code)).toEqual(["bad_value"]);
    });
  });
});
