import { parsePointer, valueAt } from "@cloudmarker/store-api";
import type { EsStoreParams } from "./params.ts";

/**
 * Makes the function that writes the promoted fields of a record as members of JSON, each with a comma in front. What its field could not take,
 * and would refuse the whole document for, is left out.
 */
export function promoter(fields: EsStoreParams["fields"]): (value: object) => string {
  const all = Object.entries(fields).map(([name, { from, type }]) => ({
    label: `,${JSON.stringify(name)}:`,
    keys: parsePointer(from),
    fits: type === "boolean" ? isBoolean : isScalar,
  }));
  return (value) => {
    let text = "";
    for (const { label, keys, fits } of all) {
      const found = valueAt(value, keys);
      // A value that kept its digits is written with them.
      if (Array.isArray(found) ? found.length > 0 && found.every(fits) : fits(found))
        text += label + JSON.stringify(found);
    }
    return text;
  };
}

function isScalar(value: unknown): boolean {
  return typeof value === "object" ? isRawJSON(value) : value !== undefined;
}

/** Node 22 has it; TypeScript's library does not describe it yet. */
const { isRawJSON } = JSON as unknown as { isRawJSON(value: unknown): boolean };

function isBoolean(value: unknown): boolean {
  return typeof value === "boolean" || value === "true" || value === "false";
}
