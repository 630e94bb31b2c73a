import { isPlainObject } from "../realms.ts";
import { lacksUnit } from "../validation/without-unit.ts";
import { writeProblem } from "./problems.ts";
import { parseBytes } from "../quantities.ts";
import { type Report, reportType, reportUnknownKeys } from "./report.ts";
import { isGiven, pathText } from "./tree.ts";
import type { ConfigPath } from "./types.ts";

/** What a setting must be. */
export interface Kind {
  /** Completes "must be …". */
  readonly wanted: string;
  readonly isRight: (value: unknown) => boolean;
  /** Of a duration: the unit in which people think of it. */
  readonly unit?: "s" | "d";
}

/** The keys of a map of settings. */
export type Shape = { readonly [key: string]: Kind | Shape };

export const COUNT: Kind = {
  wanted: "a whole number of at least 1",
  isRight: (value) => typeof value === "number" && Number.isSafeInteger(value) && value >= 1,
};

export const BYTES: Kind = {
  wanted: "a size of at least 1 byte, such as 512KiB, 5MB or a number of bytes",
  isRight: (value) => (parseBytes(value) ?? 0) >= 1,
};

export const FLAG: Kind = { wanted: "true or false", isRight: (value) => typeof value === "boolean" };

/** Whether a person has written the value at a path, in a file or on a command line. */
export type IsWritten = (path: ConfigPath) => boolean;

/** Returns the valid part of a map of settings and reports the rest. Undefined if there is no map. */
export function readShape(
  value: unknown,
  path: ConfigPath,
  shape: Shape,
  report: Report,
  isWritten: IsWritten,
): Record<string, unknown> | undefined {
  if (!isGiven(value)) return undefined;
  if (!isPlainObject(value)) {
    const [key = ""] = Object.keys(shape);
    const name = String(path.at(-1));
    const isFirst = typeof value === "number" && shape[key] === COUNT;
    const wanted = `a map with keys such as ${Object.keys(shape).slice(0, 3).join(", ")}`;
    if (isFirst) {
      const example = `${name}: { ${key}: ${value} }`;
      report(path, "value", writeProblem("type", "shape", { at: pathText(path), wanted, value, example }));
    } else reportType(report, path, wanted, value);
    return undefined;
  }
  reportUnknownKeys(report, path, value, Object.keys(shape));
  const result: Record<string, unknown> = {};
  for (const [key, kind] of Object.entries(shape)) {
    const given = Object.hasOwn(value, key) ? value[key] : undefined;
    if (!isGiven(given)) continue;
    const at = [...path, key];
    if (!isKind(kind)) {
      const inner = readShape(given, at, kind, report, isWritten);
      if (inner) result[key] = inner;
    } else if (kind.unit !== undefined && lacksUnit(given) && isWritten(at)) {
      const facts = { at: pathText(at), value: given, unit: kind.unit };
      report(at, "value", writeProblem("unit", "duration", facts));
    } else if (kind.isRight(given)) result[key] = given;
    else report(at, "value", writeProblem("type", "value", { at: pathText(at), wanted: kind.wanted, value: given }));
  }
  return result;
}

/** Whether a path below a map of settings leads to one of them. */
export function isSetting(shape: Shape, path: ConfigPath): boolean {
  let at: Kind | Shape | undefined = shape;
  for (const key of path) at = at && !isKind(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  return at !== undefined;
}

function isKind(kind: Kind | Shape): kind is Kind {
  return typeof kind["isRight"] === "function";
}
