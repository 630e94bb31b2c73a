import { expect, test } from "vitest";
import { resolveSettings } from "../../src/delivery/settings.ts";

const plain = { batch: {}, supports: {} };

test("the defaults are those of the table", () => {
  expect(resolveSettings(plain)).toEqual({
    batchRecords: 1000,
    batchBytes: 1_000_000,
    batchAgeMs: 1000,
    queueRecords: 4_000,
    queueBytes: 16 * 1024 * 1024,
    concurrency: 2,
    timeoutMs: 60_000,
    spool: true,
    deadlineMs: 60_000,
    failFast: "auto",
    retryMinMs: 1000,
    retryMaxMs: 60_000,
    ordered: false,
    guarantee: "at-least-once",
    isolation: "inline",
  });
});

test("the store's own delivery takes precedence over the one for all stores, and both over the plugin's advice", () => {
  const plugin = { batch: { records: 10, bytes: 20, ageMs: 30 }, supports: {} };
  expect(resolveSettings(plugin)).toMatchObject({ batchRecords: 10, batchBytes: 20, batchAgeMs: 30 });
  const global = { batch: { records: 40, bytes: "1KiB" }, queue: { records: 50 }, timeout: "5s" };
  const own = { batch: { records: 60, age: "2s" }, retry: { min: "500ms", max: "5m" } };
  expect(resolveSettings(plugin, global, own)).toMatchObject({
    batchRecords: 60,
    batchBytes: 1024,
    batchAgeMs: 2000,
    queueRecords: 50,
    timeoutMs: 5000,
    retryMinMs: 500,
    retryMaxMs: 300_000,
  });
});

test("an ordered store has one batch in flight, whatever the concurrency says", () => {
  const ordered = { batch: {}, supports: { ordered: true } };
  expect(resolveSettings(ordered, { concurrency: 4 })).toMatchObject({ ordered: true, concurrency: 1 });
  expect(resolveSettings(ordered, {}, { ordered: false, concurrency: 4 })).toMatchObject({
    ordered: false,
    concurrency: 4,
  });
});

test("a duration that no timer can run is cut to the longest one that can", () => {
  expect(resolveSettings(plain, { deadline: 1e12 }).deadlineMs).toBe(2 ** 31 - 1);
});

test("whoever gives a deadline wants stores to be waited for, unless fail_fast is given as well", () => {
  expect(resolveSettings(plain, { deadline: "60s" }).failFast).toBe(false);
  expect(resolveSettings(plain, {}, { deadline: "60s" }).failFast).toBe(false);
  expect(resolveSettings(plain, { fail_fast: true }, { deadline: "60s" }).failFast).toBe(true);
  expect(resolveSettings(plain, { deadline: "60s", fail_fast: "auto" }).failFast).toBe("auto");
  expect(resolveSettings(plain, { fail_fast: true }, { fail_fast: false }).failFast).toBe(false);
});

test("the longest back-off is never shorter than the first", () => {
  expect(resolveSettings(plain, {}, { retry: { min: "10s", max: "1s" } })).toMatchObject({
    retryMinMs: 10_000,
    retryMaxMs: 10_000,
  });
});
