// Signature Version 4, as AWS documents it ("Create a signed AWS API request" of the IAM User Guide). Written from the
// documentation alone, so that it can judge a signer; signature.test.ts holds it against the published examples.
import { createHash, createHmac } from "node:crypto";

/** The request as it is sent. */
export interface SignedRequest {
  readonly method: string;
  /** Path and query, exactly as they were sent. */
  readonly url: string;
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string;
}

/** What a signature is made for. */
export interface Scope {
  /** `YYYYMMDDTHHMMSSZ`. */
  readonly time: string;
  readonly region: string;
  readonly service: string;
}

/** Step 1: the canonical request. */
export function canonicalRequest(
  { method, url, headers, body }: SignedRequest,
  signedHeaders: readonly string[],
): string {
  const [path = "", query = ""] = splitOnce(url, "?");
  const lines = signedHeaders.map((name) => `${name}:${(headers[name] ?? "").trim().replaceAll(/ +/gu, " ")}\n`);
  const hash = headers["x-amz-content-sha256"] ?? sha256(body);
  return [method, canonicalPath(path), canonicalQuery(query), lines.join(""), signedHeaders.join(";"), hash].join("\n");
}

/** Step 2 and 3: the string to sign, with the hash of the canonical request. */
export function stringToSign(canonical: string, { time, region, service }: Scope): string {
  const scope = `${time.slice(0, 8)}/${region}/${service}/aws4_request`;
  return ["AWS4-HMAC-SHA256", time, scope, sha256(canonical)].join("\n");
}

/** The key that signs, derived from the secret. */
export function signingKey(secret: string, { time, region, service }: Scope): Buffer {
  return [region, service, "aws4_request"].reduce(hmac, hmac(Buffer.from(`AWS4${secret}`), time.slice(0, 8)));
}

/** Step 4: the signature in hex. */
export function signatureOf(
  request: SignedRequest,
  signedHeaders: readonly string[],
  secret: string,
  scope: Scope,
): string {
  const text = stringToSign(canonicalRequest(request, signedHeaders), scope);
  return hmac(signingKey(secret, scope), text).toString("hex");
}

/** SHA-256 in hex. */
export function sha256(data: Buffer | string): string {
  return createHash("sha256").update(data).digest("hex");
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

/** Dot segments and double slashes are resolved; then each segment is encoded once more. */
function canonicalPath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(uriEncode(segment));
  }
  const end = segments.length > 0 && path.endsWith("/") ? "/" : "";
  return `/${segments.join("/")}${end}`;
}

/** Names and values are decoded, encoded in the one way that AWS defines, and sorted by their encoded form. */
function canonicalQuery(query: string): string {
  const pairs = query.split("&").flatMap((pair) => {
    const [name = "", value = ""] = splitOnce(pair, "=");
    return pair === "" ? [] : [`${uriEncode(decodeURIComponent(name))}=${uriEncode(decodeURIComponent(value))}`];
  });
  return pairs.toSorted().join("&");
}

/** Every byte but those of letters, digits, `-`, `.`, `_` and `~` becomes `%XY`. */
function uriEncode(text: string): string {
  return Array.from(Buffer.from(text), (byte) => {
    const char = String.fromCodePoint(byte);
    return /[A-Za-z0-9\-._~]/u.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }).join("");
}

function splitOnce(text: string, mark: string): [string, string?] {
  const at = text.indexOf(mark);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
