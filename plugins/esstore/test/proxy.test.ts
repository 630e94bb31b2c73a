import type { StoreContext } from "@cloudmarker/store-api";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { startElasticsearch } from "../../../packages/store-testkit/src/servers/elasticsearch/server.ts";
import { startHttpServer } from "../../../packages/store-testkit/src/servers/http/server.ts";
import { startProxy as startAnyProxy } from "../../../test/servers/proxy.ts";
import { makeCertificates } from "../../../test/servers/tls/certificates.ts";
import { storeContext } from "../../../test/support/store-context.ts";
import esstore from "../src/index.ts";
import type { EsStoreParams } from "../src/index.ts";
import { batchOf, makeRecord } from "./make-record.ts";
import { attempt, DEFAULTS, openStore } from "./support.ts";

const CREDENTIALS = "u:p";

/** A proxy that asks for credentials; `seen` are the addresses that it led to. */
async function startProxy(
  credentials = CREDENTIALS,
  port?: number,
): Promise<{ readonly url: string; readonly seen: string[]; readonly server: Server }> {
  const seen: string[] = [];
  const { host, server, stop } = await startAnyProxy((to, headers) => {
    if (headers["proxy-authorization"] !== `Basic ${Buffer.from(credentials).toString("base64")}`)
      return "authenticate";
    seen.push(to);
    return "connect";
  }, port);
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

test("a user without a password is enough for the proxy", async () => {
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

test("if the proxy is not there, nothing was sent (ES-32)", async () => {
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

test("the proxy of the environment is used, and check says so, without its credentials (L-43)", async () => {
  await using server = await startElasticsearch();
  const proxy = await startProxy(CREDENTIALS, server.port);
  const env = { HTTP_PROXY: proxy.url, HTTPS_PROXY: "http://127.0.0.1:1", NO_PROXY: "other.example" };
  const node = "http://es.example:9200";
  const store = await openStore(node, {}, { env });
  expect(await store.write(batchOf(3), attempt())).toEqual([]);
  expect(server.documents().size).toBe(3);
  expect(new Set(proxy.seen)).toEqual(new Set(["es.example:9200"]));
  const way = `through the proxy ${new URL(proxy.url).host} (HTTP_PROXY)`;
  expect(await store.check()).toEqual({
    ok: true,
    code: "ok",
    message: `Elasticsearch 9.2.0 at ${node}, ${way}; records go to cloudmarker.`,
  });
});

test("`proxy: none`, NO_PROXY and a server on this machine are reached directly (L-43)", async () => {
  await using server = await startElasticsearch();
  const proxy = await startProxy(CREDENTIALS, server.port);
  const env = { http_proxy: proxy.url };
  const here = await openStore(server.url, {}, { env });
  expect(await here.write(batchOf(1), attempt())).toEqual([]);
  // Names that no name service knows.
  for (const [given, more] of [
    [{ proxy: "none" }, {}],
    [{}, { no_proxy: ".invalid" }],
  ] as const) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other is fine
    const store = await openStore("http://es.invalid:9200", given, { env: { ...env, ...more } });
    // oxlint-disable-next-line no-await-in-loop
    await expect(store.write(batchOf(1), attempt())).rejects.toMatchObject({ code: "unknown_host" });
  }
  expect(proxy.seen).toEqual([]);
});

test("each node has a proxy of its own, or none (L-43)", async () => {
  await using server = await startElasticsearch();
  const [first, second] = [await startProxy(CREDENTIALS, server.port), await startProxy("a:b", server.port)];
  const nodes = ["http://es.example:9200", "https://es.example:9200", server.url];
  const store = await openStore(
    "",
    { nodes, mapping: "none", tls: { verify: false } },
    { env: { http_proxy: first.url, https_proxy: second.url } },
  );
  const results = [];
  for (const n of [0, 1, 2, 3, 4, 5]) {
    const write = Promise.resolve(store.write([makeRecord(`r${n}`)], attempt()));
    // oxlint-disable-next-line no-await-in-loop -- nodes are used in turn
    results.push(
      await write.then(
        () => "written",
        ({ code }: { code: string }) => code,
      ),
    );
  }
  expect([first.seen.length, second.seen.length].map((count) => count > 0)).toEqual([true, true]);
  // The server speaks no TLS.
  expect(new Set(results)).toEqual(new Set(["written", "tls"]));
});

test("closing ends the connections through every proxy, also those that are still being made (L-43)", async () => {
  const asked = Promise.withResolvers<void>();
  const { host, stop } = await startAnyProxy(() => (asked.resolve(), "ignore"));
  onTestFinished(stop);
  const store = await openStore("http://es.example:9200", { mapping: "none" }, { env: { http_proxy: host } });
  const write = Promise.resolve(store.write(batchOf(1), attempt())).catch((error: unknown) => error);
  await asked.promise;
  await store.close();
  expect(await write).toMatchObject({ name: expect.stringContaining("Error") });
});

test("an error at the proxy names the proxy and the variable, and no secret (L-43)", async () => {
  await using server = await startElasticsearch();
  const proxy = await startProxy(CREDENTIALS, server.port);
  const wrong = proxy.url.replace(CREDENTIALS, "u:secret-pw");
  const { host } = new URL(proxy.url);
  const node = "http://es.example:9200";
  const store = await openStore(node, { mapping: "none" }, { env: { HTTP_PROXY: wrong } });
  const [refused] = await Promise.allSettled([store.write(batchOf(1), attempt())]);
  const first = `The proxy ${host} (HTTP_PROXY), on the way to ${node},`;
  expect(refused).toMatchObject({
    reason: { code: "proxy", message: `${first} refused the connection (407); see the param proxy.` },
  });
  expect(JSON.stringify(refused)).not.toContain("secret-pw");
  const gone = await openStore(node, { mapping: "none" }, { env: { http_proxy: "http://127.0.0.1:1" } });
  await expect(gone.write(batchOf(1), attempt())).rejects.toMatchObject({
    code: "refused",
    message: `The proxy 127.0.0.1:1 (http_proxy), on the way to ${node}, refuses the connection: nothing listens there (ECONNREFUSED).`,
  });
  await expect(openStore(node, {}, { env: { HTTP_PROXY: "socks5://u:secret-pw@p" } })).rejects.toMatchObject({
    status: "blocked",
    code: "proxy",
    message: expect.stringMatching(/^HTTP_PROXY of the environment (?!.*secret-pw).*`proxy: none`\.$/u),
  });
});

test("an explanation names the proxy (L-43)", () => {
  const given = { ...DEFAULTS, node: "https://es.example", mapping: "none" } as const;
  const explain = (env: StoreContext["env"]) => esstore.explain?.(batchOf(1), given, storeContext({ env }));
  expect(explain({ HTTPS_PROXY: "http://u:secret-pw@proxy.example:3128" })).toMatchObject([
    { url: expect.stringMatching(/^https:/u), proxy: "proxy.example:3128 (HTTPS_PROXY)" },
  ]);
  expect(explain({})).toEqual([expect.not.objectContaining({ proxy: expect.anything() })]);
});

async function told(node: string, given: Partial<EsStoreParams>): Promise<readonly string[]> {
  return (await openStore(node, given)).warnings;
}

test("a warning names the secrets that are sent to another machine in plain text (L-48)", async () => {
  expect(await told("http://es.example:9200", { username: "u", password: "secret-pw" })).toEqual([
    "password goes to http://es.example:9200 in plain text, and everybody on the way can read it: use https.",
  ]);
  expect(await told("http://es.example", { api_key: "c2VjcmV0" })).toHaveLength(1);
  expect(await told("http://127.0.0.1:9200", { bearer: "secret" })).toEqual([]);
  expect(await told("https://es.example:9200", { bearer: "secret" })).toEqual([]);
  expect(await told("http://es.example:9200", {})).toEqual([]);
});

test("the authorities that the environment names are trusted, and check says so (L-48)", async () => {
  const { ca, server: own } = await makeCertificates();
  await using server = await startElasticsearch({ tls: own });
  const folder = mkdtempSync(join(tmpdir(), "esstore-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "ca.pem");
  writeFileSync(file, ca);
  for (const variable of ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"]) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other is fine
    const store = await openStore(server.url, {}, { env: { [variable]: file } });
    // oxlint-disable-next-line no-await-in-loop
    expect(await store.check()).toMatchObject({
      ok: true,
      message: expect.stringContaining(`, with the authorities of ${file} (${variable}); records go to`),
    });
  }
  const unread = openStore(server.url, {}, { env: { SSL_CERT_FILE: join(folder, "none") } });
  await expect(unread).rejects.toMatchObject({
    code: "tls_file",
    message: `SSL_CERT_FILE of the environment: ${join(folder, "none")} cannot be read (ENOENT).`,
  });
});
