/** A record's JSON text in two: the members beside `com` as they are written, and the value of `com`. */
export interface SplitRecord {
  /** Such as `"raw":{…},"ext":{}`; empty where there are none. */
  readonly members: string;
  readonly com: string;
}

/**
 * Splits the text of a record, which the native parser has checked, so that `com` can be written anew without touching the literals of the rest.
 * Where `com` appears more than once the last one counts, as it does for the parser.
 */
export function splitRecord(text: string): SplitRecord {
  return splitAtEnd(text) ?? splitAnywhere(text);
}

/** The usual case, `com` being the last member: only its own value is looked at. */
function splitAtEnd(text: string): SplitRecord | undefined {
  // `"com":` can only be a key: inside a string its quotes would be escaped. What ends where the record ends is a key of the record itself.
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
    if (JSON.parse(text.slice(at, keyEnd)) === "com") com = text.slice(colon + 1, end).trim();
    else members.push(text.slice(at, end));
    at = skipSpace(text, end);
    if (text.charAt(at) === ",") at = skipSpace(text, at + 1);
  }
  return { members: members.join(","), com };
}

/** Index behind the value that begins at or after `start`, in valid JSON. */
function endOfValue(text: string, start: number): number {
  let depth = 0;
  for (let at = skipSpace(text, start); ; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) {
      at = endOfString(text, at);
      if (depth === 0) return at;
      at--;
    } else if (code === 0x7b || code === 0x5b) depth++;
    else if (code === 0x7d || code === 0x5d) {
      // A number or literal at depth 0 ends in front of what follows it.
      if (depth === 0) return at;
      if (--depth === 0) return at + 1;
    } else if (depth === 0 && code === 0x2c) return at;
  }
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  for (let code = text.charCodeAt(at); code !== 0x22; code = text.charCodeAt(at)) at += code === 0x5c ? 2 : 1;
  return at + 1;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  for (
    let code = text.charCodeAt(at);
    code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
    code = text.charCodeAt(at)
  )
    at++;
  return at;
}
