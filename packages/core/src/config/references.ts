import { MASK } from "@cloudmarker/store-api";
import { mayHaveUserInfo, userInfoIn } from "../user-info.ts";

/** `$${`, or `${` up to the next brace. */
export const REFERENCE: RegExp = /\$\$\{|\$\{([^}]*)(\}?)/g;

/** `NAME` or `NAME:-default`. */
export const VARIABLE: RegExp = /^([A-Za-z_]\w*)(?::-(.*))?$/s;

/** The schemes of `Authorization`, which are not secrets. */
const SCHEME = /^(?:ApiKey|Basic|Bearer|Splunk|Token) $/i;

/** The text as it must be written to come out of interpolation as it is. */
export function escapeReferences(text: string): string {
  return text.replaceAll("${", () => "$${");
}

/**
 * A value as it is written, with the defaults of its references masked: they stand for a secret if the variable does.
 */
export function maskDefaults(written: string): string {
  return partsOf(written)
    .map(({ text, isReference }) => (isReference ? withoutDefault(text) : text))
    .join("");
}

/** A secret as it is written: its references are kept, since what they lead to is not in it, and all else is masked. */
export function maskLiterals(written: string): string {
  return partsOf(written)
    .map(({ text, isReference }) => (isReference ? withoutDefault(text) : SCHEME.test(text) ? text : MASK))
    .join("");
}

/** A URL as it is written. Its user info is masked, unless the password is a reference and nothing else. */
export function maskWrittenUserInfo(written: string): string {
  const span = userInfoIn(written);
  if (!span) return written;
  const userInfo = written.slice(span.start, span.end);
  const colon = blind(userInfo).indexOf(":");
  const [user, password] = [userInfo.slice(0, colon + 1), userInfo.slice(colon + 1)];
  const isReference = partsOf(password).every((part) => part.isReference);
  const shown = isReference ? user + maskDefaults(password) : MASK;
  return written.slice(0, span.start) + shown + written.slice(span.end);
}

/** What its references put into the user info of a URL. @param texts - what they put in, in their order */
export function filledUserInfo(written: string, texts: readonly string[]): readonly string[] {
  if (!mayHaveUserInfo(written)) return [];
  const span = userInfoIn(written) ?? { start: 0, end: written.lastIndexOf("@") };
  const before = countReferences(written.slice(0, span.start));
  return texts.slice(before, before + countReferences(written.slice(span.start, span.end)));
}

function countReferences(written: string): number {
  return partsOf(written).filter(({ isReference }) => isReference).length;
}

/** A part of a text: a reference, or what stands between two. */
interface Part {
  readonly text: string;
  readonly isReference: boolean;
}

function partsOf(written: string): Part[] {
  const parts: Part[] = [];
  let from = 0;
  for (const { 0: text, 1: inner = "", index } of written.matchAll(REFERENCE)) {
    // One that is none may be a piece of a secret.
    if (text === "$${" || !(VARIABLE.test(inner) || inner.startsWith("file:"))) continue;
    parts.push({ text: written.slice(from, index), isReference: false }, { text, isReference: true });
    from = index + text.length;
  }
  parts.push({ text: written.slice(from), isReference: false });
  return parts.filter(({ text }) => text !== "");
}

/** The text with its references made unreadable, each character in its place. */
function blind(written: string): string {
  return partsOf(written)
    .map(({ text, isReference }) => (isReference ? "\0".repeat(text.length) : text))
    .join("");
}

function withoutDefault(reference: string): string {
  const [, name, fallback = ""] = VARIABLE.exec(reference.slice(2, -1)) ?? [];
  return name === undefined || fallback === "" ? reference : `\${${name}:-${MASK}}`;
}
