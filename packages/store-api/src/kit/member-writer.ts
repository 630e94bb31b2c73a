import { parsePointer, valueAt } from "../json-pointer.ts";
import { isRawJson } from "../json.ts";
import type { RecordValue, StoreRecord } from "../record.ts";

/** A value of a record that is written once more, under a name of its own. */
export interface Member {
  readonly name: string;
  /** JSON pointer into the record. */
  readonly from: string;
  /** What the back end takes there; of a list, each. */
  readonly fits: (value: unknown) => boolean;
}

/** Makes the function that writes members of JSON, each with a comma in front. What does not fit is left out, and so is an empty list. */
export function memberWriter(members: readonly Member[]): (value: unknown) => string {
  const all = members.map(({ name, from, fits }) => ({
    label: `,${JSON.stringify(name)}:`,
    keys: parsePointer(from),
    fits,
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

/** Whether a value is text, a boolean, or a number, also one with more digits than a JavaScript number holds. */
export function isScalar(value: unknown): boolean {
  return typeof value === "object" ? isRawJson(value) : value !== undefined;
}

/** The value of a record, or undefined where it nests too deep for JavaScript: its text can be sent all the same. */
export function valueOf(record: StoreRecord): RecordValue | undefined {
  try {
    return record.value;
  } catch {
    return undefined;
  }
}
