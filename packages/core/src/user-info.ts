import { MASK } from "@cloudmarker/store-api";

/** A part of a text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Where the user info of a URL stands, what is before the `@` of its host; undefined where there is none. A text that
 * looks like a URL with a password in it and is none, such as one with a `/` in the password, has all before its last
 * `@` taken for that.
 */
export function userInfoIn(text: string): Span | undefined {
  const start = text.indexOf("://") + 3;
  const last = text.lastIndexOf("@");
  if (start < 3 || last < start) return undefined;
  const url = URL.parse(text.trim());
  if (url && url.username === "" && url.password === "") return undefined;
  const host = /[/?#]/.exec(text.slice(start));
  const end = url && host ? text.lastIndexOf("@", start + host.index) : last;
  return { start, end: end < start ? last : end };
}

/** A text with the user info of a URL masked. */
export function withoutUserInfo(text: string): string {
  const span = userInfoIn(text);
  return span ? text.slice(0, span.start) + MASK + text.slice(span.end) : text;
}

/**
 * A user name, a colon and a password before an `@`, in what may have been meant as a URL: `http//user:password@host`.
 */
const CREDENTIALS = /:[^\s@/\\][^\s@]*@/;

/** Whether a text may have user info in it, for where it costs little to be wrong. */
export function mayHaveUserInfo(text: string): boolean {
  return userInfoIn(text) !== undefined || CREDENTIALS.test(text);
}

/** A text for a message: without what may be user info. */
export function withoutCredentials(text: string): string {
  return !userInfoIn(text) && CREDENTIALS.test(text) ? MASK + text.slice(text.lastIndexOf("@")) : withoutUserInfo(text);
}
