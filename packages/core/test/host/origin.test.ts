import { describe, expect, it } from "vitest";
import { BoundRecord, entryOf, makeOrigin, makeStamp } from "../../src/records/entry.ts";
import { jsonText } from "../../src/reader/read-json-text.ts";
import { Identity } from "../../src/records/identity.ts";
import { createHost } from "../../src/host/create-host.ts";
import type { OriginOptions } from "../../src/host/options.ts";
import { Collector } from "../support/collector.ts";

const stamp = makeStamp({ audit_key: "a", target_type: "store" }, new Identity("r", []));
const bound = (com: object): BoundRecord =>
  new BoundRecord(entryOf({ raw: {}, ext: {}, com }, makeOrigin({ origin_worker: "w" })), stamp);

describe("target_type of a record (L-61)", () => {
  it.each([
    [{ record_type: "firewall_rule_event" }, "alert"],
    [{ record_type: "event" }, "alert"],
    [{ record_type: "mock", origin_type: "event" }, "alert"],
    [{ record_type: "firewall_rule" }, "store"],
    [{ record_type: "prevent" }, "store"],
    [{ record_type: 5 }, "store"],
    [{ record_type: "vm", origin_type: "cloud" }, "store"],
    [{}, "store"],
  ])("%j is a record for a %s (MC-3)", (com, type) => {
    const record = bound(com);
    expect(record.com["target_type"]).toBe(type);
    expect(record.json).toContain(`"target_type":"${type}"}}`);
    expect(record.bytes).toBe(Buffer.byteLength(record.json));
    expect(record.value.com).toEqual(record.com);
  });

  it("is no part of the id", () => {
    const plain = makeStamp({ audit_key: "a" }, new Identity("r", []));
    const entry = entryOf({ raw: {}, com: { record_type: "x_event" } }, makeOrigin({}));
    expect(new BoundRecord(entry, stamp).id).toBe(new BoundRecord(entry, plain).id);
  });
});

/** The origin of one record as it was stored. */
const written = async (
  input: unknown,
  origin: OriginOptions,
  configured: object | undefined,
  isOpen: boolean,
): Promise<object | undefined> => {
  const store = new Collector();
  const config = {
    plugins: { s: { plugin: store.plugin } },
    audits: { nightly: { stores: ["s"], ...(configured && { origin: configured }) } },
  };
  const host = createHost({ config, origin });
  if (isOpen) await host.open();
  await host.write(input);
  await host.done();
  const { origin_key: key, origin_class: kind, origin_worker: worker } = store.records[0]?.value.com ?? {};
  return { key, kind, worker };
};

describe("origin of an embedding program and of the configuration (L-61)", () => {
  describe.each([true, false])("on a host that is open: %s", (isOpen) => {
    it.each([
      ["an object", { n: 1 }],
      ["a list", [{ n: 1 }]],
      ["text", '{"n":1}'],
      ["checked text", jsonText('{"n":1}')],
    ])("%s: the configuration takes precedence over the program", async (_what, input) => {
      const program = { key: "k", class: "C", worker: "w" };
      expect(await written(input, program, { key: "conf" }, isOpen)).toEqual({
        key: "conf",
        kind: "C",
        worker: "nightly_conf",
      });
      expect(await written(input, program, undefined, isOpen)).toEqual({ key: "k", kind: "C", worker: "w" });
      expect(await written(input, { key: "k" }, undefined, isOpen)).toMatchObject({ worker: "k" });
    });

    it("override replaces the keys that it names, in the configuration and in the record", async () => {
      const record = { raw: {}, com: { origin_key: "own", origin_class: "Own", origin_worker: "own" } };
      const program = { key: "k", class: "C", worker: "w" };
      const configured = { key: "conf", class: "Conf", worker: "conf" };
      expect(await written(record, program, configured, isOpen)).toEqual({ key: "own", kind: "Own", worker: "own" });
      expect(await written(record, { ...program, override: ["class"] }, configured, isOpen)).toEqual({
        key: "own",
        kind: "C",
        worker: "own",
      });
      expect(await written(record, { ...program, override: true }, configured, isOpen)).toEqual({
        key: "k",
        kind: "C",
        worker: "w",
      });
    });
  });
});
