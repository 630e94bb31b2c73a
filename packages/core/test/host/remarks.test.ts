import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineStore, type DoneReport, type Remark, type StoreRecord } from "@cloudmarker/store-api";
import { describe, expect, test } from "vitest";
import { createHost } from "../../src/index.ts";

const params = {
  type: "object",
  properties: { password: { type: "string", writeOnly: true } },
} as const;

/** What the receipt says of stores that report this, and that ask each record for its id. */
async function remarksOf(
  report: unknown,
  records: readonly object[] = [{ n: 1 }],
  id?: string[],
): Promise<readonly (readonly Remark[])[]> {
  const plugin = (name: string) =>
    defineStore({
      name,
      apiVersion: 1,
      params,
      open: () => ({
        write: (batch) => void batch.map((record: StoreRecord) => record.id),
        done: () => report as DoneReport,
      }),
    });
  const given = { params: { password: "hunter2" } };
  const plugins = { one: { plugin: plugin("one"), ...given }, two: { plugin: plugin("two"), ...given } };
  const config = { plugins, audits: { nightly: { stores: ["one", "two"], ...(id && { id }) } } };
  const stateDir = await mkdtemp(join(tmpdir(), "cloudmarker-remarks-"));
  const host = createHost({ config, stateDir });
  for (const record of records) await host.write(record);
  const { ok, stores } = await host.done();
  expect(ok).toBe(true);
  return stores.map(({ remarks }) => remarks);
}

const REMARK = { code: "unreadable_time", count: 2, of: 3, message: "2 of 3.", sample: "x" };

describe("remarks of stores (L-05)", () => {
  test("are in the receipt if they are valid, and contain no secret", async () => {
    expect(await remarksOf(undefined)).toEqual([[], []]);
    const secret = { ...REMARK, message: "It is hunter2.", sample: "hunter2" };
    const [masked] = await remarksOf({ remarks: [REMARK, secret] });
    expect(masked).toEqual([REMARK, { ...REMARK, message: "It is ********.", sample: "********" }]);
    const wrong = [
      null,
      5,
      {},
      { ...REMARK, count: -1 },
      { ...REMARK, of: 1n },
      { ...REMARK, message: 5 },
      { ...REMARK, code: undefined },
    ];
    expect(await remarksOf({ remarks: [...wrong, { ...REMARK, sample: 7, more: () => 1 }] })).toEqual(
      Array.from({ length: 2 }, () => [{ code: "unreadable_time", count: 2, of: 3, message: "2 of 3." }]),
    );
    expect(await remarksOf({ remarks: "many" })).toEqual([[], []]);
    const [long] = await remarksOf({
      remarks: Array.from({ length: 500 }, () => ({ ...REMARK, message: "x".repeat(9_000) })),
    });
    expect(long).toHaveLength(100);
    expect(long?.[0]?.message).toHaveLength(2_000);
  });
});

function told(pointer: string, records: string, count: number): object {
  const what = `audits.nightly.id: ${pointer} led to no text, number or boolean in any of ${records} without com.record_id`;
  const message = `${what}: nothing of it is in their ids.`;
  return { code: "unmatched_pointer", count, of: count, sample: pointer, message };
}

describe("pointers of audits.NAME.id that lead to nothing (L-05)", () => {
  test("in any record are reported, for each store of the audit", async () => {
    const expected = [told("/raw/typo", "2 records", 2), told("/raw/list", "2 records", 2)];
    const records = [{ uid: 1, list: [] }, { uid: 2 }, { raw: 1, com: { record_id: "own" } }];
    expect(await remarksOf(undefined, records, ["/raw/uid", "/raw/typo", "/raw/list"])).toEqual([expected, expected]);
  });

  test("in some are not, and neither are those that no record was asked for", async () => {
    expect(await remarksOf(undefined, [{ uid: 1 }, {}], ["/raw/uid"])).toEqual([[], []]);
    expect(await remarksOf(undefined, [{ raw: 1, com: { record_id: "own" } }], ["/raw/uid"])).toEqual([[], []]);
  });
});
