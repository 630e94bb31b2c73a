import { X509Certificate } from "node:crypto";
import type { Server } from "node:http";
import { expect, onTestFinished, test, vi } from "vitest";
import { startElasticsearch } from "../../../test/servers/elasticsearch/server.ts";
import { startHttpServer } from "../../../test/servers/http/server.ts";
import { startProxy as startAnyProxy } from "../../../test/servers/proxy.ts";
import { makeCertificates } from "../../../test/servers/tls/certificates.ts";
import { batchOf, makeRecord } from "./make-record.ts";
import { attempt, openStore } from "./support.ts";

const CREDENTIALS = "u:p";

/** A proxy that asks for credentials; `seen` are the addresses that it led to. */
async function startProxy(
  credentials = CREDENTIALS,
): Promise<{ readonly url: string; readonly seen: string[]; readonly server: Server }> {
  const seen: string[] = [];
  const { host, server, stop } = await startAnyProxy((to, headers) => {
    if (headers["proxy-authorization"] !== `Basic ${Buffer.from(credentials).toString("base64")}`)
      return "authenticate";
    seen.push(to);
    return "connect";
  });
  onTestFinished(stop);
  return { url: `http://${credentials}@${host}`, seen, server };
}

test("all requests go through the proxy (ES-47)", async () => {
  await using server = await startElasticsearch();
  const proxy = await startProxy();
  const store = await openStore(server.url, { proxy: proxy.url, compression: true });
  expect(await store.write(batchOf(3), attempt())).toEqual([]);
  expect(server.documents().size).toBe(3);
  expect(new Set(proxy.seen)).toEqual(new Set([`127.0.0.1:${server.port}`]));
});

test("a user without a password is enough, where it is for the proxy", async () => {
  await using server = await startElasticsearch();
  const proxy = await startProxy("token:");
  const store = await openStore(server.url, { proxy: proxy.url, mapping: "none" });
  expect(await store.write(batchOf(1), attempt())).toEqual([]);
});

test("through a proxy as well, an answer that comes before the body was sent is heard (ES-31)", async () => {
  const server = await startHttpServer({
    gate: (_head, reply) => reply.text(413, "too large"),
    handle: () => {},
  });
  onTestFinished(() => server.stop());
  const proxy = await startProxy();
  const store = await openStore(server.url, { proxy: proxy.url, mapping: "none" });
  const large = makeRecord("r0", "x".repeat(8_000_000));
  await expect(store.write([large], attempt())).rejects.toMatchObject({ status: "too_large", code: "too_large" });
});

test("through a proxy as well, ca_fingerprint is looked at (ES-47)", async () => {
  const { ca, server: own } = await makeCertificates();
  await using server = await startElasticsearch({ tls: { ...own, cert: `${own.cert}\n${ca}`, maxVersion: "TLSv1.2" } });
  const proxy = await startProxy();
  const given = { proxy: proxy.url, tls: { verify: false }, mapping: "none" } as const;
  const wrong = await openStore(server.url, { ...given, ca_fingerprint: "ab".repeat(32) });
  for (let n = 0; n < 2; n += 1)
    // oxlint-disable-next-line no-await-in-loop -- a later attempt could resume the session of an earlier one
    await expect(wrong.write(batchOf(1), attempt())).rejects.toMatchObject({ status: "blocked", code: "tls" });
  expect(server.requests).toBe(0);
  const right = await openStore(server.url, { ...given, ca_fingerprint: new X509Certificate(ca).fingerprint256 });
  expect(await right.write(batchOf(1), attempt())).toEqual([]);
});

test("through a proxy as well, an attempt that is aborted in the middle of an answer ends", async () => {
  const never = new Promise(() => {});
  let requests = 0;
  const text = '{"items":[{"create":{"status":201}}]}';
  const server = await startHttpServer({
    handle(_request, reply) {
      requests += 1;
      if (requests === 1) reply.slow(200, text, never);
      else reply.send({ status: 200, headers: { "content-type": "application/json" }, body: text });
    },
  });
  onTestFinished(() => server.stop());
  const proxy = await startProxy();
  const store = await openStore(server.url, { proxy: proxy.url, mapping: "none" });
  const controller = new AbortController();
  const hanging = Promise.allSettled([store.write(batchOf(1), attempt(controller.signal))]);
  await vi.waitFor(() => expect(requests).toBe(1));
  // Once a later answer is here, the beginning of the first one is as well.
  expect(await store.write(batchOf(1), attempt())).toEqual([]);
  controller.abort();
  expect(await hanging).toMatchObject([{ reason: { status: "unknown", code: "timeout" } }]);
});

test("a proxy that is not there was not sent to (ES-32)", async () => {
  const proxy = await startProxy();
  await new Promise((resolve) => void proxy.server.close(resolve));
  const store = await openStore("http://es.example:9200", { proxy: proxy.url, mapping: "none" });
  const failure = expect.objectContaining({ status: "retry", code: "refused" });
  await expect(store.write(batchOf(1), attempt())).rejects.toEqual(failure);
});

test("a proxy that refuses the credentials does not show them", async () => {
  await using server = await startElasticsearch();
  const proxy = await startProxy();
  const wrong = proxy.url.replace(CREDENTIALS, "u:secret-pw");
  const store = await openStore(server.url, { proxy: wrong, mapping: "none" });
  const [result] = await Promise.allSettled([store.write(batchOf(1), attempt())]);
  expect(result).toMatchObject({ status: "rejected", reason: { status: "blocked", code: "proxy" } });
  expect(JSON.stringify(result)).not.toContain("secret-pw");
});
