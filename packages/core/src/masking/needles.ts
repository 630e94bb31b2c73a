import { userInfoIn } from "../user-info.ts";

/** Shorter secrets are not masked: such short texts occur everywhere by chance, so messages would become unreadable. */
export const SHORTEST_SECRET = 4;

/** The texts to search for, so that one secret is found in every form in which a server may show it. */
export interface Needles {
  /** The secret as it is, or escaped for a URL, JSON or HTML. */
  readonly plain: readonly string[];
  /** The part of a base64 text that the secret determines. The rest of the base64 text is masked with it. */
  readonly base64: readonly string[];
}

/** The forms of one secret; none if the secret is shorter than {@link SHORTEST_SECRET}. */
export function needlesOf(secret: string): Needles {
  const plain = new Set<string>();
  const base64 = new Set<string>();
  for (const text of textsIn(secret.toWellFormed())) {
    if (text.length < SHORTEST_SECRET) continue;
    for (const form of escapedForms(text)) plain.add(form);
    for (const core of base64Cores(text))
      for (const form of base64Forms(core)) if (form.length >= SHORTEST_SECRET) base64.add(form);
  }
  return { plain: [...plain], base64: [...base64] };
}

/** A scheme of `Authorization`, and its credentials. */
const AUTHORIZATION = /^(?:ApiKey|Basic|Bearer|Digest|Splunk|Token)\s+(\S+)$/i;

/** The secret, and the secrets inside it: without its scheme, decoded from base64, without the user before a colon. */
function textsIn(secret: string): Set<string> {
  const texts = new Set([secret, secret.trim().replaceAll(/\s+/g, " ")]);
  const value = AUTHORIZATION.exec(secret.trim())?.[1];
  if (value !== undefined) texts.add(value);
  for (const text of texts) {
    const plain = /^[\w+/-]{8,}={0,2}$/.test(text) ? Buffer.from(text, "base64").toString() : "";
    if (/^[\x20-\x7e]+:[\x20-\x7e]+$/.test(plain)) texts.add(plain);
    for (const userInfo of userInfosIn(text)) texts.add(userInfo);
    const colon = text.indexOf(":");
    if (colon > 0 && !text.startsWith("://", colon)) texts.add(text.slice(colon + 1));
  }
  return texts;
}

/** The secrets in the user info of a URL, as written and decoded: the password or, if there is none, the user. */
export function userInfosIn(url: string): string[] {
  const span = userInfoIn(url);
  if (!span) return [];
  const userInfo = url.slice(span.start, span.end);
  const secret = userInfo.slice(userInfo.indexOf(":") + 1);
  return [...new Set([secret, decoded(secret)])];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function escapedForms(text: string): Set<string> {
  const json = inJson(text);
  const ascii = json.replaceAll(/[^\x20-\x7e]/g, unicodeEscape);
  const url = encodeURIComponent(text);
  const strictUrl = url.replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  const urls = [url, strictUrl, encodeURI(text), inUserInfo(text), url.replaceAll("%20", "+")];
  return new Set([
    text,
    json,
    ascii,
    // As Go, Jackson and PHP write JSON.
    ascii.replaceAll(/[<>&]/g, unicodeEscape),
    json.replaceAll("/", String.raw`\/`),
    // JSON inside a string of JSON.
    inJson(json),
    ...urls,
    ...urls.map(lowerEscapes),
    inHtml(text, "&#x27;"),
    inHtml(text, "&#39;"),
  ]);
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function unicodeEscape(char: string): string {
  return String.raw`\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function inHtml(text: string, apostrophe: string): string {
  const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replaceAll(/[&<>"']/g, (char) => escapes[char] ?? apostrophe);
}

/** As `URL` writes a password. */
function inUserInfo(text: string): string {
  const url = new URL("http://host");
  url.password = text;
  return url.password;
}

/**
 * The base64 characters that a text determines, whatever is before and behind it (such as a user name and a colon).
 * There is one form for each position in a group of three bytes at which the text may begin.
 */
function base64Cores(text: string): string[] {
  // Browsers and curl encode characters outside ASCII differently.
  const encodings = [Buffer.from(text), ...(isLatin1(text) ? [Buffer.from(text, "latin1")] : [])];
  return encodings.flatMap((bytes) =>
    [0, 1, 2].map((offset) => {
      const whole = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
      return whole.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
    }),
  );
}

function isLatin1(text: string): boolean {
  return [...text].every((char) => char <= "\u00ff");
}

/** The plain form, the alphabet for URLs, the form escaped in a URL, and the form in JSON as PHP writes it. */
function base64Forms(text: string): Set<string> {
  const url = encodeURIComponent(text);
  const ofURL = text.replaceAll("+", "-").replaceAll("/", "_");
  return new Set([text, ofURL, url, lowerEscapes(url), text.replaceAll("/", String.raw`\/`)]);
}

function lowerEscapes(text: string): string {
  return text.replaceAll(/%[\dA-F]{2}/g, (escape) => escape.toLowerCase());
}
