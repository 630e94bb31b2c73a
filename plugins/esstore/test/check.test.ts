import { X509Certificate } from "node:crypto";
import { writeFileSync } from "node:fs";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startElasticsearch } from "../../../packages/store-testkit/src/servers/elasticsearch/server.ts";
import { startHttpServer } from "../../../packages/store-testkit/src/servers/http/server.ts";
import type { Answer } from "../../../packages/store-testkit/src/servers/http/reply.ts";
import { makeCertificates } from "../../../test/servers/tls/certificates.ts";
import type { EsStoreParams } from "../src/index.ts";
import { batchOf, makeRecord } from "./make-record.ts";
import { attempt, openStore } from "./support.ts";

async function checkOf(node: string, given: Partial<EsStoreParams> = {}): Promise<unknown> {
  return (await openStore(node, given)).check();
}

test.each([
  [{ version: "7.17.29" }, "Elasticsearch 7.17.29"],
  [{ version: "9.2.0", stripHeaders: true }, "Elasticsearch 9.2.0"],
  [{ product: "opensearch" }, "OpenSearch 3.8.0"],
] as const)("%j is recognised, and nothing is changed there", async (options, name) => {
  await using server = await startElasticsearch(options);
  expect(await checkOf(server.url)).toEqual({
    ok: true,
    code: "ok",
    message: `${name} at ${server.url}; records go to cloudmarker.`,
  });
  expect((await fetch(`${server.url}/_index_template/cloudmarker-cloudmarker`)).status).toBe(404);
});

test("says as whom, or which privileges are lacking", async () => {
  const access = { username: "auditor", password: "secret-pw" };
  const of = async (privileges: object): Promise<unknown> => {
    const server = await startElasticsearch({ auth: access, privileges });
    onTestFinished(() => server.stop());
    return checkOf(server.url, access);
  };
  expect(await of({})).toMatchObject({ ok: true, message: expect.stringContaining(" as auditor; ") });
  expect(await of({ cluster: ["monitor"], indices: { other: ["all"] } })).toMatchObject({
    ok: false,
    code: "no_permission",
    message: expect.stringMatching(
      /: auditor lacks manage_index_templates and create_doc for cloudmarker; grant it, or choose `mapping: none`\.$/,
    ),
  });
});

test("a template that conflicts with ours is reported before it blocks a write (L-40)", async () => {
  await using server = await startElasticsearch();
  const theirs = { index_patterns: ["cloudmarker"], priority: 300 + "cloudmarker".length };
  const init = { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify(theirs) };
  expect((await fetch(`${server.url}/_index_template/theirs`, init)).status).toBe(200);
  const found = { code: "template", message: expect.stringMatching(/existing templates \[theirs\].*`mapping: none`/u) };
  expect(await checkOf(server.url)).toMatchObject({ ok: false, ...found });
  const store = await openStore(server.url);
  await expect(store.write(batchOf(1), attempt())).rejects.toMatchObject({ status: "blocked", ...found });
  expect(await checkOf(server.url, { mapping: "none" })).toMatchObject({ ok: true });
});

test("wrong credentials are not shown", async () => {
  await using server = await startElasticsearch({ auth: { apiKey: "cmlnaHQ6a2V5" } });
  const report = await checkOf(server.url, { api_key: "d3Jvbmc6a2V5" });
  expect(report).toMatchObject({ ok: false, code: "credentials" });
  expect(JSON.stringify(report)).not.toContain("d3Jvbmc6a2V5");
});

test("a user who may write but not ask for the server's version can write (ES-04)", async () => {
  const auth = { apiKey: "cmlnaHQ6a2V5" };
  await using server = await startElasticsearch({
    auth,
    privileges: { cluster: ["manage_index_templates"], indices: { cloudmarker: ["create_doc", "auto_configure"] } },
  });
  const store = await openStore(server.url, { api_key: auth.apiKey });
  expect(await store.write(batchOf(1), attempt())).toEqual([]);
  expect(await store.check()).toMatchObject({ ok: true, message: expect.stringContaining("Elasticsearch at ") });
});

test.each<[string, Answer, string, RegExp]>([
  ["a web server", { status: 200, body: "<html><title>Welcome</title></html>" }, "wrong_server", /a page "Welcome"/],
  [
    "MongoDB",
    { status: 200, body: "It looks like you are trying to access MongoDB over HTTP on the native driver port." },
    "wrong_server",
    /is MongoDB, not/,
  ],
  [
    "a redirect",
    { status: 302, headers: { location: "https://sso.example/login?token=x" }, body: "" },
    "redirected",
    /redirects to https:\/\/sso\.example\/login;/,
  ],
  ["a gateway", { status: 503, body: "no healthy upstream" }, "unavailable", /503: no healthy upstream/],
])("%s in place of Elasticsearch is recognised", async (_name, answer, code, message) => {
  const server = await startHttpServer({ handle: (_request, reply) => reply.send(answer) });
  onTestFinished(() => server.stop());
  expect(await checkOf(server.url)).toMatchObject({ ok: false, code, message: expect.stringMatching(message) });
});

test("nothing at the address, or an unknown host name", async () => {
  const server = await startElasticsearch();
  await server.stop();
  expect(await checkOf(server.url)).toMatchObject({ ok: false, code: "refused" });
  expect(await checkOf("http://nowhere.invalid")).toMatchObject({ ok: false, code: "unknown_host" });
});

test("TLS is verified; a certificate that cannot be trusted is described", async () => {
  const [ours, theirs] = [await makeCertificates(), await makeCertificates()];
  await using server = await startElasticsearch({ tls: ours.server });
  const folder = mkdtempSync(join(tmpdir(), "esstore-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const ca = (text: string): Partial<EsStoreParams> => {
    const path = join(folder, `${text.length}-${Math.random()}.pem`);
    writeFileSync(path, text);
    return { tls: { verify: true, ca: path } };
  };
  expect(await checkOf(server.url, ca(ours.ca))).toMatchObject({ ok: true });
  for (const given of [ca(theirs.ca), {}])
    expect(await checkOf(server.url, given)).toMatchObject({
      ok: false,
      code: "tls",
      message: expect.stringMatching(/tls\.ca.* It shows a certificate of localhost, issued by Test authority/),
    });
  expect(await checkOf(server.url, { ...ca(ours.ca), ca_fingerprint: "ab".repeat(32) })).toMatchObject({
    ok: false,
    code: "tls",
    message: expect.stringContaining("another fingerprint than ca_fingerprint"),
  });
  expect(await checkOf(server.url, { tls: { verify: false } })).toMatchObject({ ok: true });
});

test.each(["TLSv1.2", "TLSv1.3"] as const)(
  "with %s, an authority other than that of ca_fingerprint gets no request, however often it is tried (ES-47)",
  async (maxVersion) => {
    const { ca, server: own } = await makeCertificates();
    await using server = await startElasticsearch({ tls: { ...own, cert: `${own.cert}\n${ca}`, maxVersion } });
    // Nothing but the fingerprint says whom to trust.
    const given = { tls: { verify: false }, mapping: "none" } as const;
    const wrong = await openStore(server.url, { ...given, ca_fingerprint: "ab".repeat(32) });
    for (let n = 0; n < 3; n += 1)
      // oxlint-disable-next-line no-await-in-loop -- a later attempt could resume the session of an earlier one
      await expect(wrong.write(batchOf(1), attempt())).rejects.toMatchObject({ status: "blocked", code: "tls" });
    expect(server.requests).toBe(0);
    const right = await openStore(server.url, { ...given, ca_fingerprint: new X509Certificate(ca).fingerprint256 });
    for (let n = 0; n < 2; n += 1)
      // oxlint-disable-next-line no-await-in-loop -- as above
      expect(await right.write([makeRecord(`r${n}`)], attempt())).toEqual([]);
  },
);

test("https to an http port, and the other way round", async () => {
  const certificates = await makeCertificates();
  await using plain = await startElasticsearch();
  await using secure = await startElasticsearch({ tls: certificates.server });
  expect(await checkOf(plain.url.replace("http:", "https:"))).toMatchObject({
    code: "tls",
    message: expect.stringContaining("does not speak TLS on this port; try http"),
  });
  expect(await checkOf(secure.url.replace("https:", "http:"))).toMatchObject({
    ok: false,
    code: "tls",
    message: expect.stringContaining("speaks TLS on this port: write https."),
  });
});
