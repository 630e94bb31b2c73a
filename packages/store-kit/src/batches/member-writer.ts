import { isRawJson, parsePointer, valueAt } from "@cloudmarker/store-api";

/** A value of a record that is written a second time, under a name of its own. */
export interface Member {
  readonly name: string;
  /** JSON pointer into the record. */
  readonly from: string;
  /** Whether the back end takes a value there; for a list, each of its values. */
  readonly fits: (value: unknown) => boolean;
}

/** A {@link Member}, and what was found for it so far. */
export interface SeenMember extends Member {
  /** The pointer has led to a value in some record. */
  isFound: boolean;
  /** Some value of it was written. */
  isWritten: boolean;
}

/**
 * Writes members of JSON, each with a comma in front. A value that does not fit is left out, and so is an empty list.
 */
export interface MemberWriter {
  (value: unknown): string;
  readonly members: readonly SeenMember[];
}

/** Makes a {@link MemberWriter}. */
export function memberWriter(members: readonly Member[]): MemberWriter {
  const seen: SeenMember[] = members.map((member) => ({ ...member, isFound: false, isWritten: false }));
  const all = seen.map((member) => ({
    label: `,${JSON.stringify(member.name)}:`,
    keys: parsePointer(member.from),
    fits: member.fits,
    member,
  }));
  const write = (value: unknown): string => {
    let text = "";
    for (const { label, keys, fits, member } of all) {
      const found = valueAt(value, keys);
      if (found === undefined || found === null) continue;
      member.isFound = true;
      // A value that kept its digits is written with them.
      if (Array.isArray(found) ? found.length > 0 && found.every(fits) : fits(found)) {
        member.isWritten = true;
        text += label + JSON.stringify(found);
      }
    }
    return text;
  };
  return Object.assign(write, { members: seen });
}

/** Whether a value is text, a boolean, or a number, also one with more digits than a JavaScript number holds. */
export function isScalar(value: unknown): boolean {
  return typeof value === "object" ? isRawJson(value) : value !== undefined;
}
