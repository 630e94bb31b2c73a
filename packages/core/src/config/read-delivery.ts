import { isPlainObject } from "../realms.ts";
import { LONGEST_TIMER_MS } from "../clock.ts";
import { writeProblem } from "./problems.ts";
import { parseBytes, parseDuration } from "./quantities.ts";
import { type Report, reportType, reportUnknownKeys } from "./report.ts";
import { isGiven, pathText } from "./tree.ts";
import type { ConfigPath, DeliveryConfig } from "./types.ts";

interface Kind {
  /** Completes "must be …". */
  readonly wanted: string;
  readonly isRight: (value: unknown) => boolean;
}

const DURATION = "at most 24 days, such as 500ms, 60s, 5m, 1h or a number of milliseconds";
const COUNT: Kind = {
  wanted: "a whole number of at least 1",
  isRight: (value) => typeof value === "number" && Number.isSafeInteger(value) && value >= 1,
};
const BYTES: Kind = {
  wanted: "a size of at least 1 byte, such as 512KiB, 5MB or a number of bytes",
  isRight: (value) => (parseBytes(value) ?? 0) >= 1,
};
const WAIT: Kind = {
  wanted: `a duration of ${DURATION}`,
  isRight: (value) => (parseDuration(value) ?? Infinity) <= LONGEST_TIMER_MS,
};
/** Not zero: an attempt would end before it begins, and a retry would follow without a pause. */
const PERIOD: Kind = {
  wanted: `a duration above 0 and ${DURATION}`,
  isRight: (value) => WAIT.isRight(value) && (parseDuration(value) ?? 0) >= 1,
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
  wanted: "auto, true or false",
  isRight: (value) => value === "auto" || typeof value === "boolean",
};
const FLAG: Kind = { wanted: "true or false", isRight: (value) => typeof value === "boolean" };

type Shape = { readonly [key: string]: Kind | Shape };

/** Every key of `delivery`. */
const DELIVERY: Shape = {
  batch: { records: COUNT, bytes: BYTES, age: WAIT },
  queue: { records: COUNT, bytes: BYTES },
  concurrency: COUNT,
  ordered: FLAG,
  guarantee: GUARANTEE,
  isolation: ISOLATION,
  spool: SPOOL,
  timeout: PERIOD,
  deadline: WAIT,
  retry: { min: PERIOD, max: PERIOD },
};

/** The keys of a `delivery` map. */
export const DELIVERY_KEYS: readonly string[] = Object.keys(DELIVERY);

/** Returns the valid part of a `delivery` map and reports the rest. Undefined if there is no map. */
export function readDelivery(value: unknown, path: ConfigPath, report: Report): DeliveryConfig | undefined {
  const delivery: DeliveryConfig | undefined = readShape(value, path, DELIVERY, report);
  const { min, max } = delivery?.retry ?? {};
  if (min !== undefined && max !== undefined && (parseDuration(min) ?? 0) > (parseDuration(max) ?? 0)) {
    const facts = { at: pathText([...path, "retry"]), min, max };
    report([...path, "retry", "min"], "value", writeProblem("range", "retry", facts));
  }
  return delivery;
}

/** Whether a path below `delivery` is one of its settings. */
export function isDeliverySetting(path: ConfigPath): boolean {
  let at: Kind | Shape | undefined = DELIVERY;
  for (const key of path) at = at && !isKind(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  return at !== undefined;
}

function readShape(
  value: unknown,
  path: ConfigPath,
  shape: Shape,
  report: Report,
): Record<string, unknown> | undefined {
  if (!isGiven(value)) return undefined;
  if (!isPlainObject(value)) {
    reportType(report, path, `a map with keys such as ${Object.keys(shape).slice(0, 3).join(", ")}`, value);
    return undefined;
  }
  reportUnknownKeys(report, path, value, Object.keys(shape));
  const result: Record<string, unknown> = {};
  for (const [key, kind] of Object.entries(shape)) {
    const given = Object.hasOwn(value, key) ? value[key] : undefined;
    if (!isGiven(given)) continue;
    const at = [...path, key];
    if (!isKind(kind)) {
      const inner = readShape(given, at, kind, report);
      if (inner) result[key] = inner;
    } else if (kind.isRight(given)) result[key] = given;
    else report(at, "value", writeProblem("type", "value", { at: pathText(at), wanted: kind.wanted, value: given }));
  }
  return result;
}

function isKind(kind: Kind | Shape): kind is Kind {
  return typeof kind["isRight"] === "function";
}
