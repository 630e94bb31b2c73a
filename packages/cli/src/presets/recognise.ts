import { parsePointer, valueAt } from "@cloudmarker/store-api";
import { isMap } from "../is-map.ts";
import { type Preset, PRESETS } from "./table.ts";

/** A scanner that is known by what it wrote. */
export interface Recognised {
  readonly name: string;
  readonly preset: Preset;
  /** How many records its preset takes of the value; undefined if the value is itself one of them. */
  readonly records: number | undefined;
}

/**
 * Recognises a scanner by the value of the first record. A report that has no records is not recognised.
 * @param isSelected the value was selected from a wrapper
 */
export function recognise(value: object, isSelected: boolean): Recognised | undefined {
  for (const [name, preset] of PRESETS) {
    const isRecord = isSelected || preset.select.length === 0;
    if (isRecord && isMarked(value, preset)) return { name, preset, records: undefined };
    if (isRecord) continue;
    const found = preset.select.flatMap((path) => recordsAt(value, path.split(".")));
    if (found.length > 0 && (isReportOf(Object.keys(value), preset) || isMarked(found[0], preset)))
      return { name, preset, records: found.length };
  }
  return undefined;
}

/** Recognises a scanner by the keys of its report. */
export function recogniseKeys(keys: readonly string[]): string | undefined {
  return [...PRESETS].find(([, preset]) => isReportOf(keys, preset))?.[0];
}

/** Whether a report of the scanner has these keys. */
export function isReportOf(keys: readonly string[], { report }: Preset): boolean {
  return report.some((known) => known.every((key) => keys.includes(key)));
}

/** Whether a value has what each record of the scanner has. */
export function isMarked(value: unknown, { marks }: Preset): boolean {
  return marks.length > 0 && marks.every((mark) => hasMark(value, mark));
}

function hasMark(value: unknown, mark: string): boolean {
  const [pointer = "", wanted] = mark.split("=");
  const found = valueAt(value, parsePointer(pointer));
  return wanted === undefined ? found !== undefined : found === wanted;
}

/** The records at a path, as `--select` finds them; lists in lists are left out. */
function recordsAt(value: unknown, keys: readonly string[]): readonly unknown[] {
  const [key, ...rest] = keys;
  if (key === undefined) return Array.isArray(value) ? value : isMap(value) ? Object.values(value) : [];
  if (Array.isArray(value)) return value.flatMap((element) => (isMap(element) ? recordsAt(element, keys) : []));
  return isMap(value) && Object.hasOwn(value, key) ? recordsAt(value[key], rest) : [];
}
