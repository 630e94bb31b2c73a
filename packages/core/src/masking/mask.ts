import { MASK } from "@cloudmarker/store-api";
import { needlesOf, SHORTEST_SECRET } from "./needles.ts";

/** Replaces every secret in a text by {@link MASK}. */
export type Mask = (text: string) => string;

/** The user info of a URL. */
const USER_INFO = /:\/\/[^\s/?#"'<>]*@/g;

/** The characters of base64 in both alphabets, and those of its escaped forms. */
const BASE64 = /[A-Za-z\d+/=_%\\-]/;

/** Marks at the end of a text that was cut off. */
const ELLIPSIS = /…|\.\.\./g;

type Span = [start: number, end: number];

/**
 * Makes the mask for these secrets, in every form in which a server may show them: plain, escaped, in base64 together
 * with other text, or cut off. The user info of every URL is masked too. The mask is for messages, which are few and
 * short: it searches a text for each form of each secret.
 */
export function createMask(secrets: Iterable<string>): Mask {
  const plain = new Set<string>();
  const base64 = new Set<string>();
  for (const secret of new Set(secrets)) {
    const needles = needlesOf(secret);
    for (const needle of needles.plain) plain.add(needle);
    for (const needle of needles.base64) base64.add(needle);
  }
  // The last result is kept, since a store that is down repeats the same message.
  let last: { readonly text: string; readonly masked: string } = { text: "", masked: "" };
  return (text) => {
    if (text !== last.text) last = { text, masked: mask(text, plain, base64) };
    return last.masked;
  };
}

function mask(text: string, plain: ReadonlySet<string>, base64: ReadonlySet<string>): string {
  const spans: Span[] = [];
  for (const needle of plain) for (const at of placesOf(needle, text)) spans.push([at, at + needle.length]);
  for (const needle of base64) for (const at of placesOf(needle, text)) spans.push(runAround(text, at, needle.length));
  for (const end of endsIn(text)) {
    for (const needle of plain) addBeginning(spans, text, end, needle);
    for (const needle of base64) addBeginning(spans, text, end, needle);
  }
  return withoutUserInfo(replaced(text, spans));
}

/** Masks the part before the `@` of a URL. */
function withoutUserInfo(text: string): string {
  return text.includes("@") ? text.replaceAll(USER_INFO, `://${MASK}@`) : text;
}

function* placesOf(needle: string, text: string): Generator<number> {
  for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + needle.length)) yield at;
}

/** The whole base64 text around a place. */
function runAround(text: string, at: number, length: number): Span {
  let start = at;
  let end = at + length;
  while (start > 0 && BASE64.test(text.charAt(start - 1))) start--;
  while (end < text.length && BASE64.test(text.charAt(end))) end++;
  return [start, end];
}

/** Positions at which a text may have been cut off. */
function endsIn(text: string): number[] {
  return [...Array.from(text.matchAll(ELLIPSIS), ({ index }) => index), text.length];
}

/** Adds the longest beginning of a needle that ends at `end`. */
function addBeginning(spans: Span[], text: string, end: number, needle: string): void {
  const head = needle.slice(0, SHORTEST_SECRET);
  let at = text.indexOf(head, Math.max(0, end - needle.length));
  while (at >= 0 && at + head.length <= end) {
    if (needle.startsWith(text.slice(at, end))) {
      spans.push([at, end]);
      return;
    }
    at = text.indexOf(head, at + 1);
  }
}

function replaced(text: string, spans: Span[]): string {
  if (spans.length === 0) return text;
  let result = "";
  let from = 0;
  let end = 0;
  for (const [start, stop] of spans.toSorted((a, b) => a[0] - b[0])) {
    // Spans that overlap or touch are one secret.
    if (end === 0 || start > end) {
      result += text.slice(from, start) + MASK;
      end = stop;
    }
    end = Math.max(end, stop);
    from = end;
  }
  return result + text.slice(from);
}
