// What a store says of the records of a batch, and which answers leave a record in doubt.
import { expect, test } from "vitest";
import { NamedOutcomes } from "../../src/delivery/named-outcomes.ts";

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** The outcomes of a batch of three records after these lists. */
function read(...lists: readonly unknown[]): NamedOutcomes {
  const named = new NamedOutcomes(3);
  for (const list of lists) named.add(list);
  return named;
}

function statuses(named: NamedOutcomes): (string | undefined)[] {
  return [0, 1, 2].map((index) => named.get(index)?.status);
}

test("each record has the outcome that names it; the others have none", () => {
  const named = read([
    { index: 2, status: "reject", code: "mapping", reason: "not a date" },
    { index: 0, status: "retry" },
  ]);
  expect(statuses(named)).toEqual(["retry", undefined, "reject"]);
  expect(named.get(2)).toMatchObject({ code: "mapping", reason: "not a date" });
  expect([named.invalid, named.doubtsOthers]).toEqual([undefined, false]);
});

test("an empty list says nothing at all; a wrong one says something", () => {
  expect(read([]).isEmpty).toBe(true);
  expect(read("OK").isEmpty).toBe(false);
  expect(read([{ index: 1, status: "written" }]).isEmpty).toBe(false);
});

test.each([
  ["a text", "OK", "it is"],
  ["a record that the batch does not have", [{ index: 3, status: "written" }], "it names record 3 of a batch of 3"],
  ["a negative index", [{ index: -1, status: "written" }], "it names record -1 of a batch of 3"],
  ["no index", [{ status: "written" }], "it has an outcome that has no index, so it names no record"],
  ["null", [null], "it has an outcome that has no index, so it names no record"],
  ["a sparse list", Array.from({ length: 1 }), "it has an outcome that has no index, so it names no record"],
  ["a proxy that was revoked", [revoked()], "it has an outcome that has no index, so it names no record"],
  [
    "more outcomes than records",
    [0, 1, 2, 3].map((index) => ({ index, status: "written" })),
    "it has more outcomes than the batch has records, which are 3",
  ],
])("%s puts the records that are not named in doubt", (_, list, words) => {
  const named = read(list);
  expect(named.doubtsOthers).toBe(true);
  expect(named.invalid).toContain(words);
});

test.each([
  [
    "named twice",
    [
      { index: 1, status: "written" },
      { index: 1, status: "written" },
    ],
    "it names record 1 twice",
  ],
  [
    "with a status that does not exist",
    [{ index: 1, status: "done" }],
    'it gives record 1 the status "done", which does not exist',
  ],
])("a record %s is in doubt, and the others are not", (_, list, words) => {
  const named = read([{ index: 0, status: "duplicate" }, ...list]);
  expect(statuses(named)).toEqual(["duplicate", "unknown", undefined]);
  expect(named.get(1)?.code).toBe("invalid_outcome");
  expect([named.invalid, named.doubtsOthers]).toEqual([words, false]);
});

test.each(["written", "duplicate", "reject"])("a later list cannot take back what is %s", (settled) => {
  const named = read([{ index: 0, status: settled }], [{ index: 0, status: "retry" }]);
  expect(named.get(0)).toMatchObject({ status: "unknown", code: "invalid_outcome" });
  expect(named.invalid).toBe(`it names record 0 as ${settled} and then as retry`);
});

test.each(["retry", "unknown", "blocked"])("a later list may settle what was %s", (open) => {
  const named = read([{ index: 0, status: open }], [{ index: 0, status: "written" }]);
  expect(named.get(0)?.status).toBe("written");
  expect(named.invalid).toBeUndefined();
});

test("a later list may repeat what is settled: the first outcome stays", () => {
  const named = read(
    [{ index: 0, status: "reject", reason: "the first" }],
    [{ index: 0, status: "reject", reason: "the second" }],
  );
  expect(named.get(0)?.reason).toBe("the first");
  expect(named.invalid).toBeUndefined();
});

test("if there are several faults, the first is reported", () => {
  expect(read([{ index: 0, status: "done" }], "OK").invalid).toContain("record 0");
});
