import { writeFile } from "node:fs/promises";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { startHttpServer } from "../../../packages/store-testkit/src/servers/http/server.ts";
import { codeFault, isHealthCheck } from "../../../packages/store-testkit/src/servers/splunk/code-fault.ts";
import { startSplunkWeb } from "../../../packages/store-testkit/src/servers/splunk/web.ts";
import { makeCertificates } from "../../../test/servers/tls/certificates.ts";
import type { SplunkHecStoreParams } from "../src/index.ts";
import { attempt, openStore, recordsOf, startCollector, TOKEN } from "./support.ts";

async function checkOf(given: Partial<SplunkHecStoreParams>) {
  const store = await openStore(given);
  const { ok, code, message } = await store.check();
  expect(message).not.toContain("\n");
  expect(message).not.toContain(given.token ?? TOKEN);
  return { ok, code, message };
}

/** Certificates, and a file with that of their authority. */
async function makeAuthority() {
  const { ca, server, otherName } = await makeCertificates();
  const folder = mkdtempSync(join(tmpdir(), "splunkhecstore-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "ca.pem");
  await writeFile(file, ca);
  return { file, tls: server, otherName };
}

describe("check", () => {
  it("accepts a good token, and says what it cannot know", async () => {
    const server = await startCollector();
    expect(await checkOf({ uri: server.url, index: "audit" })).toEqual({
      ok: true,
      code: "ok",
      message: `Splunk HTTP Event Collector at ${server.url} accepts the token. Whether it may write to index audit shows with the first record.`,
    });
    expect(server.indexed).toBe(0);
  });

  it("accepts a good token that acknowledges (HEC-10)", async () => {
    const server = await startCollector({ useAck: true });
    expect(await checkOf({ uri: server.url, ack: true, gzip: true })).toMatchObject({ code: "ok" });
  });

  it("refuses one that does not, where it must (HEC-33)", async () => {
    const server = await startCollector();
    expect(await checkOf({ uri: server.url, ack: true })).toMatchObject({ ok: false, code: "ack_disabled" });
  });

  it("goes on without a channel where code 14 says so and ack is auto, as write does", async () => {
    const server = await startCollector();
    server.faults.always(codeFault(14, { on: ({ headers }) => "x-splunk-request-channel" in headers }));
    expect(await checkOf({ uri: server.url })).toMatchObject({ code: "ok" });
    expect(await checkOf({ uri: server.url, token: "other" })).toMatchObject({ code: "credentials" });
    expect(await checkOf({ uri: server.url, ack: true })).toMatchObject({ code: "ack_disabled" });
    expect(await checkOf({ uri: server.url, ack: false })).toMatchObject({ code: "ack_disabled" });
  });

  it("refuses a token that is wrong or disabled", async () => {
    const server = await startCollector({ tokens: { [TOKEN]: { disabled: true } } });
    expect(await checkOf({ uri: server.url })).toMatchObject({
      code: "credentials",
      message: expect.stringContaining("enable"),
    });
    expect(await checkOf({ uri: server.url, token: "other" })).toMatchObject({ ok: false, code: "credentials" });
  });

  it("distinguishes an unhealthy collector from a server that is not a collector", async () => {
    const server = await startCollector();
    server.faults.next(codeFault(18, { on: isHealthCheck }));
    expect(await checkOf({ uri: server.url })).toMatchObject({ ok: false, code: "unhealthy" });
    const elasticsearch = await startHttpServer({
      handle: (_, reply) => reply.json(400, { error: "no handler" }, { "x-elastic-product": "Elasticsearch" }),
    });
    onTestFinished(() => elasticsearch.stop());
    expect(await checkOf({ uri: elasticsearch.url })).toMatchObject({
      code: "wrong_server",
      message: `${elasticsearch.url} is not a Splunk HTTP Event Collector: this is Elasticsearch.`,
    });
  });

  it("says which port the collector has, at the one of the web pages", async () => {
    const web = await startSplunkWeb();
    onTestFinished(() => web.stop());
    expect(await checkOf({ uri: web.url })).toMatchObject({
      code: "redirected",
      message: expect.stringContaining("8088"),
    });
  });

  it("says that nothing listens, or that there is no answer", async () => {
    const server = await startCollector();
    server.faults.always({ kind: "hang" });
    expect(await checkOf({ uri: server.url, request_timeout: 50 })).toMatchObject({ ok: false, code: "timeout" });
    await server.stop();
    expect(await checkOf({ uri: server.url })).toMatchObject({ ok: false, code: "refused" });
  });
});

describe("TLS (HEC-22, HEC-37)", () => {
  it("a stranger is not trusted unless its authority is named, or nothing is verified", async () => {
    const { file, tls } = await makeAuthority();
    const { url: uri } = await startCollector({ tls });
    const refused = await checkOf({ uri });
    expect(refused).toMatchObject({ ok: false, code: "tls" });
    expect(refused.message).toContain("certificate of localhost, issued by Test authority");
    expect(await checkOf({ uri, ca_cert: file })).toMatchObject({ code: "ok" });
    expect(await checkOf({ uri, tls: { ca: file, verify: true } })).toMatchObject({ code: "ok" });
    expect(await checkOf({ uri, ca_cert: false })).toMatchObject({ code: "ok" });
    const store = await openStore({ uri });
    await expect(store.write(recordsOf(1), attempt())).rejects.toMatchObject({ status: "blocked", code: "tls" });
  });

  it("a name that is not in the address can be named", async () => {
    const { file, otherName } = await makeAuthority();
    const { url: uri } = await startCollector({ tls: otherName });
    expect(await checkOf({ uri, ca_cert: file })).toMatchObject({ code: "tls" });
    const tls = { ca: file, server_name: "other.invalid", verify: true };
    expect(await checkOf({ uri, tls })).toMatchObject({ code: "ok" });
  });

  it("a file that is not there is named when the store opens", async () => {
    await expect(openStore({ uri: "https://127.0.0.1:1", ca_cert: "/nowhere/ca.pem" })).rejects.toMatchObject({
      status: "blocked",
      code: "tls_file",
    });
  });
});
