import { X509Certificate } from "node:crypto";
import { request } from "node:https";
import type { RequestOptions } from "node:https";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { startHttpServer } from "../../../packages/store-testkit/src/servers/http/server.ts";
import type { HttpFaultServer, TlsOptions } from "../../../packages/store-testkit/src/servers/http/server.ts";
import { EXPIRED, makeCertificates, OTHER_NAME } from "./certificates.ts";

const own = await makeCertificates();
const stranger = await makeCertificates();
/** The server closes after its alert, and the client may see either first. */
const REFUSED = /^(?:ERR_SSL_TLSV13_ALERT_.+|ECONNRESET|EPIPE)$/;

async function serve(tls: TlsOptions): Promise<HttpFaultServer> {
  const server = await startHttpServer({ handle: (_, reply) => reply.text(200, "hello"), tls });
  onTestFinished(() => server.stop());
  return server;
}

/** The answer, or the code of the failure. */
function get(url: string, options: RequestOptions): Promise<string> {
  return new Promise((resolve) => {
    request(url, { agent: false, ...options }, (response) => {
      response.setEncoding("utf8").on("data", resolve);
    })
      .on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
      .end();
  });
}

test("the bad certificates have one thing wrong each", () => {
  const otherName = new X509Certificate(own.otherName.cert);
  expect([otherName.checkHost(OTHER_NAME), otherName.checkHost("localhost")]).toEqual([OTHER_NAME, undefined]);
  const expired = new X509Certificate(own.expired.cert);
  expect([expired.checkHost("localhost"), expired.validToDate]).toEqual(["localhost", EXPIRED]);
  const authority = new X509Certificate(own.ca);
  expect([otherName, expired].map((certificate) => certificate.verify(authority.publicKey))).toEqual([true, true]);
});

test("a client that trusts the authority reaches localhost and 127.0.0.1", async () => {
  const { url, port } = await serve(own.server);
  expect(await get(url, { ca: own.ca })).toBe("hello");
  expect(await get(`https://localhost:${port}`, { ca: own.ca, family: 4 })).toBe("hello");
});

test("a client refuses an unknown authority, another name and an expired certificate, each with its code", async () => {
  expect(await get((await serve(own.server)).url, {})).toBe("UNABLE_TO_VERIFY_LEAF_SIGNATURE");
  expect(await get((await serve(own.server)).url, { ca: stranger.ca })).toBe("UNABLE_TO_VERIFY_LEAF_SIGNATURE");
  expect(await get((await serve(own.otherName)).url, { ca: own.ca })).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
  expect(await get((await serve(own.expired)).url, { ca: own.ca })).toBe("CERT_HAS_EXPIRED");
  expect(await get((await serve(own.client)).url, { ca: own.ca })).toBe("INVALID_PURPOSE");
});

test("fetch refuses the certificate until the authority is among those it trusts", async () => {
  const { url } = await serve(own.server);
  await expect(fetch(url)).rejects.toMatchObject({ cause: { code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" } });
  const trusted = getCACertificates("default");
  onTestFinished(() => setDefaultCACertificates(trusted));
  setDefaultCACertificates([...trusted, own.ca]);
  expect(await (await fetch(url)).text()).toBe("hello");
  const { url: wrong } = await serve(own.otherName);
  await expect(fetch(wrong)).rejects.toMatchObject({ cause: { code: "ERR_TLS_CERT_ALTNAME_INVALID" } });
});

test("a server that asks for certificates takes only clients of its authority", async () => {
  const { url } = await serve({ ...own.server, ca: own.ca, requestCert: true });
  expect(await get(url, { ca: own.ca, ...own.client })).toBe("hello");
  expect(await get(url, { ca: own.ca })).toMatch(REFUSED);
  expect(await get(url, { ca: own.ca, ...stranger.client })).toMatch(REFUSED);
});
