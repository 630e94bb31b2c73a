import { MASK } from "@cloudmarker/store-api";

/** A part of a text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * The place of the user info of a URL: the part before the `@` of the host. Undefined if there is none. A text may look
 * like a URL with a password but not be a valid one, for example with a `/` in the password. Then everything before its
 * last `@` counts as user info.
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

/** Masks the user info of a URL in a text. */
export function withoutUserInfo(text: string): string {
  const span = userInfoIn(text);
  return span ? text.slice(0, span.start) + MASK + text.slice(span.end) : text;
}

/**
 * A user name, a colon and a password before an `@`, in a text that may be meant as a URL: `http//user:password@host`.
 */
const CREDENTIALS = /:[^\s@/\\][^\s@]*@/;

/** Whether a text may contain user info. For uses where a false answer does little harm. */
export function mayHaveUserInfo(text: string): boolean {
  return userInfoIn(text) !== undefined || CREDENTIALS.test(text);
}

/** A text for a message, without possible user info. */
export function withoutCredentials(text: string): string {
  return !userInfoIn(text) && CREDENTIALS.test(text) ? MASK + text.slice(text.lastIndexOf("@")) : withoutUserInfo(text);
}
