import type { StoreReceipt } from "@cloudmarker/store-api";
import { expect, test } from "vitest";
import { NOTHING_COUNTED } from "../../src/delivery/tally.ts";
import { ownReceipts } from "../../src/host/lost-journal.ts";
import type { RunMeta } from "../../src/host/run-meta.ts";
import { withoutMissing } from "../../src/host/settled-elsewhere.ts";
import { UNKNOWN_SIZE } from "../../src/host/spool.ts";

const stores = [{ audit: "a", key: "some", plugin: "search", className: "", idPointers: [], taps: ["few"] }];
const meta: RunMeta = { run: "r", startedMs: 0, audits: ["a"], stores, about: {} };
const state = { meta, lanes: [], inputs: [], blocks: [], gone: [], damage: [], size: UNKNOWN_SIZE };

function receiptOf(counts: Partial<StoreReceipt>): StoreReceipt {
  const name = { audit: "a", store: "some", plugin: "search" };
  return { ...name, ...NOTHING_COUNTED, spooled: 0, notes: [], remarks: [], ...counts };
}

test("what the taps of a store dropped is not lost where a broken disk kept the journal from saying so (issue 15)", () => {
  const reasons = [{ code: "mapping", reason: "no such field", count: 1 }];
  const told = receiptOf({ accepted: 4, filtered: 38, rejected: 1, deadLettered: 1, reasons });
  // Three of the 43 were dropped by a tap of the run: they have no number.
  const counts = { filtered: 3, rejected: 0, byStores: { filtered: 0, rejected: 0 } };
  const { lanes } = withoutMissing(state, 40, ownReceipts([told], counts));
  expect(lanes).toMatchObject([
    {
      low: 40,
      counts: {
        filtered: 35,
        rejected: 1,
        deadLettered: 1,
        lost: 3,
        reasons: [
          { code: "mapping", count: 1 },
          { code: "journal_lost", count: 3 },
        ],
      },
    },
  ]);
});

test("a receipt of an earlier version says nothing of taps", () => {
  const { filtered: _filtered, rejected: _rejected, ...told } = receiptOf({ accepted: 40, lost: 5 });
  const counts = { filtered: 3, rejected: 2 };
  const [own] = ownReceipts([told as StoreReceipt], { ...counts, byStores: { filtered: 0, rejected: 0 } });
  expect(own).toMatchObject({ accepted: 40, filtered: 0, rejected: 0 });
});
