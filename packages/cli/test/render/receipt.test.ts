import type { Receipt, StoreReceipt } from "@cloudmarker/store-api";
import { describe, expect, test } from "vitest";
import { renderReceipt } from "../../src/render/receipt.ts";
import { codeAndReason, NO_COLORS } from "../../src/render/text.ts";

const archive: StoreReceipt = {
  audit: "default",
  store: "archive",
  plugin: "filestore",
  accepted: 12_345,
  filtered: 0,
  rejected: 0,
  written: 12_345,
  duplicate: 0,
  deadLettered: 0,
  spooled: 0,
  lost: 0,
  diverted: 0,
  batches: 13,
  retries: 0,
  bytes: 9_000_000,
  location: "/tmp/cloudmarker",
  reasons: [],
  notes: [],
  remarks: [],
};

const receipt: Receipt = {
  run: "20261123_145314",
  started: "2026-11-23T14:53:14.000Z",
  ended: "2026-11-23T14:53:14.400Z",
  ok: true,
  complete: true,
  received: 12_345,
  filtered: 0,
  rejected: 0,
  rejections: [],
  stores: [archive],
};

const render = (over: Partial<Receipt>): string => renderReceipt({ ...receipt, ...over }, NO_COLORS, { tookMs: 400 });

/** The first line of the receipt of a run that is not complete. */
function headline(over: Partial<Receipt>, what?: "an input"): string {
  const about = { tookMs: 400, ...(what && { input: what }) };
  return renderReceipt({ ...receipt, ok: false, complete: false, ...over }, NO_COLORS, about).split("\n", 1)[0] ?? "";
}

/** The first line of the receipt of a run that passed over lines. */
function skipping(over: Partial<Receipt>, skipped: number): string {
  return renderReceipt({ ...receipt, ...over }, NO_COLORS, { skipped, tookMs: 400 }).split("\n", 1)[0] ?? "";
}

/** The last line of the receipt of a store with records that are to be delivered later. */
function lastLine(spooled: number, readAgain?: number): string {
  const store = { ...archive, written: 12_345 - spooled, spooled, ...(readAgain !== undefined && { readAgain }) };
  const text = renderReceipt({ ...receipt, stores: [store] }, NO_COLORS, { from: "in.json" });
  return text.trimEnd().split("\n").at(-1) ?? "";
}

describe("the receipt", () => {
  test("has a column for what the taps of one store dropped or refused, and is not all delivered if one threw", () => {
    const some = { ...archive, store: "some", accepted: 10, written: 10, filtered: 12_334, rejected: 1 };
    const lines = render({ ok: false, stores: [archive, some] }).split("\n");
    expect(lines[0]).toContain("NOT all delivered");
    expect(lines[2]).toMatch(/accepted +written +duplicate +dead-lettered +filtered +rejected/);
    expect(lines[4]).toMatch(/some +10 +10 +0 +0 +12,334 +1/);
  });

  test("has no such column for what no store got", () => {
    expect(render({ filtered: 3, stores: [{ ...archive, filtered: 3 }] })).not.toMatch(/written.*filtered/);
  });

  test("names the run, the counts of each store, and where the records are", () => {
    expect(render({})).toBe(
      [
        "Run 20261123_145314: 12,345 records in 0.4 s, all delivered.",
        "",
        "store    accepted  written  duplicate  dead-lettered",
        "archive    12,345   12,345          0              0",
        "",
        "archive: the records are in /tmp/cloudmarker",
        "",
      ].join("\n"),
    );
  });

  test("names no place if no record arrived", () => {
    const none = { ...archive, written: 0, deadLettered: 12_345 };
    expect(render({ ok: false, stores: [none] })).not.toContain("the records are in");
    expect(render({ received: 0, stores: [{ ...archive, accepted: 0, written: 0 }] })).not.toContain(
      "the records are in",
    );
  });

  test("says plainly that there were no records, and not where they are", () => {
    const text = render({ received: 0, stores: [{ ...archive, accepted: 0, written: 0 }] });
    expect(text).toContain("no record came in");
    expect(text).toContain("archive: there were no records for it");
  });

  test("says where dead letters are and why, by code", () => {
    const search: StoreReceipt = {
      ...archive,
      store: "search",
      plugin: "esstore",
      written: 12_340,
      deadLettered: 5,
      retries: 2,
      location: "https://es.example/cloudmarker",
      reasons: [{ code: "mapping_conflict", count: 5, reason: "object mapping for [status] tried to parse as text" }],
      notes: ["The index was created."],
    };
    expect(render({ ok: false, stores: [archive, search] })).toBe(
      [
        "Run 20261123_145314: 12,345 records in 0.4 s, NOT all delivered.",
        "",
        "store    accepted  written  duplicate  dead-lettered  retries",
        "archive    12,345   12,345          0              0        0",
        "search     12,345   12,340          0              5        2",
        "",
        "archive: the records are in /tmp/cloudmarker",
        "search: the records are in https://es.example/cloudmarker",
        "search: The index was created.",
        "search: 5 dead letters: cloudmarker dead-letters list --run 20261123_145314 --store search",
        "  5 × mapping_conflict: object mapping for [status] tried to parse as text",
        "",
      ].join("\n"),
    );
  });

  test("says which configured values the records do not have (L-05)", () => {
    const message = '312 of 1,000 records had no readable time at /raw/at; first: "soon".';
    const remarks = [{ code: "unreadable_time", count: 312, of: 1_000, message, sample: '"soon"' }];
    expect(render({ stores: [{ ...archive, notes: ["It was created."], remarks }] })).toContain(
      `archive: It was created.\narchive: ${message}\n`,
    );
  });

  test("prefixes stores with their audit when there are several audits", () => {
    const text = render({ stores: [archive, { ...archive, audit: "nightly" }] });
    expect(text).toContain("default/archive    12,345");
    expect(text).toContain("nightly/archive: the records are in");
  });

  test("reports refused and filtered inputs", () => {
    expect(render({ ok: false, filtered: 1, rejected: 12, rejections: ["record 3: cyclic"] })).toContain(
      "NOT all delivered.\n1 record dropped on purpose by a filter.\n12 inputs refused, no record:\n  record 3: cyclic\n  … 11 more\n",
    );
  });

  test("says that no record came in rather than that all were delivered", () => {
    expect(render({ received: 0, stores: [] })).toBe("Run 20261123_145314: no record came in.\n");
  });

  test("never says that all is delivered if an input was not read to its end (L-07)", () => {
    expect(headline({})).toBe(
      "Run 20261123_145314: 12,345 records in 0.4 s, INCOMPLETE: the input was not read to its end; what was read is delivered.",
    );
    const refused = { ...archive, written: 12_340, deadLettered: 5 };
    const missing = "; what was read is NOT all delivered.";
    expect(headline({ stores: [refused] })).toMatch(/: the input was not read to its end; what was read is NOT/u);
    expect(headline({ stores: [refused] })).toContain(missing);
    expect(headline({ rejected: 1 })).toContain(missing);
    expect(headline({ stores: [{ ...archive, problem: { code: "X", message: "x" } }] })).toContain(missing);
    expect(headline({ received: 0, stores: [] }, "an input")).toBe(
      "Run 20261123_145314: no record came in, INCOMPLETE: an input was not read to its end.",
    );
  });

  test("of an earlier process does not say how long it took: its clock may have been set since (issue 14)", () => {
    const [first] = renderReceipt({ ...receipt, ended: "2020-01-01T00:00:00.000Z" }, NO_COLORS).split("\n");
    expect(first).toBe("Run 20261123_145314: 12,345 records, all delivered.");
  });

  test("does not say a code twice that the reason begins with (issue 14)", () => {
    expect([codeAndReason("parsing", "parsing: no number"), codeAndReason("parsing", "no number")]).toEqual([
      "parsing: no number",
      "parsing: no number",
    ]);
  });

  test("says how many lines of the input were skipped (L-22)", () => {
    expect(skipping({}, 1)).toBe(
      "Run 20261123_145314: 12,345 records in 0.4 s, all delivered, 1 line of the input skipped.",
    );
    expect(skipping({ received: 0, stores: [] }, 1_000)).toBe(
      "Run 20261123_145314: no record came in, 1,000 lines of the input skipped.",
    );
  });

  test("shows a store's own problem, lost records, and a sum that does not add up", () => {
    const bad: StoreReceipt = {
      ...archive,
      accepted: 10,
      written: 7,
      lost: 2,
      problem: { code: "STORE_OPEN_FAILED", message: "refused" },
      reasons: [{ code: "journal_lost", count: 2, reason: "not in the journal" }],
    };
    expect(render({ ok: false, stores: [bad] })).toContain(
      [
        "archive: STORE_OPEN_FAILED: refused",
        "archive: 2 records lost: neither delivered nor a dead letter",
        "  2 × journal_lost: not in the journal",
        "archive: does not add up: 1 of the accepted are unaccounted for",
      ].join("\n"),
    );
  });

  test("tells what is on disk from what is read again from the input (issue 14)", () => {
    expect(lastLine(2000)).toBe("archive: 2,000 records kept on disk, to be delivered later");
    expect(lastLine(2000, 1)).toBe(
      "archive: 1,999 records kept on disk, to be delivered later; 1 record not on disk: it is read again from in.json",
    );
    expect(lastLine(2, 2)).toBe("archive: 2 records not on disk: they are read again from in.json");
  });

  test("says where the figures of a killed process are not known (issue 14)", () => {
    const store: StoreReceipt = { ...archive, accepted: 0, written: 0, uncounted: true };
    expect(headline({ received: 0, stores: [store] })).toBe(
      "Run 20261123_145314: it is not known how many records came in, INCOMPLETE: the input was not read to its end.",
    );
    expect(render({ stores: [store] })).toContain(
      "archive: what it got before the run was interrupted is not known, and is in no figure\n",
    );
  });

  test("does not print control characters of a reason", () => {
    const bad: StoreReceipt = { ...archive, reasons: [{ code: "x", count: 1, reason: "\u001B[2Jgone\u009B1m" }] };
    expect(render({ stores: [bad] })).toContain("  1 × x: \uFFFD[2Jgone\uFFFD1m\n");
  });
});

describe("dead letters", () => {
  const refused: StoreReceipt = { ...archive, store: "it's", accepted: 5, written: 2, deadLettered: 2, spooled: 1 };

  test("are named by a command that works as it stands: with the audit and the state folder where they are needed", () => {
    const stores = [refused, { ...archive, audit: "other", store: "it's" }];
    expect(renderReceipt({ ...receipt, ok: false, stores }, NO_COLORS, { stateDir: " --state-dir /s" })).toContain(
      String.raw`dead-letters list --run 20261123_145314 --store 'it'\''s' --audit default --state-dir /s`,
    );
  });

  test("that were sent again have a receipt that adds up, and names no run", () => {
    const again = { ...receipt, ok: false, received: 0, stores: [refused] };
    expect(renderReceipt(again, NO_COLORS, { replay: { hadArrived: false }, tookMs: 400 })).toBe(
      [
        "Replay 20261123_145314: 5 dead letters sent again in 0.4 s, NOT all delivered; a part is kept.",
        "",
        "store  accepted  written  duplicate  dead-lettered  spooled",
        "it's          5        2          0              2        1",
        "",
        "it's: the records are in /tmp/cloudmarker",
        "it's: 1 dead letter still kept",
        String.raw`it's: 2 dead letters refused again: cloudmarker dead-letters list --store 'it'\''s'`,
        "",
      ].join("\n"),
    );
  });
});
