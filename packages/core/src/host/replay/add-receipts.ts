import type { StoreReceipt } from "@cloudmarker/store-api";

/** Notes and remarks of all runs that a receipt keeps. */
const MOST_NOTES = 10;

/** Nothing was counted yet. */
export function emptyReceipt(audit: string, store: string, plugin: string): StoreReceipt {
  const counts = { accepted: 0, written: 0, duplicate: 0, deadLettered: 0, spooled: 0, lost: 0, diverted: 0 };
  const passed = { filtered: 0, rejected: 0 };
  return {
    audit,
    store,
    plugin,
    ...counts,
    ...passed,
    batches: 0,
    retries: 0,
    bytes: 0,
    reasons: [],
    notes: [],
    remarks: [],
  };
}

/** One store that was opened for several runs: the sum of its receipts. */
export function addReceipts(a: StoreReceipt, b: StoreReceipt): StoreReceipt {
  const location = b.location ?? a.location;
  const problem = a.problem ?? b.problem;
  const codes = Map.groupBy([...a.reasons, ...b.reasons], ({ code }) => code);
  return {
    audit: a.audit,
    store: a.store,
    plugin: a.plugin,
    accepted: a.accepted + b.accepted,
    filtered: a.filtered + b.filtered,
    rejected: a.rejected + b.rejected,
    written: a.written + b.written,
    duplicate: a.duplicate + b.duplicate,
    deadLettered: a.deadLettered + b.deadLettered,
    spooled: a.spooled + b.spooled,
    lost: a.lost + b.lost,
    diverted: a.diverted + b.diverted,
    batches: a.batches + b.batches,
    retries: a.retries + b.retries,
    bytes: a.bytes + b.bytes,
    reasons: [...codes].map(([code, same]) => {
      return { code, count: same.reduce((sum, { count }) => sum + count, 0), reason: same[0]?.reason ?? "" };
    }),
    notes: [...new Set([...a.notes, ...b.notes])].slice(0, MOST_NOTES),
    remarks: [...a.remarks, ...b.remarks].slice(0, MOST_NOTES),
    ...(location !== undefined && { location }),
    ...(problem && { problem }),
  };
}
