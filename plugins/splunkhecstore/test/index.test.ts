import type { Outcome, StoreContext } from "@cloudmarker/store-api";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import { connect } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { ReceivedRequest } from "../../../packages/store-testkit/src/servers/http/request.ts";
import { startHttpServer } from "../../../packages/store-testkit/src/servers/http/server.ts";
import { startSplunkWeb } from "../../../packages/store-testkit/src/servers/splunk/web.ts";
import { startProxy } from "../../../test/servers/proxy.ts";
import { makeCertificates } from "../../../test/servers/tls/certificates.ts";
import splunkhecstore from "../src/index.ts";
import type { SplunkHecStoreParams } from "../src/index.ts";
import { attempt, contextOf, DEFAULTS, isRecord, openStore, recordsOf, startCollector, TOKEN } from "./support.ts";

/** Bytes that the host holds for a store unless told otherwise: what is under way must fit in. */
const QUEUE_BYTES = 16 * 1024 * 1024;

test("the plugin says what it is and what it promises", () => {
  expect(splunkhecstore).toMatchObject({ kind: "store", name: "splunkhecstore", className: "SplunkHECStore" });
  expect(splunkhecstore.supports).toEqual({ idempotent: false, ordered: false });
  expect(splunkhecstore.batchFor?.({ ...DEFAULTS, buffer_size: 7, max_body: 500 })).toEqual({
    records: 7,
    bytes: 500,
    concurrency: 8,
  });
  expect(splunkhecstore.batchFor?.({ ...DEFAULTS, buffer_size: 0 }).records).toBe(1);
});

test.each([
  ["HEC", false, 8],
  ["HEC with acknowledgements", true, 16],
])("batches are sized for servers far away, within the bytes of the queue: %s (L-83)", (_, ack, most) => {
  const { bytes = 0, concurrency = 0 } = splunkhecstore.batchFor?.({ ...DEFAULTS, ack }) ?? {};
  expect(concurrency).toBe(most);
  expect(bytes * concurrency).toBeLessThanOrEqual(QUEUE_BYTES);
});

test("the texts of the records arrive as they are, with their ids (MS-3)", async () => {
  const server = await startCollector();
  const store = await openStore({ uri: `${server.url}/services/collector`, index: "main" });
  const batch = recordsOf(3);
  expect(await store.write(batch, attempt())).toEqual([]);
  expect(server.events().map(({ text, fields }) => [text, fields?.["record_id"]])).toEqual(
    batch.map(({ json, id }) => [json, id]),
  );
  expect(await store.done({ complete: true })).toEqual({ location: `${server.url}, main`, notes: [], remarks: [] });
});

test("open and done ask the server nothing", async () => {
  const server = await startCollector();
  const store = await openStore({ uri: server.url });
  await store.done({ complete: true });
  await store.close();
  await store.close();
  expect(server.requests).toBe(0);
});

test("the body may be compressed (HEC-09)", async () => {
  const server = await startCollector();
  const store = await openStore({ uri: server.url, gzip: true });
  await store.write(recordsOf(50), attempt());
  expect(server.indexed).toBe(50);
});

test("explain shows the very request that write sends, without the token (HEC-02)", async () => {
  const received: ReceivedRequest[] = [];
  const server = await startHttpServer({
    handle(request, reply) {
      received.push(request);
      reply.json(200, { text: "Success", code: 0 });
    },
  });
  onTestFinished(() => server.stop());
  const given = { ...DEFAULTS, uri: `${server.url}/services/collector/event/1.0`, gzip: true };
  const batch = recordsOf(2);
  const store = await openStore(given);
  await store.write(batch, attempt());
  const [explained] = (await splunkhecstore.explain?.(batch, given, contextOf())) ?? [];
  const [request] = received;
  expect(explained).toMatchObject({ method: "POST", url: server.url + request?.path, records: 2 });
  expect(explained?.body).toBe(request?.body.toString());
  expect(JSON.stringify(explained)).not.toContain(TOKEN);
  const sent: IncomingHttpHeaders = request?.headers ?? {};
  expect(sent.authorization).toBe(`Splunk ${TOKEN}`);
  const unseen = new Set(["connection", "content-length", "host"]);
  expect(Object.keys(explained?.headers ?? {}).toSorted()).toEqual(
    Object.keys(sent)
      .filter((name) => !unseen.has(name))
      .toSorted(),
  );
  expect(explained?.headers?.["user-agent"]).toBe(sent["user-agent"]);
});

test("a record that Splunk refuses is refused alone, those before it are not sent again", async () => {
  const server = await startCollector();
  server.eventFault = (text) => (isRecord(text, 2) ? 15 : undefined);
  const store = await openStore({ uri: server.url });
  expect(await store.write(recordsOf(5), attempt())).toMatchObject([
    { index: 2, status: "reject", code: "bad_fields" },
    { index: 3, status: "retry" },
    { index: 4, status: "retry" },
  ]);
  expect([...server.recordIds().keys()]).toEqual(["r0", "r1"]);
});

test("an index that the token may not write to costs only its own records (HEC-07)", async () => {
  const server = await startCollector({ tokens: { [TOKEN]: { indexes: ["aws"] } } });
  const store = await openStore({ uri: server.url, index: "{com.origin_worker}" });
  const outcomes = (await store.write(recordsOf(6, ["aws", "gcp"]), attempt())) ?? [];
  expect(outcomes).toMatchObject([1, 3, 5].map((index) => ({ index, status: "reject", code: "wrong_index" })));
  expect([...server.recordIds().keys()]).toEqual(["r0", "r2", "r4"]);
});

test("the only index being forbidden holds everything back (HEC-07)", async () => {
  const server = await startCollector({ tokens: { [TOKEN]: { indexes: ["aws"] } } });
  const store = await openStore({ uri: server.url, index: "other" });
  await expect(store.write(recordsOf(3), attempt())).rejects.toMatchObject({ status: "blocked", code: "wrong_index" });
  expect(server.indexed).toBe(0);
});

test("the only index being forbidden midway holds the rest back, and costs no record (HEC-07)", async () => {
  const server = await startCollector();
  const store = await openStore({ uri: server.url, index: "main" });
  await store.write(recordsOf(1), attempt());
  server.eventFault = (text) => (isRecord(text, 1) ? 7 : undefined);
  const batch = recordsOf(3);
  // Taken away between two records of one request.
  expect(await store.write(batch, attempt())).toMatchObject([
    { index: 1, status: "blocked", code: "wrong_index" },
    { index: 2, status: "retry" },
  ]);
  await expect(store.write(batch.slice(1), attempt(2))).rejects.toMatchObject({
    status: "blocked",
    code: "wrong_index",
  });
  server.eventFault = undefined;
  expect(await store.write(batch.slice(1), attempt(3))).toEqual([]);
  expect([...server.recordIds().values()]).toEqual([2, 1, 1]);
});

test("with several indexes, one that has accepted records refuses a single record with the same answer (HEC-07)", async () => {
  const server = await startCollector();
  const store = await openStore({ uri: server.url, index: "{com.origin_worker}" });
  await store.write(recordsOf(1), attempt());
  server.eventFault = (text) => (isRecord(text, 0) ? 7 : undefined);
  expect(await store.write(recordsOf(2), attempt())).toMatchObject([
    { index: 0, status: "reject", code: "wrong_index" },
    { index: 1, status: "retry" },
  ]);
});

test("a queue that fills up is said once, and nothing is sent twice for it", async () => {
  const server = await startCollector();
  server.successCode = 24;
  const warnings: string[] = [];
  const store = await openStore({ uri: server.url }, contextOf(warnings));
  for (let n = 0; n < 3; n++) expect(await store.write(recordsOf(2), attempt())).toEqual([]);
  expect(server.posts).toBe(3);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain("approaching its capacity");
});

test("a redirect is not followed, and is a mistake in the address", async () => {
  const web = await startSplunkWeb();
  onTestFinished(() => web.stop());
  const store = await openStore({ uri: web.url });
  await expect(store.write(recordsOf(1), attempt())).rejects.toMatchObject({ status: "blocked", code: "redirected" });
  expect(web.requests).toBe(1);
});

test("a server that is not there has taken nothing (HEC-40)", async () => {
  const server = await startCollector();
  await server.stop();
  const store = await openStore({ uri: server.url });
  await expect(store.write(recordsOf(1), attempt())).rejects.toMatchObject({ status: "retry", code: "refused" });
});

test.each(["close", "cut", "html200"] as const)(
  "after %s the outcome is unknown (HEC-22, HEC-40, HEC-41)",
  async (kind) => {
    const server = await startCollector();
    server.faults.next({ kind, applied: true });
    const store = await openStore({ uri: server.url });
    await expect(store.write(recordsOf(1), attempt())).rejects.toMatchObject({ status: "unknown" });
    expect(server.indexed).toBe(1);
  },
);

test("an endless answer is not read to its end", async () => {
  const server = await startHttpServer({ handle: (_, reply) => reply.text(200, "x".repeat(1_000_000)) });
  onTestFinished(() => server.stop());
  const store = await openStore({ uri: server.url });
  const error: unknown = await Promise.resolve(store.write(recordsOf(1), attempt())).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ status: "unknown", code: "wrong_answer" });
  expect(String(error).length).toBeLessThan(500);
});

test("an attempt that is aborted ends the request, and what comes after it in the batch is not sent (HEC-42)", async () => {
  const server = await startCollector();
  const controller = new AbortController();
  server.faults.next({
    kind: "edit",
    edit: (answer) => {
      controller.abort();
      return answer;
    },
  });
  const store = await openStore({ uri: server.url, index: "{com.origin_worker}" });
  const outcomes = (await store.write(recordsOf(2, ["aws", "gcp"]), attempt(1, controller.signal))) ?? [];
  expect(outcomes).toMatchObject([
    { index: 0, status: "unknown", code: "timeout" },
    { index: 1, status: "retry", code: "timeout" },
  ]);
  expect(server.posts).toBe(1);
});

test("what an attempt wrote before its time was over is not sent again, in whatever batch it comes (HEC-23)", async () => {
  const server = await startCollector();
  const controller = new AbortController();
  const store = await openStore({ uri: server.url, index: "{com.origin_worker}" });
  const batch = recordsOf(6, ["aws", "gcp", "azure"]);
  server.eventFault = (text) => (isRecord(text, 3) ? 6 : undefined);
  server.faults.next({ kind: "hang", on: () => server.posts === 2 && (controller.abort(), true) });
  const settled: Outcome[] = [];
  await store.write(batch, {
    ...attempt(1, controller.signal),
    settle: (outcomes) => void (controller.signal.aborted || settled.push(...outcomes)),
  });
  expect([...server.recordIds().keys()]).toEqual(["r0"]);
  expect(settled).toMatchObject([
    { index: 3, status: "reject" },
    { index: 0, status: "written" },
  ]);
  server.eventFault = undefined;
  const others = batch.filter((_, index) => !settled.some((one) => one.index === index && one.status === "written"));
  expect(await store.write(others.slice(0, 3), attempt(2))).toEqual([]);
  expect(await store.write(others.slice(3), attempt(2))).toEqual([]);
  expect([...server.recordIds().values()]).toEqual([1, 1, 1, 1, 1, 1]);
});

test("close ends pending requests", async () => {
  const server = await startCollector();
  const store = await openStore({ uri: server.url });
  const hangs = new Promise<void>((resolve) => {
    server.faults.next({ kind: "hang", on: () => (resolve(), true) });
  });
  const write = Promise.resolve(store.write(recordsOf(1), attempt())).catch((reason: unknown) => reason);
  await hangs;
  await store.close();
  expect(await write).toMatchObject({ status: "unknown" });
});

test("a proxy is used, and one that refuses is named", async () => {
  const server = await startCollector();
  const asked: string[] = [];
  let refuses = false;
  const proxy = createServer((_, response) => response.writeHead(500).end());
  proxy.on("connect", (request, socket) => {
    asked.push(`${request.url} ${request.headers["proxy-authorization"]}`);
    if (refuses) return socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    const upstream = connect(server.port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      upstream.pipe(socket).pipe(upstream);
    });
    for (const one of [upstream, socket]) one.on("error", () => upstream.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void proxy.close());
  const { port } = proxy.address() as AddressInfo;
  const given = { uri: server.url, proxy: `http://me:secret@127.0.0.1:${port}` };
  const store = await openStore(given);
  expect(await store.write(recordsOf(1), attempt())).toEqual([]);
  expect(asked).toEqual([`127.0.0.1:${server.port} Basic ${Buffer.from("me:secret").toString("base64")}`]);
  refuses = true;
  const another = await openStore(given);
  await expect(another.write(recordsOf(1), attempt())).rejects.toMatchObject({ status: "blocked", code: "proxy" });
});

test("the proxy of the environment is used and named, and `proxy: none` leaves it out (L-43)", async () => {
  const server = await startCollector();
  const asked: string[] = [];
  const { host, stop } = await startProxy((to) => (asked.push(to), "connect"), server.port);
  onTestFinished(stop);
  const env = { HTTP_PROXY: `http://u:secret-pw@${host}` };
  const warnings: string[] = [];
  const store = await openStore({ uri: "http://splunk.example:8088" }, { ...contextOf(warnings), env });
  expect(await store.write(recordsOf(2), attempt())).toEqual([]);
  expect(server.indexed).toBe(2);
  expect(new Set(asked)).toEqual(new Set(["splunk.example:8088"]));
  expect(await store.check()).toMatchObject({
    ok: true,
    message: expect.stringContaining(`at http://splunk.example:8088, through the proxy ${host} (HTTP_PROXY) accepts`),
  });
  // The token, too, is a secret (L-48).
  expect(warnings).toEqual([
    "token goes to http://splunk.example:8088 in plain text, and everybody on the way can read it: use https.",
  ]);
  const direct = await openStore({ uri: "http://splunk.invalid:8088", proxy: "none" }, { ...contextOf(), env });
  await expect(direct.write(recordsOf(1), attempt())).rejects.toMatchObject({ code: "unknown_host" });
  const given = { ...DEFAULTS, uri: "http://splunk.example:8088" };
  expect(splunkhecstore.explain?.(recordsOf(1), given, { ...contextOf(), env })).toMatchObject([
    { proxy: `${host} (HTTP_PROXY)` },
  ]);
});

test("the authorities that the environment names are trusted, unless the params say whom (L-48)", async () => {
  const { ca, server: tls } = await makeCertificates();
  const server = await startCollector({ tls });
  const folder = mkdtempSync(join(tmpdir(), "splunkhecstore-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "ca.pem");
  writeFileSync(file, ca);
  const of = async (given: Partial<SplunkHecStoreParams>, env: StoreContext["env"]) =>
    (await openStore({ uri: server.url, ...given }, { ...contextOf(), env })).check();
  expect(await of({}, { REQUESTS_CA_BUNDLE: file, SSL_CERT_FILE: "/none" })).toMatchObject({
    ok: true,
    message: expect.stringContaining(`, with the authorities of ${file} (REQUESTS_CA_BUNDLE) accepts`),
  });
  expect(await of({ ca_cert: file }, { SSL_CERT_FILE: "/none" })).toMatchObject({ ok: true });
  expect(await of({ ca_cert: false }, { SSL_CERT_FILE: "/none" })).toMatchObject({ ok: true });
  expect(await of({}, {})).toMatchObject({ ok: false, code: "tls" });
});
