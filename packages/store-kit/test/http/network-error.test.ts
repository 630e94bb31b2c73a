import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import {
  describeServer,
  firstPeer,
  networkError,
  proxyProblem,
  retryAfterMs,
  serverUrlProblem,
} from "../../src/http/index.ts";

const PEER = "https://es.example:9200";
const withCode = (code: string, more: object = {}): Error => Object.assign(new Error("it broke"), { code, ...more });

test.each([
  ["ECONNRESET", "connection_lost"],
  ["EPIPE", "connection_lost"],
  ["ETIMEDOUT", "timeout"],
])("%s is %s, though the AWS clients name it TimeoutError", (code, ours) => {
  expect(networkError(withCode(code, { name: "TimeoutError" }), PEER)).toMatchObject({ status: "unknown", code: ours });
});

test("a name without a code says that time was over, unless a cause has a code that says more", () => {
  for (const name of ["TimeoutError", "AbortError"])
    expect(networkError(Object.assign(new Error("late"), { name }), PEER)).toMatchObject({ code: "timeout" });
  const wrapped = Object.assign(new Error("late", { cause: withCode("ECONNREFUSED") }), { name: "TimeoutError" });
  expect(networkError(wrapped, PEER)).toMatchObject({ status: "retry", code: "refused" });
});

test.each([
  ["ECONNREFUSED", "retry", "refused"],
  ["ENOTFOUND", "retry", "unknown_host"],
  ["EAI_AGAIN", "retry", "unknown_host"],
  ["EHOSTUNREACH", "retry", "unreachable"],
  ["UND_ERR_CONNECT_TIMEOUT", "retry", "unreachable"],
  ["UND_ERR_SOCKET", "unknown", "connection_lost"],
  ["ECONNRESET", "unknown", "connection_lost"],
  ["EPIPE", "unknown", "connection_lost"],
  ["UND_ERR_HEADERS_TIMEOUT", "unknown", "timeout"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "blocked", "tls"],
  ["SELF_SIGNED_CERT_IN_CHAIN", "blocked", "tls"],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "blocked", "tls"],
  ["CERT_FINGERPRINT", "blocked", "tls"],
  ["CERT_HAS_EXPIRED", "blocked", "tls"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "blocked", "tls"],
  ["ERR_SSL_WRONG_VERSION_NUMBER", "blocked", "tls"],
  ["EPROTO", "blocked", "tls"],
])("%s is %s, %s, also under the error of a client (ES-32, HEC-40)", (code, status, ours) => {
  expect(networkError(withCode(code), PEER)).toMatchObject({ status, code: ours });
  const wrapped = new Error("Connection Error", { cause: new AggregateError([withCode(code)]) });
  const error = networkError(wrapped, PEER);
  expect(error).toMatchObject({ status, code: ours, cause: wrapped });
  expect(error.message).toContain(PEER);
});

test("a time-out of connecting sent nothing, one of reading may have (ES-32)", () => {
  expect(networkError(withCode("ETIMEDOUT", { syscall: "connect" }), PEER)).toMatchObject({ status: "retry" });
  expect(networkError(withCode("ETIMEDOUT", { syscall: "read" }), PEER)).toMatchObject({ status: "unknown" });
  expect(networkError(AbortSignal.abort().reason, PEER)).toMatchObject({ status: "unknown", code: "timeout" });
});

test("a connection that closes before it is made has sent nothing (ES-32, HEC-40)", () => {
  const unmade = { status: "retry", code: "unreachable" };
  expect(networkError(withCode("ECONNRESET", { syscall: "connect" }), PEER)).toMatchObject(unmade);
  const message = "Client network socket disconnected before secure TLS connection was established";
  expect(networkError(Object.assign(new Error(message), { code: "ECONNRESET" }), PEER)).toMatchObject(unmade);
});

test("if a proxy is not there, the message names the proxy (ES-47)", () => {
  const first = firstPeer(PEER, { url: "http://me:secret@proxy.example:3128" });
  expect(networkError(withCode("ECONNREFUSED"), PEER, first).message).toBe(
    `The proxy proxy.example:3128, on the way to ${PEER}, refuses the connection: nothing listens there (ECONNREFUSED).`,
  );
  expect(firstPeer(PEER, undefined)).toBe(PEER);
});

test("an error without a code is said as it is (HEC-41)", () => {
  expect(networkError(new Error("HPE_INVALID"), PEER).message).toBe(`The connection to ${PEER} broke: HPE_INVALID.`);
  expect(networkError(undefined, PEER).message).toBe(`The connection to ${PEER} broke: no reason given.`);
});

test("the error of fetch for a closed port is recognised", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const error: unknown = await fetch(`http://127.0.0.1:${port}`).catch((reason: unknown) => reason);
  expect(networkError(error, `http://127.0.0.1:${port}`)).toMatchObject({ status: "retry", code: "refused" });
});

test.each([
  ["Proxy response (407) !== 200 when HTTP Tunneling", "blocked"],
  ["Bad response: 403", "blocked"],
  ["Bad response: 502", "retry"],
])("a proxy that makes no connection has sent nothing on: %s is %s (ES-47)", (message, status) => {
  const error = networkError(new Error("failed", { cause: new Error(message) }), PEER);
  expect(error).toMatchObject({ status, code: "proxy" });
  expect(error.message).toMatch(/^The proxy refused the connection to .* \(\d{3}\); see the param proxy\.$/);
});

test("Retry-After is seconds or a date", () => {
  const now = Date.UTC(2026, 10, 23);
  expect(retryAfterMs("7", now)).toBe(7000);
  expect(retryAfterMs("Mon, 23 Nov 2026 00:00:09 GMT", now)).toBe(9000);
  expect(retryAfterMs("Sun, 22 Nov 2026 00:00:00 GMT", now)).toBe(0);
  expect(retryAfterMs("soon", now)).toBeUndefined();
  expect(retryAfterMs(undefined, now)).toBeUndefined();
});

test.each([
  [
    200,
    {},
    '{ "version" : { "distribution" : "opensearch" }, "tagline" : "The OpenSearch Project: https://opensearch.org/" }',
    "OpenSearch",
  ],
  [200, { "x-elastic-product": "Elasticsearch" }, "{}", "Elasticsearch"],
  [200, {}, '{"tagline":"You Know, for Search"}', "Elasticsearch"],
  [403, { "x-opensearch-version": "OpenSearch/3.8.0 (opensearch)" }, "", "OpenSearch"],
  [404, {}, '{"text":"The requested URL was not found on this server.","code":404}', "a Splunk HTTP Event Collector"],
  [303, { server: "Splunkd", location: "/en-US/" }, "", "Splunk's web port"],
  [200, {}, "It looks like you are trying to access MongoDB over HTTP on the native driver port.", "MongoDB"],
  [
    302,
    { location: "https://sso.example/login?token=abc" },
    "",
    "a server that redirects to https://sso.example/login",
  ],
  [200, { server: "nginx" }, "<html><title> Welcome </title>", 'a web server (nginx) with a page "Welcome"'],
  [500, {}, "no\n luck", "a server that answers 500 with no luck"],
  [204, {}, "", "a server that answers 204 with nothing"],
])("%s %s %s is %s", (status, headers, body, what) => {
  expect(describeServer({ status, headers, body })).toBe(what);
});

test("only the beginning of a body is read, however long it is", () => {
  const start = performance.now();
  const page = `[${'{"text":1},'.repeat(20_000)}`;
  expect(describeServer({ status: 200, headers: {}, body: page })).toContain("a server that answers 200 with [{");
  const spaces = `<title>${" ".repeat(5_000)}`;
  expect(describeServer({ status: 200, headers: {}, body: spaces })).toContain("a server that answers 200");
  expect(performance.now() - start).toBeLessThan(1_000);
});

test("a URL has a known protocol and no credentials", () => {
  const protocols = ["http:", "https:"];
  expect(serverUrlProblem("node", "https://es.example", protocols)).toBeUndefined();
  expect(serverUrlProblem("node", "es.example:9200", protocols)).toBe(
    "node must be a URL that begins with http:// or https://. Write https://es.example:9200, if that is the server.",
  );
  expect(serverUrlProblem("node", "https://me:secret@es.example", protocols)).toBe(
    "node has a user name or password in it; write them as params of their own.",
  );
});

test("a proxy is an HTTP URL whose credentials can be read, and no message shows them", () => {
  expect(proxyProblem("http://me:se%20cret@proxy.example:3128")).toBeUndefined();
  expect(proxyProblem("socks5://me:secret@proxy.example")).toBe(
    "proxy must be a URL that begins with http:// or https://.",
  );
  for (const credentials of ["me:secret%", "secret%zz:", ":secret%", "me:secret%ff"])
    expect(proxyProblem(`http://${credentials}@proxy.example:3128`)).toBe(
      "proxy has a % in its user name or password that begins no escaped character; write the % as %25.",
    );
});
