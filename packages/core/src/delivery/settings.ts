import type { Guarantee, StorePlugin } from "@cloudmarker/store-api";
import { parseBytes, parseDuration } from "../quantities.ts";
import { LONGEST_TIMER_MS } from "../clock.ts";
import type { DeliveryConfig, Isolation } from "../config/types.ts";
import type { FailFastSetting } from "./fail-fast.ts";

/** How records are delivered to one store: durations in milliseconds, sizes in bytes. */
export interface DeliverySettings {
  /** Most records of a batch. @default what the store recommends, else 1000 */
  readonly batchRecords: number;
  /** Most bytes of a batch; a larger single record is sent alone. @default what the store recommends, else 1,000,000 */
  readonly batchBytes: number;
  /** A batch is sent at this age, full or not. @default what the store recommends, else 1 s */
  readonly batchAgeMs: number;
  /**
   * Records that may be held without acknowledgement. @default two batches more than can be under way: what is held
   * longer outlives the young generation for nothing
   */
  readonly queueRecords: number;
  /**
   * Bytes that may be held without acknowledgement; the record that reaches the bound may exceed it. @default 16 MiB
   */
  readonly queueBytes: number;
  /** Batches that are sent at a time. @default what the store recommends, else 2; always 1 where `ordered` */
  readonly concurrency: number;
  /** Time limit of one attempt. @default 60 s */
  readonly timeoutMs: number;
  /**
   * Time limit of `done()`; without a spool also the longest that a producer waits for a store that takes nothing.
   * @default 60 s
   */
  readonly deadlineMs: number;
  /**
   * Whether nothing waits for a store that is plainly wrong from the beginning.
   * @default false if there is a `deadline`, else auto
   */
  readonly failFast: FailFastSetting;
  /** Ceiling of the first back-off. @default 1 s */
  readonly retryMinMs: number;
  /** Ceiling of every back-off, and the pace at which a blocked store is tried again. @default 60 s */
  readonly retryMaxMs: number;
  /** No record overtakes another. @default what the store supports, else false */
  readonly ordered: boolean;
  /**
   * Whether a record is sent again, or becomes a dead letter, if it is unknown whether the store has it. @default
   * at-least-once
   */
  readonly guarantee: Guarantee;
  /** Whether the store runs in the thread of the program or in one of its own. @default inline */
  readonly isolation: Isolation;
  /**
   * Whether what the store has not got is kept on disk, and delivered later. @default true, unless the store's own disk
   * keeps it, or nothing may be sent twice: after a kill nobody knows what was sent
   */
  readonly spool: boolean;
}

/**
 * Each setting from the store's own `delivery`, else the one for all stores, else the plugin's advice, else the
 * default.
 */
export function resolveSettings(
  plugin: Pick<StorePlugin, "batch" | "supports">,
  global: DeliveryConfig = {},
  own: DeliveryConfig = {},
): DeliverySettings {
  const { batch, supports } = plugin;
  const ordered = own.ordered ?? global.ordered ?? supports.ordered ?? false;
  const concurrency = ordered ? 1 : (own.concurrency ?? global.concurrency ?? batch.concurrency ?? 2);
  const batchRecords = own.batch?.records ?? global.batch?.records ?? batch.records ?? 1000;
  const spool = own.spool ?? global.spool ?? "auto";
  const guarantee = own.guarantee ?? global.guarantee ?? "at-least-once";
  const deadline = own.deadline ?? global.deadline;
  const retryMinMs = ms(own.retry?.min ?? global.retry?.min, 1000);
  return {
    batchRecords,
    batchBytes: bytes(own.batch?.bytes ?? global.batch?.bytes, batch.bytes ?? 1_000_000),
    batchAgeMs: ms(own.batch?.age ?? global.batch?.age, batch.ageMs ?? 1000),
    queueRecords: own.queue?.records ?? global.queue?.records ?? (concurrency + 2) * batchRecords,
    queueBytes: bytes(own.queue?.bytes ?? global.queue?.bytes, 16 * 1024 * 1024),
    concurrency,
    timeoutMs: ms(own.timeout ?? global.timeout, 60_000),
    deadlineMs: ms(deadline, 60_000),
    failFast: own.fail_fast ?? global.fail_fast ?? (deadline === undefined ? "auto" : false),
    retryMinMs,
    retryMaxMs: Math.max(retryMinMs, ms(own.retry?.max ?? global.retry?.max, 60_000)),
    ordered,
    guarantee,
    isolation: own.isolation ?? global.isolation ?? "inline",
    spool: spool === "auto" ? supports.durable !== true && guarantee === "at-least-once" : spool,
  };
}

function ms(value: number | string | undefined, fallback: number): number {
  const parsed = value === undefined ? undefined : parseDuration(value);
  return Math.min(parsed ?? fallback, LONGEST_TIMER_MS);
}

function bytes(value: number | string | undefined, fallback: number): number {
  return (value === undefined ? undefined : parseBytes(value)) ?? fallback;
}
