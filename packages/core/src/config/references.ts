import { MASK } from "@cloudmarker/store-api";
import { mayHaveUserInfo, userInfoIn } from "../user-info.ts";

/** `$${`, or `${` up to the next brace. */
export const REFERENCE: RegExp = /\$\$\{|\$\{([^}]*)(\}?)/g;

/** `NAME` or `NAME:-default`. */
export const VARIABLE: RegExp = /^([A-Za-z_]\w*)(?::-(.*))?$/s;

/** The schemes of `Authorization`, which are not secrets. */
const SCHEME = /^(?:ApiKey|Basic|Bearer|Splunk|Token) $/i;

/** `env:NAME` and `env.NAME`, as other programs write a variable. */
export const FOREIGN_VARIABLE: RegExp = /^env(?:ironment)?[:.]([A-Za-z_]\w*)$/i;

/** Escapes a text so that interpolation gives the same text again. */
export function escapeReferences(text: string): string {
  return text.replaceAll("${", () => "$${");
}

/** Masks the defaults of references in a written value: if the variable is a secret, so is its default. */
export function maskDefaults(written: string): string {
  return partsOf(written)
    .map(({ text, isReference }) => (isReference ? withoutDefault(text) : text))
    .join("");
}

/** Masks a written secret except for its references, which do not contain the secret itself. */
export function maskLiterals(written: string): string {
  return partsOf(written)
    .map(({ text, isReference }) => (isReference ? withoutDefault(text) : SCHEME.test(text) ? text : MASK))
    .join("");
}

/**
 * Whether a written text is one reference to a variable, maybe behind a scheme of `Authorization`. That of another
 * program counts too: it contains no secret either.
 */
export function isOneVariable(written: string): boolean {
  const start = written.indexOf("${");
  const inner = written.slice(start + 2, -1);
  const name = FOREIGN_VARIABLE.exec(inner)?.[1] ?? inner;
  const isAlone = start === 0 || (start > 0 && SCHEME.test(written.slice(0, start)));
  return isAlone && written.endsWith("}") && /^[A-Za-z_]\w*$/.test(name);
}

/** Masks the user info of a written URL, unless the password is only a reference. */
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

/**
 * The texts that references put into the user info of a URL. @param texts - the texts of all references, in their order
 */
export function filledUserInfo(written: string, texts: readonly string[]): readonly string[] {
  if (!mayHaveUserInfo(written)) return [];
  const span = userInfoIn(written) ?? { start: 0, end: written.lastIndexOf("@") };
  const before = countReferences(written.slice(0, span.start));
  return texts.slice(before, before + countReferences(written.slice(span.start, span.end)));
}

function countReferences(written: string): number {
  return partsOf(written).filter(({ isReference }) => isReference).length;
}

/** A part of a text: a reference, or the text between two references. */
interface Part {
  readonly text: string;
  readonly isReference: boolean;
}

function partsOf(written: string): Part[] {
  const parts: Part[] = [];
  let from = 0;
  for (const { 0: text, 1: inner = "", index } of written.matchAll(REFERENCE)) {
    // A text that only looks like a reference may be part of a secret.
    if (text === "$${" || !(VARIABLE.test(inner) || inner.startsWith("file:"))) continue;
    parts.push({ text: written.slice(from, index), isReference: false }, { text, isReference: true });
    from = index + text.length;
  }
  parts.push({ text: written.slice(from), isReference: false });
  return parts.filter(({ text }) => text !== "");
}

/** Replaces each character of the references, so that all others keep their positions. */
function blind(written: string): string {
  return partsOf(written)
    .map(({ text, isReference }) => (isReference ? "\0".repeat(text.length) : text))
    .join("");
}

function withoutDefault(reference: string): string {
  const [, name, fallback = ""] = VARIABLE.exec(reference.slice(2, -1)) ?? [];
  return name === undefined || fallback === "" ? reference : `\${${name}:-${MASK}}`;
}
