import type { Com } from "@cloudmarker/store-api";
import { describe, expect, test } from "vitest";
import { jsonText } from "../../src/reader/read-json-text.ts";
import { BoundRecord, type Entry, entryOf, makeOrigin, makeStamp, markerEntry } from "../../src/records/entry.ts";
import { Identity } from "../../src/records/identity.ts";
import { TappedRecord } from "../../src/records/tapped.ts";
import { blockBytes, packBlock, unpackBlock as unpacked, withoutUnneeded } from "../../src/state/block.ts";
import { entryFor, Fork, type Forked, NO_TEXT } from "../../src/state/fork.ts";
import { random, randomJson } from "../records/support.ts";

const STAMPS: Com = { audit_key: "nightly", audit_version: "run1", target_key: "é", target_type: "store" };
const stamps = [[], ["/raw/id"]].map((pointers) => makeStamp(STAMPS, new Identity("run1", pointers)));
const origin = makeOrigin({ origin_key: "k", origin_worker: "w" }, { explicit: ["origin_key"] });
const events = makeOrigin({ origin_type: "event" });
const nobody = makeOrigin({});

/** Everything that a store may read of a record, the parts of the entry included. */
function seen(entry: Entry): unknown {
  const parts = [entry.head, entry.headBytes, JSON.stringify(entry.com), entry.isBare, entry.isEvent, entry.digest];
  const bound = stamps.map((stamp) => {
    const record = new BoundRecord(entry, stamp);
    const target = Buffer.alloc(record.bytes);
    record.writeTo(target, 0);
    return [record.json, record.bytes, target.toString("hex"), record.id, record.com, JSON.stringify(record.value)];
  });
  return [parts, JSON.stringify(entry.unstamped()), bound];
}

function unpackBlock(bytes: Uint8Array): Entry[] {
  return unpacked(bytes).map((kept) => entryFor(kept, 0) as Entry);
}

function tapped(input: object): Entry {
  const record = new TappedRecord(input, origin);
  record.value.com = { ...record.value.com, tapped: "✓" };
  return record.entry(record.value);
}

const CASES: [name: string, entry: () => Entry][] = [
  ["a foreign object", () => entryOf({ a: "ü" }, origin)],
  ["a foreign object of nobody, whose com is empty", () => entryOf({ id: 7 }, nobody)],
  ["a record", () => entryOf({ raw: { id: 7 }, ext: {}, com: { mine: "m" } }, origin)],
  ["a record with ext", () => entryOf({ raw: { id: 7 }, ext: { deep: [{ a: null }] }, com: {} }, nobody)],
  ["a record with its own id", () => entryOf({ raw: { id: 7 }, ext: {}, com: { record_id: "r-1" } }, origin)],
  ["a com that nests", () => entryOf({ raw: {}, com: { a: { b: [1, { "}": '"' }] }, t: new Date(0) } }, origin)],
  ["an event by its origin", () => entryOf({ a: 1 }, events)],
  ["an event by its type", () => entryOf({ raw: {}, com: { record_type: "cloud_event" } }, origin)],
  ["a marker", () => markerEntry("begin_audit")],
  ["a tapped record", () => tapped({ id: 1, n: 2 })],
  ["a tapped record of numbers", () => tapped(jsonText('{"raw":{"n":14517067005933136034},"ext":{},"com":{"a":1}}'))],
  [
    "numbers that a JavaScript number cannot hold",
    () => entryOf(jsonText('{"n":-9223372036854775808,"x":1.0}'), origin),
  ],
  ["such a number in com", () => entryOf(jsonText('{"raw":{},"com":{"n":14517067005933136034}}'), origin)],
  ["lone surrogates of a text", () => entryOf(jsonText('{"s":"\ud83d"}'), origin)],
  ["lone surrogates of a value", () => entryOf({ s: "\udc00", "\ud83d": 1 }, origin)],
  ["a com in the middle", () => entryOf(jsonText('{"com":{"a":"1"},"raw":{"x": "\\ud83d"},"ext":{}}'), nobody)],
  ["a huge record", () => entryOf(jsonText(`{"raw":{"x":"${"é".repeat(1 << 20)}"},"ext":{},"com":{"a":"1"}}`), origin)],
];

const packed = (entries: readonly Forked[]): Uint8Array => packBlock(entries, new ArrayBuffer(blockBytes(entries)));

describe("a record is the same after the journal as before", () => {
  test.each(CASES)("%s", (_name, make) => {
    const [entry] = unpackBlock(packed([make()]));
    expect(entry && seen(entry)).toEqual(seen(make()));
  });

  test("all of them in one block, and random ones", () => {
    const next = random(14);
    const random100 = Array.from({ length: 100 }, () => entryOf(jsonText(randomJson(next, 4, "object")), origin));
    const entries = [...CASES.map(([, make]) => make()), ...random100];
    expect(unpackBlock(packed(entries)).map(seen)).toEqual(entries.map(seen));
  });
});

test("records of one origin share one com, as they did before", () => {
  const entries = [1, 2, 3].map((n) => entryOf({ n }, origin));
  const [first, second] = unpackBlock(packed(entries));
  expect(second?.com).toBe(first?.com);
});

describe("a record that is not the same for all stores", () => {
  const [plain, first, second, last] = ["plain", "é", "second", "last"].map((text) => entryOf({ text }, events));
  const fork = new Fork([
    { entry: first as Entry, lanes: [0, 3] },
    { entry: second as Entry, lanes: [2] },
  ]);
  const kept = [plain as Entry, fork, fork, last as Entry];

  test("has each of its texts for its lanes, among others", () => {
    const entries = unpacked(packed(kept));
    expect(entries).toHaveLength(4);
    const texts = [0, 1, 2, 3].map((lane) => entries.map((one) => entryFor(one, lane)).map((one) => one && seen(one)));
    const [p, f, s, l] = [plain, first, second, last].map((one) => seen(one as Entry));
    expect(texts).toEqual([
      [p, f, f, l],
      [p, undefined, undefined, l],
      [p, s, s, l],
      [p, f, f, l],
    ]);
  });

  test("has none of the texts that no store needs any more", () => {
    const bytes = packed(withoutUnneeded(kept, (lane, index) => lane === 2 || index !== 1));
    const [, one, two] = unpacked(bytes);
    expect(one && [entryFor(one, 0), entryFor(one, 2)?.head]).toEqual([undefined, second?.head]);
    expect(two && [entryFor(two, 3)?.head, entryFor(two, 2)?.head]).toEqual([first?.head, second?.head]);
    expect(bytes.length).toBeLessThan(packed(kept).length);
  });

  test("keeps its number even if no store needs it", () => {
    const entries = unpacked(packed(withoutUnneeded([...kept, NO_TEXT], () => false)));
    expect(entries.map((one) => entryFor(one, 0)?.head)).toEqual([
      plain?.head,
      undefined,
      undefined,
      last?.head,
      undefined,
    ]);
  });
});
