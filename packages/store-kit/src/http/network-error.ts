import { BlockedError, RetryError, type StoreError, UnknownOutcomeError } from "@cloudmarker/store-api";
import { CLOSED_BY_PROXY } from "./closed-by-proxy.ts";

/**
 * The meaning of the codes of Node and undici if nothing was sent (ES-32, HEC-40). With a code that is in neither
 * table, the request may have been applied.
 */
const NOT_SENT: Readonly<Record<string, readonly [code: string, what: string]>> = {
  ECONNREFUSED: ["refused", "refuses the connection: nothing listens there"],
  ENOTFOUND: ["unknown_host", "is unknown to the name service"],
  EAI_AGAIN: ["unknown_host", "cannot be looked up: the name service does not answer"],
  EHOSTUNREACH: ["unreachable", "cannot be reached: no route to the host"],
  ENETUNREACH: ["unreachable", "cannot be reached: no route to the network"],
  EADDRNOTAVAIL: ["unreachable", "cannot be reached: no local address is left"],
  UND_ERR_CONNECT_TIMEOUT: ["unreachable", "does not answer: no connection in time"],
};

/** How a connection ends that was open. */
const BROKEN: Readonly<Record<string, string>> = {
  UND_ERR_SOCKET: "the other side closed it",
  ECONNRESET: "the other side reset it",
  EPIPE: "the other side closed it",
};

const NOT_HTTP = "what it answers is not HTTP";

/** How undici and hpagent report that a proxy made no connection. */
const PROXY_ANSWER = /^(?:Proxy response \(|Bad response: )(\d+)/u;

/** How Node reports a connection that closes during the TLS handshake. */
const UNSECURED = "before secure TLS connection was established";

const TIMEOUTS: ReadonlySet<string> = new Set([
  "ABORT_ERR",
  "UND_ERR_ABORTED",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
]);

const TIMEOUT_NAMES: ReadonlySet<string> = new Set(["TimeoutError", "AbortError"]);

const CERTIFICATES: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is signed by itself; name it in tls.ca if it is the right one",
  SELF_SIGNED_CERT_IN_CHAIN:
    "its certificate comes from an authority that is not trusted; name that one's certificate in tls.ca",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    "its certificate comes from an authority that is not trusted; name that one's certificate in tls.ca",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    "its certificate comes from an authority that is not trusted; name that one's certificate in tls.ca",
  CERT_FINGERPRINT: "the certificate of its authority has another fingerprint than ca_fingerprint",
  CERT_HAS_EXPIRED: "its certificate has expired",
  CERT_NOT_YET_VALID: "its certificate is not valid yet",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name; if that is right, say so in tls.server_name",
};

/**
 * The meaning of a connection error for the records that were being sent: `retry` if nothing was sent, `blocked` for
 * TLS, else `unknown`. It looks through causes, so it understands an error that a client has wrapped.
 * @param peer - the server as a person knows it, without credentials, such as `https://es.example:9200`
 * @param first - the peer of the connection itself, if that is another: see `firstPeer`
 */
export function networkError(error: unknown, peer: string, first: string = peer): StoreError {
  const chain = causesOf(error);
  const options = { cause: error };
  for (const { code, syscall, message } of chain) {
    const [, byProxy] = PROXY_ANSWER.exec(message) ?? [];
    if (byProxy !== undefined) {
      const refused = "refused the connection";
      const what = first === peer ? `The proxy ${refused} to ${peer}` : `${first} ${refused}`;
      const refusal = `${what} (${byProxy}); see the param proxy.`;
      return new (byProxy === "407" || byProxy === "403" ? BlockedError : RetryError)("proxy", refusal, options);
    }
    if (code === CLOSED_BY_PROXY) {
      const what = first === peer ? `The proxy closes the connection to ${peer}` : `${first} closes the connection`;
      return new RetryError("proxy", `${what} without an answer; see the param proxy.`, options);
    }
    const known = NOT_SENT[code];
    // The name of undici's own code says nothing.
    const named = code.startsWith("UND_ERR_") ? "" : ` (${code})`;
    if (known) return new RetryError(known[0], `${first} ${known[1]}${named}.`, options);
    if (isTls(code)) return new BlockedError("tls", `${peer}: ${tlsProblem(code, message, peer)}.`, options);
    if (code === "ETIMEDOUT" && syscall === "connect")
      return new RetryError("unreachable", `${first} does not answer: no connection in time.`, options);
    if ((code === "ECONNRESET" && syscall === "connect") || message.includes(UNSECURED))
      return unusable({ code, message }, peer, options);
    if (TIMEOUTS.has(code)) return late(peer, options);
  }
  // Where there is a code, it says more: the AWS clients give an ECONNRESET the name TimeoutError.
  if (chain.some(({ code, name }) => TIMEOUT_NAMES.has(name) && (code === "" || code === "ETIMEDOUT")))
    return late(peer, options);
  const early = chain.find(({ isConnecting }) => isConnecting);
  if (early) return unusable(early, peer, options);
  const { code, message } = chain.find((one) => one.code !== "") ?? chain.at(-1) ?? NOBODY;
  const why = chain.some(({ name }) => name === "HTTPParserError") ? NOT_HTTP : brokenBy(code, message);
  return new UnknownOutcomeError("connection_lost", `The connection to ${peer} broke: ${why}.`, options);
}

function late(peer: string, options: ErrorOptions): UnknownOutcomeError {
  return new UnknownOutcomeError("timeout", `${peer} did not answer in time.`, options);
}

/** What ended a connection, in words, with the code of the system. The names of undici's own errors say nothing. */
function brokenBy(code: string, message: string): string {
  const words = BROKEN[code] ?? (code.startsWith("HPE_") ? NOT_HTTP : undefined);
  if (code.startsWith("UND_ERR_")) return words ?? message;
  if (words !== undefined) return `${words} (${code})`;
  return message.includes(code) || code === "" ? message : `${message} (${code})`;
}

/** A load balancer without a server behind it ends connections in this way. */
function unusable({ code, message }: Pick<Cause, "code" | "message">, peer: string, options: ErrorOptions): RetryError {
  const isClosed = code in BROKEN || message.includes(UNSECURED);
  const named = code === "" || code.startsWith("UND_ERR_") ? "" : ` (${code})`;
  const why = isClosed ? named : `: ${message}`;
  return new RetryError("unreachable", `${peer} closes the connection before it can be used${why}.`, options);
}

function tlsProblem(code: string, message: string, peer: string): string {
  const known = CERTIFICATES[code];
  if (known !== undefined) return known;
  if (/wrong.version.number|packet length too long/iu.test(`${code} ${message}`))
    return `it does not speak TLS on this port; ${peer.startsWith("http") ? "try http" : "connect without TLS"}`;
  if (/certificate.required|handshake.failure/iu.test(`${code} ${message}`))
    return `it wants another client certificate; see tls.cert and tls.key (${code})`;
  return `TLS failed: ${message} (${code})`;
}

function isTls(code: string): boolean {
  return code in CERTIFICATES || code === "EPROTO" || /^(ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|UNABLE_TO_)/u.test(code);
}

interface Cause {
  readonly code: string;
  readonly name: string;
  readonly syscall: string;
  readonly message: string;
  /** See {@link whileConnecting}. */
  readonly isConnecting: boolean;
}

const NOBODY: Cause = { code: "", name: "", syscall: "", message: "no reason given", isConnecting: false };

const connecting = new WeakSet<object>();

/** Marks an error that came before there was a connection, so that nothing can have been sent. @returns the error */
export function whileConnecting(error: Error): Error {
  connecting.add(error);
  return error;
}

/** An error and its causes, outermost first; of several parallel causes, all. */
function causesOf(error: unknown, depth = 0): Cause[] {
  if (typeof error !== "object" || error === null || depth > 5) return [];
  const { code, name, syscall, message, cause, errors } = error as Readonly<Record<string, unknown>>;
  const isConnecting = connecting.has(error);
  const own = { code: text(code), name: text(name), syscall: text(syscall), message: text(message), isConnecting };
  const below = [cause, ...(Array.isArray(errors) ? (errors as unknown[]) : [])];
  return [own, ...below.flatMap((one) => causesOf(one, depth + 1))];
}

function text(value: unknown): string {
  return typeof value === "string" ? value.replace(/\.$/u, "") : "";
}
