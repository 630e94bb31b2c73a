import { hash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Com } from "@cloudmarker/store-api";
import {
  BoundRecord,
  type Entry,
  entryOf,
  losslessValue,
  makeOrigin,
  makeStamp,
  markerEntry,
} from "../../src/records/entry.ts";
import { jsonText } from "../../src/reader/read-json-text.ts";
import { Identity } from "../../src/records/identity.ts";
import { splitRecord } from "../../src/records/split-record.ts";
import { compact, random, randomJson } from "./support.ts";

const STAMPS: Com = { audit_key: "nightly", audit_version: "run1", target_key: "é" };
const stamp = makeStamp(STAMPS, new Identity("run1", []));
const origin = makeOrigin({ origin_key: "k", origin_worker: "w" });
const nobody = makeOrigin({});
const bind = (entry: Entry, to = stamp): BoundRecord => new BoundRecord(entry, to);

/** Everything a store may read of a record must say the same. */
function checkAgreement(record: BoundRecord): void {
  expect(record.bytes).toBe(Buffer.byteLength(record.json));
  const target = Buffer.alloc(record.bytes + 2);
  expect(record.writeTo(target, 1)).toBe(record.bytes);
  expect(target.toString("utf8")).toBe(`\0${record.json}\0`);
  expect(JSON.parse(JSON.stringify(record.value))).toEqual(JSON.parse(record.json));
  expect(JSON.parse(JSON.stringify(record.com))).toEqual(JSON.parse(record.json).com);
  expect(record.value.com).toEqual(record.com);
  expect(record.value).not.toBe(record.value);
}

describe("the text of a record", () => {
  const STAMPED = '"audit_key":"nightly","audit_version":"run1","target_key":"é"';
  const CASES: [name: string, entry: () => Entry, json: string][] = [
    [
      "a foreign object becomes raw",
      () => entryOf({ a: "ü" }, origin),
      `{"raw":{"a":"ü"},"ext":{},"com":{"origin_key":"k","origin_worker":"w",${STAMPED}}}`,
    ],
    [
      "foreign text becomes raw as it is",
      () => entryOf(jsonText('{"n": 1.0, "b":14517067005933136034}'), origin),
      `{"raw":{"n": 1.0, "b":14517067005933136034},"ext":{},"com":{"origin_key":"k","origin_worker":"w",${STAMPED}}}`,
    ],
    ["no origin leaves no stray comma", () => entryOf({ a: 1 }, nobody), `{"raw":{"a":1},"ext":{},"com":{${STAMPED}}}`],
    [
      "a record keeps raw, ext and com, and its stamps are replaced",
      () =>
        entryOf(
          { raw: { a: 1n }, ext: 2, com: { origin_worker: "own", audit_key: "old", target_type: "old", mine: "m" } },
          origin,
        ),
      `{"raw":{"a":1},"ext":2,"com":{"origin_worker":"own","mine":"m","origin_key":"k",${STAMPED}}}`,
    ],
    [
      "so does the text of a record",
      () =>
        entryOf(
          jsonText('{"raw":{"cam":1.0}, "ext": {} , "com": {"origin_worker":"own","audit_key":"old","mine":2e3} }'),
          origin,
        ),
      `{"raw":{"cam":1.0}, "ext": {} ,"com":{"origin_worker":"own","mine":2000,"origin_key":"k",${STAMPED}}}`,
    ],
    [
      "com need not come last",
      () => entryOf(jsonText('{"com":{"mine":18446744073709551615},"raw":1.0}'), nobody),
      `{"raw":1.0,"com":{"mine":18446744073709551615,${STAMPED}}}`,
    ],
    [
      "a record without ext stays without",
      () => entryOf({ com: { x: "y" }, raw: null }, nobody),
      `{"raw":null,"com":{"x":"y",${STAMPED}}}`,
    ],
    [
      "an empty com leaves no stray comma",
      () => entryOf({ raw: {}, com: {} }, nobody),
      `{"raw":{},"com":{${STAMPED}}}`,
    ],
    [
      "an empty com in text leaves no stray comma",
      () => entryOf(jsonText('{"raw":{},"com":{"audit_key":"old"}}'), nobody),
      `{"raw":{},"com":{${STAMPED}}}`,
    ],
    [
      "com with values of all kinds",
      () => entryOf({ raw: 1, com: { when: new Date(0), big: 2n, list: [{}], none: undefined } }, nobody),
      `{"raw":1,"com":{"when":"1970-01-01T00:00:00.000Z","big":2,"list":[{}],${STAMPED}}}`,
    ],
    [
      "an object with a key beside raw, ext and com is foreign",
      () => entryOf({ raw: 1, com: {}, severity: "high" }, nobody),
      `{"raw":{"raw":1,"com":{},"severity":"high"},"ext":{},"com":{${STAMPED}}}`,
    ],
    ["a marker has com only", () => markerEntry("begin_audit"), `{"com":{"record_type":"begin_audit",${STAMPED}}}`],
  ];
  for (const [name, entry, json] of CASES) {
    test(`${name}`, () => {
      const record = bind(entry());
      expect(record.json).toBe(json);
      expect(record.bytes).toBe(Buffer.byteLength(json));
      checkAgreement(record);
    });
  }

  test("an explicit worker replaces the record's own, a default one does not", () => {
    const record = { raw: 1, com: { origin_worker: "own", origin_key: "own" } };
    const explicit = makeOrigin({ origin_worker: "asked", origin_key: "k" }, { explicit: ["origin_worker"] });
    expect(bind(entryOf(record, explicit)).com).toMatchObject({ origin_worker: "asked", origin_key: "own" });
    expect(bind(entryOf(record, origin)).com).toMatchObject({ origin_worker: "own" });
    expect(record.com).toEqual({ origin_worker: "own", origin_key: "own" });
  });

  test("an empty stamp leaves valid JSON", () => {
    const empty = makeStamp({}, new Identity("r", []));
    expect(bind(entryOf({ a: 1 }, nobody), empty).json).toBe('{"raw":{"a":1},"ext":{},"com":{}}');
    expect(bind(entryOf({ a: 1 }, origin), empty).json).toMatch(/"w"}}$/);
  });

  test("stores share the entry but have stamps of their own", () => {
    const entry = entryOf({ a: 1 }, origin);
    const other = makeStamp({ target_key: "other" }, new Identity("run1", []));
    expect([bind(entry).com.target_key, bind(entry, other).com.target_key]).toEqual(["é", "other"]);
    expect(bind(entry).com).toBe(bind(entryOf({ b: 2 }, origin)).com);
  });

  test("a com that appears twice is written once, the last one", () => {
    const text = '{"com":{"a":"1"},"raw":{},"com":{"b":"2"}}';
    expect(entryOf(jsonText(text), nobody).head).toBe('{"raw":{},"com":{"b":"2"');
  });

  test("splits any record's text without touching a literal", () => {
    const next = random(7);
    for (let round = 0; round < 300; round++) {
      const com = randomJson(next, 2, "object").replace(/[\r\n]/g, " ");
      const members = [`"raw" :${randomJson(next, 3)}`, `"ext": ${randomJson(next, 2)}`].map((member) =>
        member.replace(/[\r\n]/g, " "),
      );
      members.splice(Math.floor(next() * 3), 0, `"com"${round % 3 === 0 ? " " : ""}:${com}`);
      const split = splitRecord(`{${members.join(" , ")} }`);
      expect(split.com).toBe(com.trim());
      expect(compact(split.members)).toBe(compact(members.filter((member) => !member.startsWith('"com"')).join(",")));
    }
  });
});

describe("the value of a record", () => {
  test("keeps every number that a JavaScript number cannot, and only these as literals", () => {
    const literals = [
      "14517067005933136034",
      "-9223372036854775808",
      "1E400",
      "5e-324",
      "4e-324",
      "123456789.123456789",
      "0.1",
      "1.0",
      "1e2",
      "9007199254740993",
      "1e23",
      "1.7976931348623157E308",
      "0.30000000000000004",
      "-0.0",
      "123456789012345680000",
      "0.54912006890260130",
      "1422970762934629.00",
      "0.549120068902601301",
    ];
    const value = bind(entryOf(jsonText(`{"n":[${literals.join(",")}],"id":"14517067005933136034"}`), nobody)).value;
    const { n, id } = value.raw as { n: unknown[]; id: string };
    expect(id).toBe("14517067005933136034");
    expect(n.map((number) => (typeof number === "number" ? number : JSON.stringify(number)))).toEqual([
      "14517067005933136034",
      "-9223372036854775808",
      "1E400",
      5e-324,
      "4e-324",
      "123456789.123456789",
      0.1,
      1,
      100,
      "9007199254740993",
      1e23,
      Number.MAX_VALUE,
      0.30000000000000004,
      -0,
      123456789012345680000,
      0.5491200689026013,
      1422970762934629,
      "0.549120068902601301",
    ]);
  });

  test("is read at once even if a number has a megabyte of zeros", () => {
    const literal = `1${"0".repeat(1_000_000)}1`;
    const { raw } = bind(entryOf(jsonText(`{"n":${literal}}`), nobody)).value;
    expect(JSON.stringify(raw)).toBe(`{"n":${literal}}`);
  });

  test("has __proto__ as data", () => {
    const text = '{"__proto__":{"polluted":14517067005933136034}}';
    const { raw } = bind(entryOf(jsonText(text), nobody)).value;
    expect(JSON.stringify(raw)).toBe(text);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test("for a filter, is lossless, and an object is not copied", () => {
    const text = '{"raw":{"n":14517067005933136034,"m":1.5},"ext":{},"com":{"origin_worker":"own"}}';
    expect(JSON.stringify(losslessValue(jsonText(text), nobody))).toBe(text);
    const foreign = { a: 1 };
    expect(losslessValue(foreign, origin)).toEqual({ raw: foreign, ext: {}, com: origin.com });
    expect(losslessValue(foreign, origin).raw).toBe(foreign);
  });

  test("that nests too deeply for a lossless reading is an error of the record", () => {
    const text = `{"a":${"[".repeat(100_000)}14517067005933136034${"]".repeat(100_000)}}`;
    const record = bind(entryOf(jsonText(text), nobody));
    expect(record.json).toContain("14517067005933136034");
    expect(() => record.value).toThrow(expect.objectContaining({ code: "RECORD_INVALID" }));
  });
});

const idOf = (input: object, run = "run1", pointers: string[] = [], from = nobody): string =>
  bind(entryOf(input, from), makeStamp({ audit_version: run }, new Identity(run, pointers))).id;

describe("the id of a record (ES-06, ES-07)", () => {
  test("is different from that of every other record, whatever both have in common (L-03)", () => {
    const records: object[] = [
      { raw: 1, com: { record_id: "one" } },
      { raw: 2, com: { record_id: "one" } },
      { raw: 1, ext: {}, com: { record_id: "one" } },
      { raw: 1, com: { record_id: "other" } },
      { raw: 1, com: { record_id: "one", record_type: "t" } },
      { raw: 1, com: { record_id: "one", time: "changes" } },
      { raw: 1, com: { record_id: "one", list: [1] } },
      { raw: 1, com: { record_id: 5 } },
      { raw: 1, com: { record_id: "" } },
      { raw: 1, com: {} },
      jsonText('{"raw":1.0,"com":{"record_id":"one"}}'),
      jsonText('{"raw":"\\u00e9","com":{}}'),
      { raw: "é", com: {} },
      { raw: 1, com: { record_id: "x".repeat(600) } },
      { raw: 2, com: { record_id: "x".repeat(600) } },
    ];
    const of = (pointers: string[]): string[] => records.map((record) => idOf(record, "run1", pointers));
    for (const pointers of [[], ["/raw"], ["/com/record_id"], ["/raw", "/com/record_type"]]) {
      expect(new Set(of(pointers)).size).toBe(records.length);
      expect(of(pointers).every((id) => /^[\da-f]{32}$/.test(id))).toBe(true);
    }
  });

  test("is the same for the same record of a run, whatever the pointers lead to, and different in another run", () => {
    const record = { raw: { uid: "a", region: "b" }, com: { record_id: "mine" } };
    expect(idOf({ ...record })).toBe(idOf(record));
    expect(idOf(record, "run2")).not.toBe(idOf(record));
    const pointers = ["/raw/uid", "/raw/region"];
    const foreign = { uid: "a", region: "b" };
    expect(idOf({ ...foreign }, "run1", pointers)).toBe(idOf(foreign, "run1", pointers));
    expect(idOf(foreign, "run2", pointers)).not.toBe(idOf(foreign, "run1", pointers));
  });

  test("is different for two lone surrogates, which stores would turn into the same character (MG-15)", () => {
    const ids = ["a\ud800", "a\ud801", "a\ufffd"].map((own) => idOf({ raw: 1, com: { record_id: own } }));
    expect(new Set(ids).size).toBe(3);
    expect(idOf(jsonText('{"raw":1,"com":{"record_id":"a\\ud800"}}'))).toBe(ids[0]);
  });

  test("includes the values of the pointers: of all of them or of none", () => {
    const foreign = { a: 1, b: "x", list: [] };
    const plain = idOf(foreign);
    const some = [["/raw/a"], ["/raw/b"], ["/raw/a", "/raw/b"]].map((pointers) => idOf(foreign, "run1", pointers));
    expect(new Set([plain, ...some]).size).toBe(4);
    for (const pointers of [
      ["/raw/uid"],
      ["/raw/list"],
      ["/raw/constructor"],
      ["/raw/list/__proto__/length"],
      ["/raw/a", "/raw/none"],
      // The stamp is not the record's: what it says differs from store to store.
      ["/com/audit_version"],
    ])
      expect(idOf(foreign, "run1", pointers)).toBe(plain);
  });

  test("ignores the pointers of a record that nests too deeply to be read", () => {
    const deep = jsonText(`{"a":${"[".repeat(100_000)}14517067005933136034${"]".repeat(100_000)}}`);
    expect(idOf(deep, "run1", ["/raw/a"])).toBe(idOf(deep));
  });

  test("is the same for object and text, and for a record that comes back out of a file with its stamps", () => {
    const id = idOf({ a: "é" }, "run1", [], origin);
    expect(idOf(jsonText('{"a":"é"}'), "run1", [], origin)).toBe(id);
    const { json } = bind(entryOf({ a: "é" }, origin));
    expect(idOf(jsonText(json))).toBe(id);
    expect(idOf(JSON.parse(json) as object)).toBe(id);
    expect(idOf({ a: "e" }, "run1", [], origin)).not.toBe(id);
  });

  test("is different for the same content of two producers", () => {
    const other = makeOrigin({ origin_worker: "other" });
    expect(idOf({ a: 1 }, "run1", [], origin)).not.toBe(idOf({ a: 1 }, "run1", [], other));
  });

  test("is made of two hashes, also for a text that is longer than the kept buffer", () => {
    const mask = hash("sha256", '"run1"\n', "buffer");
    for (const length of [10, 100_000, 100_001]) {
      const input = { a: "é".repeat(length) };
      const own = hash("sha256", entryOf(input, origin).head, "buffer");
      const bytes = Array.from({ length: 16 }, (_value, at) => (own[at] as number) ^ (mask[at] as number));
      expect(idOf(input, "run1", [], origin)).toBe(Buffer.from(bytes).toString("hex"));
    }
  });
});

describe("jsonText", () => {
  test("keeps one line as it is and brings several on one", () => {
    expect(jsonText(' {"a": [1.0,  2]}\n').text).toBe('{"a": [1.0,  2]}');
    expect(jsonText('{\r\n  "a":\n 1,\n\t"b": "x  y\\n"}').text).toBe('{"a":1,"b": "x  y\\n"}');
    expect(jsonText('\uFEFF{"a":"é"}')).toMatchObject({ text: '{"a":"é"}', bytes: 10, isRecord: false });
  });

  test("escapes a lone surrogate, which UTF-8 would turn into a question mark", () => {
    expect(jsonText('{"a":"\ud83d","b":"\ud83d\ude00"}').text).toBe('{"a":"\\ud83d","b":"\ud83d\ude00"}');
  });

  test("refuses what is not JSON or not an object, and says why", () => {
    expect(() => jsonText('{"a":NaN}')).toThrow(/^The text is not JSON: /);
    expect(() => jsonText("[{}]")).toThrow("The text is an array, not a JSON object");
    expect(() => jsonText('"x"')).toThrow('The text is "x", not a JSON object');
  });
});

describe("ids of one record in several audits (L-85)", () => {
  const audits = Array.from({ length: 8 }, (_value, n) => new Identity(`run\n${n}`, n % 2 === 0 ? [] : ["/raw/a"]));

  test("are the same as in a run of that audit alone, whatever id was made before", () => {
    const entry = entryOf({ a: 1 }, origin);
    const ids = audits.map((identity) => entry.id(identity));
    expect(new Set(ids).size).toBe(audits.length);
    expect(audits.toReversed().map((identity) => entry.id(identity))).toEqual(ids.toReversed());
    expect(audits.map((identity) => entryOf({ a: 1 }, origin).id(identity))).toEqual(ids);
  });

  test("of different records have no common pattern", () => {
    const ids = [1, 2, 3].flatMap((a) => audits.map((identity) => entryOf({ a }, origin).id(identity)));
    expect(new Set(ids).size).toBe(3 * audits.length);
  });
});
