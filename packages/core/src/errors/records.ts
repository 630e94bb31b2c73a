import { isError } from "@cloudmarker/store-api";
import { messageOf } from "./message-of.ts";
import { type ErrorRows, EXIT } from "./row.ts";

/** Facts of the errors about records. */
export interface RecordFacts {
  RECORD_INVALID: {
    /** `number` counts the inputs of the run from 1. */
    rejected: { readonly number: number; readonly cause: unknown };
    /** A tap of some stores threw; `key` is the first of these. */
    refused: { readonly number: number; readonly audit: string; readonly key: string; readonly cause: unknown };
    noObject: { readonly kind: string };
    /** `path` is the place in the record; empty for the record itself. */
    value: { readonly path: string; readonly why: string };
    unwritable: { readonly cause: unknown };
    tooDeep: object;
    /** `what` completes "nests too deeply to …". */
    comTooDeep: { readonly what: string };
    noCom: object;
    copiedNumber: { readonly path: string | undefined };
    notJson: { readonly cause: unknown };
    otherJson: { readonly kind: string };
    noText: object;
  };
}

/** The rows of the errors about records. */
export const RECORD_ERRORS: ErrorRows<RecordFacts> = {
  RECORD_INVALID: {
    exit: EXIT.INCOMPLETE,
    what: "An input is not a record: it is not an object, it contains itself, or JSON cannot represent it.",
    fix: "Correct the program or the tap that makes the record; the other records are delivered.",
    texts: {
      rejected: ({ number, cause }) => ({ message: `record ${number}: ${messageOf(cause)}` }),
      refused: ({ number, audit, key, cause }) => ({
        message: `record ${number}, for ${audit}/${key}: ${messageOf(cause)}`,
      }),
      noObject: ({ kind }) => ({ message: `A record must be an object, but this becomes ${kind} in JSON` }),
      value: ({ path, why }) => ({ message: `${path === "" ? "The record" : path}: ${why}` }),
      unwritable: ({ cause }) => {
        const why = isError(cause, "RangeError") ? "It nests too deeply or is too long" : messageOf(cause);
        return { message: `The record cannot be written as JSON: ${why}` };
      },
      tooDeep: () => ({ message: "The record nests too deeply to be read as a value" }),
      comTooDeep: ({ what }) => ({ message: `The record's \`com\` nests too deeply to ${what}` }),
      noCom: () => ({ message: "A tap of the record hook returned no record: it has no object `com`" }),
      copiedNumber: ({ path = "The record" }) => ({
        message: `${path}: a tap has copied a number, which JSON.rawJSON made, as an object of keys. Walk with mapValues of @cloudmarker/store-api`,
        fix: "Correct the tap: it must walk values with mapValues of @cloudmarker/store-api.",
      }),
      notJson: ({ cause }) => ({ message: `The text is not JSON: ${messageOf(cause)}` }),
      otherJson: ({ kind }) => ({ message: `The text is ${kind}, not a JSON object` }),
      noText: () => ({ message: "it is marked as a JSON text of @cloudmarker/core but has no text" }),
    },
  },
};
