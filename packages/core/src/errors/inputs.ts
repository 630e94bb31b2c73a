import { namePaths } from "../name-paths.ts";
import { type ErrorRows, type ErrorText, EXIT } from "./row.ts";

/** A fault of an input, and how much of the input was read. */
interface Malformed {
  readonly input: string;
  readonly what: string;
  readonly read: string;
  readonly advice?: string | undefined;
}

/** Facts of the errors about an input. */
export interface InputFacts {
  INPUT_MALFORMED: {
    /** `read` says how much of the input was read. */
    json: Malformed & { readonly byte: number; readonly line: number; readonly column: number };
    packed: Malformed;
    /** `paths` lead to arrays of objects in the input. */
    select: { readonly input: string; readonly select: readonly string[]; readonly paths: readonly string[] };
  };
  INPUT_UNREADABLE: object;
}

/** The rows of the errors about an input. */
export const INPUT_ERRORS: ErrorRows<InputFacts> = {
  INPUT_MALFORMED: {
    exit: EXIT.DATA,
    what: "After some place the input is not JSON; everything before that place was delivered.",
    fix: "Correct the input, or run the producer again.",
    texts: {
      json: ({ input, byte, line, column, what, read, advice }) => ({
        message: `${input}: byte ${byte}, line ${line}, column ${column}: ${what}`,
        ...oneLine(read, advice),
      }),
      packed: ({ input, what, read, advice }) => ({ message: `${input}: ${what}`, ...oneLine(read, advice) }),
      select: ({ input, select, paths }) => ({
        message: `${input}: nothing is at ${namePaths(select)}`,
        fix:
          paths.length > 0
            ? `Arrays of objects are at:\n${paths.map((path) => `  --select ${path}`).join("\n")}`
            : "The input holds no array of objects near its top.",
      }),
    },
  },
  INPUT_UNREADABLE: {
    exit: EXIT.DATA,
    what: "The input cannot be opened or read.",
    fix: "Correct the name of the file, or make it readable.",
    texts: {},
  },
};

/** Puts the advice behind `read`, on the same line. */
function oneLine(read: string, advice: string | undefined): Pick<ErrorText, "why" | "fix"> {
  return advice === undefined ? { why: read } : { why: `${read} ${advice}`, fix: "" };
}
