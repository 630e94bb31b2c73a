import { DELIVERY_KEYS } from "../delivery-keys.ts";
import { LONGEST_TIMER_MS } from "../clock.ts";
import { writeProblem } from "./problems.ts";
import { parseDuration } from "../quantities.ts";
import { BYTES, COUNT, FLAG, isSetting, type IsWritten, type Kind, readShape, type Shape } from "./read-shape.ts";
import type { Report } from "./report.ts";
import { pathText } from "./tree.ts";
import type { ConfigPath, DeliveryConfig } from "./types.ts";

const DURATION = "at most 24 days, such as 500ms, 60s, 5m, 1h or a number of milliseconds";
const WAIT: Kind = {
  wanted: `a duration of ${DURATION}`,
  isRight: (value) => (parseDuration(value) ?? Infinity) <= LONGEST_TIMER_MS,
  unit: "s",
};
/** Not zero: an attempt would end before it begins, and a retry would follow without a pause. */
const PERIOD: Kind = {
  wanted: `a duration above 0 and ${DURATION}`,
  isRight: (value) => WAIT.isRight(value) && (parseDuration(value) ?? 0) >= 1,
  unit: "s",
};
const GUARANTEE: Kind = {
  wanted: "at-least-once or at-most-once",
  isRight: (value) => value === "at-least-once" || value === "at-most-once",
};
const ISOLATION: Kind = {
  wanted: "inline or thread",
  isRight: (value) => value === "inline" || value === "thread",
};
const SPOOL: Kind = {
  wanted: "auto, true or false; commit, max_bytes, reserve_bytes and when_full belong in spool beside delivery",
  isRight: (value) => value === "auto" || typeof value === "boolean",
};
const FAIL_FAST: Kind = { ...SPOOL, wanted: "auto, true or false" };
/** Every key of `delivery`. */
const DELIVERY: Readonly<Record<(typeof DELIVERY_KEYS)[number], Kind | Shape>> = {
  batch: { records: COUNT, bytes: BYTES, age: WAIT },
  queue: { records: COUNT, bytes: BYTES },
  concurrency: COUNT,
  ordered: FLAG,
  guarantee: GUARANTEE,
  isolation: ISOLATION,
  spool: SPOOL,
  timeout: PERIOD,
  deadline: WAIT,
  fail_fast: FAIL_FAST,
  retry: { min: PERIOD, max: PERIOD },
};

/** Returns the valid part of a `delivery` map and reports the rest. Undefined if there is no map. */
export function readDelivery(
  value: unknown,
  path: ConfigPath,
  report: Report,
  isWritten: IsWritten,
): DeliveryConfig | undefined {
  const delivery: DeliveryConfig | undefined = readShape(value, path, DELIVERY, report, isWritten);
  const { min, max } = delivery?.retry ?? {};
  if (min !== undefined && max !== undefined && (parseDuration(min) ?? 0) > (parseDuration(max) ?? 0)) {
    const facts = { at: pathText([...path, "retry"]), min, max };
    report([...path, "retry", "min"], "value", writeProblem("range", "retry", facts));
  }
  return delivery;
}

/** Whether a path below `delivery` is one of its settings. */
export function isDeliverySetting(path: ConfigPath): boolean {
  return isSetting(DELIVERY, path);
}
