import { inspect } from "node:util";
import { gzipSync } from "node:zlib";
import type { Clock } from "@cloudmarker/store-api";
import { expect, onTestFinished, test, vi } from "vitest";
import { isBulk, startElasticsearch } from "../../../packages/store-testkit/src/servers/elasticsearch/server.ts";
import type {
  ElasticsearchOptions,
  ElasticsearchServer,
} from "../../../packages/store-testkit/src/servers/elasticsearch/server.ts";
import type { Fault } from "../../../packages/store-testkit/src/servers/http/faults.ts";
import { startHttpServer } from "../../../packages/store-testkit/src/servers/http/server.ts";
import type { ReceivedRequest } from "../../../packages/store-testkit/src/servers/http/request.ts";
import { batchOf, makeRecord } from "./make-record.ts";
import { attempt, openStore } from "./support.ts";

const PLAIN = { mapping: "none" } as const;

async function start(options?: ElasticsearchOptions): Promise<ElasticsearchServer> {
  const server = await startElasticsearch(options);
  onTestFinished(() => server.stop());
  return server;
}

/** What the store sends to a server that writes everything. */
async function received(given: Parameters<typeof openStore>[1], count = 1): Promise<ReceivedRequest> {
  let found: ReceivedRequest | undefined;
  const server = await startHttpServer({
    handle(request, reply) {
      found = request;
      reply.json(200, { errors: false, items: Array.from({ length: count }, () => ({ create: { status: 201 } })) });
    },
  });
  onTestFinished(() => server.stop());
  const store = await openStore(server.url, { ...PLAIN, ...given });
  expect(await store.write(batchOf(count), attempt())).toEqual([]);
  if (!found) throw new Error("Nothing was received.");
  return found;
}

test("plain media types, a length, and no header of the client's own (ES-42)", async () => {
  const { headers } = await received({});
  expect(headers).toMatchObject({
    "user-agent": "cloudmarker-esstore",
    "content-type": "application/x-ndjson",
    accept: "application/json",
  });
  expect(Object.keys(headers).toSorted()).toEqual(
    ["accept", "connection", "content-length", "content-type", "host", "user-agent"].toSorted(),
  );
});

test("compressed, the body is the same (ES-14)", async () => {
  const plain = await received({}, 50);
  const packed = await received({ compression: true }, 50);
  expect(packed.headers["content-encoding"]).toBe("gzip");
  expect(packed.body.equals(plain.body)).toBe(true);
  expect(packed.wireBytes).toBeLessThan(plain.wireBytes / 2);
});

test("an answer that a server packs, since it may, is unpacked (ES-14)", async () => {
  const server = await startHttpServer({
    handle({ headers }, reply) {
      expect(headers["accept-encoding"]).toContain("gzip");
      const body = gzipSync('{"errors":false,"items":[{"create":{"status":201}}]}');
      reply.send({ status: 200, headers: { "content-type": "application/json", "content-encoding": "gzip" }, body });
    },
  });
  onTestFinished(() => server.stop());
  const store = await openStore(server.url, { ...PLAIN, compression: true });
  expect(await store.write(batchOf(1), attempt())).toEqual([]);
});

test.each([
  ["packed", 200],
  ["packed", 503],
  ["plain", 200],
])("an answer that would fill the memory is read no further, %s, status %i (ES-33)", async (how, status) => {
  const long = Buffer.alloc(100_000_000, " ");
  const body = how === "packed" ? gzipSync(long) : long;
  const headers = { "content-type": "application/json", ...(how === "packed" && { "content-encoding": "gzip" }) };
  const server = await startHttpServer({ handle: (_request, reply) => reply.send({ status, headers, body }) });
  onTestFinished(() => server.stop());
  const store = await openStore(server.url, { ...PLAIN, compression: true });
  await expect(store.write(batchOf(1), attempt())).rejects.toMatchObject({
    status: "unknown",
    message: `The connection to ${server.url} broke: its answer is longer than 32 MiB.`,
  });
});

test.each([
  ["", "connection_lost", /unexpected end of file/],
  [gzipSync("some text").subarray(0, 15), "connection_lost", /unexpected end of file/],
  ["no gzip", "connection_lost", /incorrect header check/],
])("an answer with damaged compression cannot be read", async (body, code, message) => {
  const headers = { "content-encoding": "gzip" };
  const server = await startHttpServer({ handle: (_request, reply) => reply.send({ status: 503, headers, body }) });
  onTestFinished(() => server.stop());
  const store = await openStore(server.url, { ...PLAIN, compression: true });
  await expect(store.write(batchOf(1), attempt())).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
});

test.each([
  [{ username: "u", password: "p:w" }, `Basic ${Buffer.from("u:p:w").toString("base64")}`],
  [{ api_key: "aWQ6a2V5" }, "ApiKey aWQ6a2V5"],
  [{ bearer: "token" }, "Bearer token"],
])("%j is sent as it should be (ES-47)", async (access, header) => {
  expect((await received(access)).headers.authorization).toBe(header);
});

test("headers of the user's are sent with every request, and none of ours is replaced (L-40)", async () => {
  const { headers } = await received({ headers: { "VL-Time-Field": "@timestamp" } });
  expect(headers).toMatchObject({ "vl-time-field": "@timestamp", "content-type": "application/x-ndjson" });
});

test("a path in the URL of the node stays", async () => {
  const server = await startHttpServer({
    handle: ({ path }, reply) => reply.json(200, { items: [{ create: { status: path === "/es/_bulk" ? 201 : 404 } }] }),
  });
  onTestFinished(() => server.stop());
  const store = await openStore(`${server.url}/es/`, PLAIN);
  expect(await store.write(batchOf(1), attempt())).toEqual([]);
});

const EXPLICIT = { error: { type: "illegal_argument_exception", reason: "explicit index in bulk is not allowed" } };

test("if no index is allowed in the lines, it is in the path from the second request on (L-40)", async () => {
  const paths: string[] = [];
  const server = await startHttpServer({
    handle: ({ path, body }, reply) => {
      paths.push(path);
      if (body.includes('"_index"')) reply.json(400, { ...EXPLICIT, status: 400 });
      else reply.json(200, { items: [{ create: { status: 201 } }] });
    },
  });
  onTestFinished(() => server.stop());
  const store = await openStore(server.url, PLAIN);
  await expect(store.write(batchOf(1), attempt())).rejects.toMatchObject({ status: "retry", code: "explicit_index" });
  expect(await store.write(batchOf(1), attempt())).toEqual([]);
  expect(paths).toEqual(["/_bulk", "/cloudmarker/_bulk"]);
});

test("an index that differs by record cannot go into the path: that is for somebody to change (L-40)", async () => {
  const server = await startHttpServer({ handle: (_, reply) => reply.json(400, { ...EXPLICIT, status: 400 }) });
  onTestFinished(() => server.stop());
  const store = await openStore(server.url, { ...PLAIN, index: "audit-%Y" });
  await expect(store.write(batchOf(1), attempt())).rejects.toMatchObject({
    status: "blocked",
    code: "explicit_index",
    message: expect.stringContaining("set rest.action.multi.allow_explicit_index to true"),
  });
});

test.each<[Fault, string, string]>([
  [{ kind: "status", status: 503 }, "retry", "unavailable"],
  [{ kind: "status", status: 413 }, "too_large", "too_large"],
  [{ kind: "close" }, "unknown", "connection_lost"],
  [{ kind: "close", applied: true }, "unknown", "connection_lost"],
  [{ kind: "cut", applied: true }, "unknown", "connection_lost"],
  [{ kind: "html200" }, "unknown", "wrong_answer"],
  [
    { kind: "status", status: 200, headers: { "content-type": "application/json" }, body: '{"items":[' },
    "unknown",
    "wrong_answer",
  ],
])("%j is %s %s, and the request is sent once (ES-32, ES-33, ES-46)", async (fault, status, code) => {
  const server = await start();
  server.faults.always(fault);
  const store = await openStore(server.url, PLAIN);
  await expect(store.write(batchOf(2), attempt())).rejects.toMatchObject({ status, code });
  expect(server.requests).toBe(1);
});

test("an answer that comes before the body was sent is heard, and costs nothing that grows with the body (ES-11, ES-31)", async () => {
  const server = await startHttpServer({
    gate: (_head, reply) => reply.text(413, "too large"),
    handle: () => {},
  });
  onTestFinished(() => server.stop());
  const store = await openStore(server.url, PLAIN);
  const large = makeRecord("r0", "x".repeat(64_000_000));
  await expect(store.write([large], attempt())).rejects.toMatchObject({ status: "too_large", code: "too_large" });
  // The client's own search for secrets in the body would take most of a minute.
}, 20_000);

test.each(["127.0.0.1", "localhost"])("a refused connection to %s was not applied (ES-32)", async (host) => {
  const server = await start();
  await server.stop();
  const peer = `http://${host}:${server.port}`;
  const store = await openStore(peer, PLAIN);
  await expect(store.write(batchOf(1), attempt())).rejects.toMatchObject({
    status: "retry",
    code: "refused",
    message: `${peer} refuses the connection: nothing listens there (ECONNREFUSED).`,
  });
});

test("an unknown host was not sent to (ES-32)", async () => {
  const store = await openStore("http://nowhere.invalid:9200", PLAIN);
  await expect(store.write(batchOf(1), attempt())).rejects.toMatchObject({ status: "retry", code: "unknown_host" });
});

test.each([
  ["cut", { kind: "cut" }],
  ["closed", { kind: "close" }],
  ["an error", { kind: "status", status: 500, body: "no luck" }],
  ["no answer", { kind: "html200" }],
] as const)("an error for %s holds nothing of the request, its credentials least of all (ES-47)", async (_, fault) => {
  const server = await start();
  server.faults.always({ ...fault, on: isBulk });
  const store = await openStore(server.url, { ...PLAIN, api_key: "aWQ6c2VjcmV0" });
  const error: unknown = await Promise.resolve(store.write([makeRecord("r0", "very own text")], attempt())).catch(
    (reason: unknown) => reason,
  );
  const shown = inspect(error, { depth: Infinity, showHidden: true });
  expect(shown).toContain(server.url);
  expect(shown).not.toMatch(/aWQ6c2VjcmV0|very own text/u);
});

test("an attempt that is aborted ends, and another that is under way does not (ES-45)", async () => {
  const server = await start();
  server.faults.next({ kind: "hang", on: isBulk });
  const store = await openStore(server.url, PLAIN);
  const controller = new AbortController();
  const hanging = store.write(batchOf(1), attempt(controller.signal));
  expect(await store.write([makeRecord("other")], attempt())).toEqual([]);
  controller.abort();
  await expect(hanging).rejects.toMatchObject({ status: "unknown", code: "timeout" });
});

test("close ends pending requests, and may be called again (ES-50)", async () => {
  const server = await start();
  server.faults.always({ kind: "hang" });
  const store = await openStore(server.url, PLAIN);
  const hanging = Promise.allSettled([store.write(batchOf(1), attempt())]);
  await vi.waitFor(() => expect(server.requests).toBe(1));
  await store.close();
  expect(await hanging).toMatchObject([{ reason: { status: "unknown", code: "timeout" } }]);
  await store.close();
  await expect(store.write(batchOf(1), attempt())).rejects.toMatchObject({ status: "retry", code: "closed" });
});

test("small requests have a time limit of their own (ES-44)", async () => {
  const server = await start();
  server.faults.next({ kind: "hang" });
  const timers: (() => void)[] = [];
  const clock: Clock = { now: () => Date.now(), setTimeout: (fn) => timers.push(fn), clearTimeout: () => undefined };
  const store = await openStore(server.url, {}, { clock });
  const write = Promise.allSettled([store.write(batchOf(1), attempt())]);
  await vi.waitFor(() => expect(server.faults.injected).toBe(1));
  timers.at(-1)?.();
  expect(await write).toMatchObject([{ reason: { status: "retry", code: "timeout" } }]);
  expect(await store.write(batchOf(1), attempt())).toEqual([]);
});

test("no timer is left behind", async () => {
  const server = await start();
  const timers = new Set<unknown>();
  let made = 0;
  const clock: Clock = {
    now: () => Date.now(),
    setTimeout(fn, ms) {
      const timer = setTimeout(fn, ms);
      timers.add(timer);
      made += 1;
      return timer;
    },
    clearTimeout(timer) {
      clearTimeout(timer as NodeJS.Timeout);
      timers.delete(timer);
    },
  };
  const store = await openStore(server.url, {}, { clock });
  await store.write(batchOf(1), attempt());
  await store.check();
  expect(made).toBeGreaterThan(0);
  expect(timers.size).toBe(0);
});

test("nodes are used in turn", async () => {
  const [a, b] = [await start(), await start()];
  const store = await openStore(a.url, PLAIN);
  await store.close();
  const two = await openStore("", { ...PLAIN, nodes: [a.url, b.url] });
  for (const id of ["1", "2", "3", "4"]) await two.write([makeRecord(id)], attempt());
  expect([a.documents().size, b.documents().size]).toEqual([2, 2]);
});

test("a batch without any record that has an index sends nothing (ES-13)", async () => {
  const server = await start();
  const store = await openStore(server.url, { ...PLAIN, index: "x-{com.nothing}" });
  expect(await store.write(batchOf(2), attempt())).toMatchObject([{ status: "reject" }, { status: "reject" }]);
  expect(server.requests).toBe(0);
});

test("an index that cannot be created blocks, as does a missing pipeline (ES-27)", async () => {
  const closed = await start({ autoCreate: false });
  const store = await openStore(closed.url, PLAIN);
  expect(await store.write(batchOf(2), attempt())).toMatchObject([
    { index: 0, status: "blocked", code: "index_not_found_exception" },
    { index: 1, status: "blocked", code: "index_not_found_exception" },
  ]);
  const server = await start({ pipelines: ["there"] });
  const good = await openStore(server.url, { ...PLAIN, pipeline: "there" });
  expect(await good.write(batchOf(1), attempt())).toEqual([]);
  const bad = await openStore(server.url, { ...PLAIN, pipeline: "missing" });
  expect(await bad.write(batchOf(1), attempt())).toMatchObject([
    { status: "blocked", reason: expect.stringMatching(/; create the pipeline, or change `pipeline`$/) },
  ]);
});

test("an index that refuses @timestamp blocks the store, says what to do, and takes documents without it (L-60)", async () => {
  const reason = "[1:9] mapping set to strict, dynamic introduction of [@timestamp] within [_doc] is not allowed";
  const strict = { status: 400, type: "strict_dynamic_mapping_exception", reason };
  const server = await start({ itemFault: (source) => (source.includes('"@timestamp"') ? strict : undefined) });
  const store = await openStore(server.url);
  expect(await store.write(batchOf(2), attempt())).toMatchObject(
    [0, 1].map((index) => ({ index, status: "blocked", reason: expect.stringContaining("choose `timestamp: false`") })),
  );
  const without = await openStore(server.url, { timestamp: false });
  expect(await without.write(batchOf(2), attempt())).toEqual([]);
  expect(server.documents().size).toBe(2);
});

test("records that an ingest pipeline drops count as written, and their number is reported at the end (ES-21)", async () => {
  const server = await start({ itemFault: (_source, { id }) => (id === "r1" ? { result: "noop" } : undefined) });
  const store = await openStore(server.url, PLAIN);
  expect(await store.write(batchOf(3), attempt())).toEqual([]);
  expect(await store.done({ complete: true })).toEqual({
    location: `${server.url}/cloudmarker`,
    notes: ["Records that an ingest pipeline dropped, counted as written: 1."],
    remarks: [],
  });
  const other = await openStore(server.url, PLAIN);
  expect(await other.write([makeRecord("r2")], attempt())).toMatchObject([{ status: "duplicate" }]);
  expect(await other.done({ complete: true })).toMatchObject({ notes: [] });
});

test("duplicates under an id that an ingest pipeline gave are reported at the end (ES-23)", async () => {
  const reason = "[same]: version conflict, document already exists (current version [1])";
  const server = await start({
    itemFault: (_source, { id }) =>
      id === "r1" ? { status: 409, type: "version_conflict_engine_exception", reason } : undefined,
  });
  const store = await openStore(server.url, PLAIN);
  expect(await store.write(batchOf(3), attempt())).toEqual([{ index: 1, status: "duplicate" }]);
  expect(await store.write([makeRecord("r2")], attempt())).toEqual([{ index: 0, status: "duplicate" }]);
  expect(await store.done({ complete: true })).toMatchObject({
    notes: ["Duplicates of documents under another id, which an ingest pipeline gave: 1."],
  });
});

test("op index overwrites; op create does not (ES-04)", async () => {
  const server = await start();
  const create = await openStore(server.url, PLAIN);
  await create.write([makeRecord("a", 1)], attempt());
  expect(await create.write([makeRecord("a", 2)], attempt())).toEqual([{ index: 0, status: "duplicate" }]);
  expect(JSON.parse(server.documents().get("a") ?? "").raw).toBe(1);
  const index = await openStore(server.url, { ...PLAIN, op: "index" });
  expect(await index.write([makeRecord("a", 3)], attempt())).toEqual([]);
  expect(JSON.parse(server.documents().get("a") ?? "").raw).toBe(3);
});
