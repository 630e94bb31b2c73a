import { endOfValue, skipSpace, stringOf } from "./json-scan.ts";

/** A record's JSON text in two parts: all members except `com`, as they are written, and the value of `com`. */
export interface SplitRecord {
  /** Such as `"raw":{…},"ext":{}`; empty where there are none. */
  readonly members: string;
  readonly com: string;
}

/**
 * Splits the text of a record, so that `com` can be written anew without changes to the rest. The native parser has
 * checked the text. If `com` appears more than once, the last one counts, as for the parser.
 */
export function splitRecord(text: string): SplitRecord {
  return splitAtEnd(text) ?? splitAnywhere(text);
}

/** The usual case: `com` is the last member, so only its value is scanned. */
function splitAtEnd(text: string): SplitRecord | undefined {
  // `"com":` can only be a key, since inside a string its quotes would be escaped. If its value ends where the record
  // ends, it is a key of the record itself.
  const key = text.lastIndexOf('"com":');
  if (key === -1 || text.indexOf('"com":') !== key) return undefined;
  const end = endOfValue(text, key + 6);
  if (skipSpace(text, end) !== text.length - 1) return undefined;
  const members = text.slice(1, key).trimEnd();
  return { members: members.endsWith(",") ? members.slice(0, -1) : members, com: text.slice(key + 6, end).trim() };
}

function splitAnywhere(text: string): SplitRecord {
  const members: string[] = [];
  let com = "{}";
  let at = skipSpace(text, 1);
  while (text.charAt(at) !== "}") {
    const keyEnd = endOfValue(text, at);
    const colon = skipSpace(text, keyEnd);
    const end = endOfValue(text, colon + 1);
    if (stringOf(text.slice(at, keyEnd)) === "com") com = text.slice(colon + 1, end).trim();
    else members.push(text.slice(at, end));
    at = skipSpace(text, end);
    if (text.charAt(at) === ",") at = skipSpace(text, at + 1);
  }
  return { members: members.join(","), com };
}
