import { deflateSync, gzipSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { makeCertificates } from "../../../../../test/servers/tls/certificates.ts";
import { codeFault, isAckPoll, isEventPost, isHealthCheck } from "../../../src/servers/splunk/code-fault.ts";
import { HEC_CODES } from "../../../src/servers/splunk/codes.ts";
import type { HecCode } from "../../../src/servers/splunk/codes.ts";
import { startSplunk } from "../../../src/servers/splunk/server.ts";
import type { SplunkOptions, SplunkServer } from "../../../src/servers/splunk/server.ts";
import { startSplunkWeb } from "../../../src/servers/splunk/web.ts";

const PATH = "/services/collector/event";
const CHANNEL = "0f2c1a5e-2f8a-4a5b-9a55-0b8d3f0f7c11";
const OTHER_CHANNEL = "0f2c1a5e-2f8a-4a5b-9a55-0b8d3f0f7c12";
const OBJECT = '{"event":{"n":1}}';
const TOKENS = { plain: {}, off: { disabled: true }, ack: { useAck: true }, narrow: { indexes: ["good"] } };

async function start(options: Partial<SplunkOptions> = {}): Promise<SplunkServer> {
  const splunk = await startSplunk({ tokens: TOKENS, ...options });
  onTestFinished(() => splunk.stop());
  return splunk;
}

interface Send {
  readonly path?: string;
  readonly token?: string;
  readonly channel?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer<ArrayBuffer>;
}

async function post({ url }: SplunkServer, { path = PATH, token = "plain", ...send }: Send = {}): Promise<Response> {
  const headers = {
    authorization: `Splunk ${token}`,
    ...(send.channel !== undefined && { "x-splunk-request-channel": send.channel }),
    ...send.headers,
  };
  return fetch(url + path, { method: "POST", headers, body: send.body ?? OBJECT });
}

/** Status and JSON of an answer. */
async function said(answer: Promise<Response> | Response): Promise<[number, unknown]> {
  const response = await answer;
  return [response.status, await response.json()];
}

function whole(code: HecCode, details: object = {}): [number, unknown] {
  return [HEC_CODES[code].status, { text: HEC_CODES[code].text, code, ...details }];
}

async function polled(splunk: SplunkServer, ids: number[], send: Send = {}): Promise<unknown> {
  const path = "/services/collector/ack";
  const [status, answer] = await said(
    post(splunk, { path, token: "ack", channel: CHANNEL, body: JSON.stringify({ acks: ids }), ...send }),
  );
  expect(status).toBe(200);
  return (answer as { acks: unknown }).acks;
}

test("takes events at every address that Splunk has for them (HEC-01)", async () => {
  const splunk = await start();
  for (const path of ["", "/event", "/event/1.0"]) {
    expect(await said(post(splunk, { path: `/services/collector${path}` }))).toEqual(whole(0));
  }
  expect(splunk).toMatchObject({ indexed: 3, posts: 3, requests: 3 });
  expect(splunk.events()[0]).toEqual({ text: '{"n":1}', index: "main" });
});

test("/raw makes an event of each line, with the metadata of the query", async () => {
  const splunk = await start();
  const path = "/services/collector/raw?host=h&index=good";
  expect(await said(post(splunk, { path, body: "one\ntwo\n", token: "narrow" }))).toEqual(whole(0));
  expect(splunk.events()).toEqual([
    { text: "one", host: "h", index: "good" },
    { text: "two", host: "h", index: "good" },
  ]);
  expect(await said(post(splunk, { path: "/services/collector/raw", body: "\n" }))).toEqual(whole(5));
  expect(await said(post(splunk, { path: `${path}s`, body: "x", token: "narrow" }))).toEqual(whole(7));
});

test("an unknown path is 404, a wrong method 405 with the body of a 404, OPTIONS 200", async () => {
  const splunk = await start();
  const body = { text: "The requested URL was not found on this server.", code: 404 };
  expect(await said(post(splunk, { path: "/services/collector/event/event" }))).toEqual([404, body]);
  expect(await said(fetch(splunk.url + PATH))).toEqual([405, body]);
  const options = await fetch(splunk.url + PATH, { method: "OPTIONS" });
  expect([options.status, options.headers.get("allow")]).toEqual([200, "POST,OPTIONS"]);
});

test("refuses what is not authorized by its code (HEC-02)", async () => {
  const splunk = await start();
  const url = splunk.url + PATH;
  expect(await said(post(splunk, { token: "off" }))).toEqual(whole(1));
  expect(await said(fetch(url, { method: "POST", body: OBJECT }))).toEqual(whole(2));
  expect(await said(post(splunk, { headers: { authorization: "plain" } }))).toEqual(whole(3));
  expect(await said(post(splunk, { token: "Splunk plain" }))).toEqual(whole(4));
  expect(await said(post(splunk, { token: "toString" }))).toEqual(whole(4));
  expect(await said(fetch(`${url}?token=plain`, { method: "POST", body: OBJECT }))).toEqual(whole(16));
  expect(splunk.indexed).toBe(0);
});

test("health needs no token, but looks at one (codes 17, 21, 22)", async () => {
  const splunk = await start();
  const health = (headers?: Record<string, string>): Promise<[number, unknown]> =>
    said(fetch(`${splunk.url}/services/collector/health`, headers ? { headers } : {}));
  expect(await health()).toEqual(whole(17));
  expect(await health({ authorization: "Splunk plain" })).toEqual(whole(17));
  expect(await health({ authorization: "Splunk other" })).toEqual(whole(21));
  expect(await health({ authorization: "Splunk off" })).toEqual(whole(22));
});

test("an error names its object, and says no more than that (codes 6 and 7)", async () => {
  const splunk = await start();
  expect(await said(post(splunk, { body: `${OBJECT}[]` }))).toEqual(whole(6, { "invalid-event-number": 1 }));
  const body = `${OBJECT}{"event":1,"index":"bad"}${OBJECT}`;
  expect(await said(post(splunk, { body, token: "narrow" }))).toEqual(whole(7, { "invalid-event-number": 2 }));
  expect(await said(post(splunk, { body: "" }))).toEqual(whole(5));
  expect(splunk.indexed).toBe(2);
});

test("Enterprise answers 413 to a body over its limit, packed or not (HEC-08)", async () => {
  const splunk = await start({ maxContentLength: 100 });
  const fits = `{"event":"${"x".repeat(88)}"}`;
  expect(await said(post(splunk, { body: fits }))).toEqual(whole(0));
  const body = `${fits} `;
  expect((await post(splunk, { body })).status).toBe(413);
  const packed = { body: gzipSync(body), headers: { "content-encoding": "gzip" } };
  expect((await post(splunk, packed)).status).toBe(413);
  expect(splunk.indexed).toBe(1);
});

test("Cloud answers code 6 at object 0 to a body over its limit (HEC-08)", async () => {
  const splunk = await start({ cloud: true });
  const object = `{"event":"${"x".repeat(999_988)}"}`;
  expect(await said(post(splunk, { body: object.repeat(5) }))).toEqual(whole(0));
  expect(await said(post(splunk, { body: object.repeat(6) }))).toEqual(whole(6, { "invalid-event-number": 0 }));
  expect(splunk.indexed).toBe(5);
});

test("reads gzip, answers 415 to deflate, and to packed polls (HEC-09)", async () => {
  const splunk = await start();
  const gzip = { "content-encoding": "gzip" };
  expect(await said(post(splunk, { body: gzipSync(OBJECT), headers: gzip }))).toEqual(whole(0));
  const deflated = await post(splunk, { body: deflateSync(OBJECT), headers: { "content-encoding": "deflate" } });
  expect([deflated.status, deflated.headers.get("content-type")]).toEqual([415, "text/html; charset=UTF-8"]);
  const poll = { path: "/services/collector/ack", body: gzipSync('{"acks":[]}'), headers: gzip };
  expect((await post(splunk, { ...poll, token: "ack", channel: CHANNEL })).status).toBe(415);
});

test("a token that is to be acknowledged needs a channel, another ignores it (HEC-10)", async () => {
  const splunk = await start();
  expect(await said(post(splunk, { token: "ack" }))).toEqual(whole(10));
  expect(await said(post(splunk, { token: "ack", channel: "mine" }))).toEqual(whole(11));
  expect(await said(post(splunk, { token: "ack", path: `${PATH}?channel=${CHANNEL}` }))).toEqual(
    whole(0, { ackId: 0 }),
  );
  expect(await said(post(splunk, { channel: "mine" }))).toEqual(whole(0));
  expect(await said(post(await start({ cloud: true }), { token: "ack" }))).toEqual(whole(28));
  expect(await said(post(await start({ requireChannel: true })))).toEqual(whole(10));
});

test("ack ids count from 0 in each channel, are true once, and never an error (HEC-30, HEC-31)", async () => {
  const splunk = await start();
  const ids = [];
  for (const channel of [CHANNEL, CHANNEL, OTHER_CHANNEL])
    ids.push(await said(post(splunk, { token: "ack", channel })));
  expect(ids).toEqual([whole(0, { ackId: 0 }), whole(0, { ackId: 1 }), whole(0, { ackId: 0 })]);
  expect(splunk.ack.pending).toBe(3);
  expect(await polled(splunk, [0, 0, 7])).toEqual({ 0: true, 7: false });
  expect(await polled(splunk, [0, 1], { channel: OTHER_CHANNEL })).toEqual({ 0: true, 1: false });
  expect(await polled(splunk, [0, 1])).toEqual({ 0: false, 1: true });
  expect(splunk.ack).toMatchObject({ pending: 0, polls: 3 });
});

test("acknowledgements come when the test says so", async () => {
  const splunk = await start();
  splunk.ack.mode = "manual";
  for (let i = 0; i < 3; i++) await post(splunk, { token: "ack", channel: CHANNEL });
  expect(await polled(splunk, [0, 1, 2])).toEqual({ 0: false, 1: false, 2: false });
  splunk.ack.release(1);
  splunk.ack.release(1);
  expect(await polled(splunk, [0, 1, 2])).toEqual({ 0: true, 1: true, 2: false });
  splunk.ack.release();
  expect(await polled(splunk, [0, 1, 2])).toEqual({ 0: false, 1: false, 2: true });
  splunk.ack.mode = "never";
  await post(splunk, { token: "ack", channel: CHANNEL });
  expect(await polled(splunk, [3])).toEqual({ 3: false });
});

test("a poll needs a token with acknowledgement, a channel and ids (codes 14, 10, 6)", async () => {
  const splunk = await start();
  const path = "/services/collector/ack";
  expect(await said(post(splunk, { path }))).toEqual(whole(14));
  expect(await said(post(splunk, { path, token: "ack" }))).toEqual(whole(10));
  for (const body of ['{"acks":["0"]}', "{}", "null", ""]) {
    expect(await said(post(splunk, { path, token: "ack", channel: CHANNEL, body }))).toEqual(whole(6));
  }
});

test("an error has the ack id of the events indexed before it, and no id if there are none (HEC-34)", async () => {
  const splunk = await start();
  const send = { token: "ack", channel: CHANNEL };
  expect(await said(post(splunk, { ...send, body: "{}" }))).toEqual(whole(12, { "invalid-event-number": 0 }));
  const answer = await post(splunk, { ...send, body: `${OBJECT}{` });
  expect(await answer.text()).toBe('{"text":"Invalid data format","code":6,"invalid-event-number":1,"ackId":0}');
  expect(await polled(splunk, [0])).toEqual({ 0: true });
});

test("a restart forgets channels and what was not acknowledged, and keeps the events", async () => {
  const splunk = await start();
  const send = { token: "ack", channel: CHANNEL };
  await post(splunk, send);
  await splunk.restart();
  expect(await polled(splunk, [0])).toEqual({ 0: false });
  expect(await said(post(splunk, send))).toEqual(whole(0, { ackId: 0 }));
  expect(splunk.indexed).toBe(2);
});

test("without its cookie a client meets indexers that do not know its channel (HEC-35)", async () => {
  const splunk = await start({ sticky: true });
  const send = { token: "ack", channel: CHANNEL };
  const first = await post(splunk, send);
  const cookie = first.headers.get("set-cookie")?.split(";")[0] ?? "";
  expect(await said(post(splunk, send))).toEqual(whole(0, { ackId: 0 }));
  expect(await polled(splunk, [0])).toEqual({ 0: false });
  const second = await post(splunk, { ...send, headers: { cookie } });
  expect(second.headers.get("set-cookie")).toBe(null);
  expect(await said(second)).toEqual(whole(0, { ackId: 1 }));
  expect(await polled(splunk, [0, 1], { headers: { cookie: `a=b; ${cookie}` } })).toEqual({ 0: true, 1: true });
  const forged = await post(splunk, { ...send, headers: { cookie: "hec-indexer=99" } });
  expect(forged.headers.get("set-cookie")).toMatch(/^hec-indexer=\d;/);
});

test.each([24, 25] as const)("code %i is a success", async (code) => {
  const splunk = await start();
  splunk.successCode = code;
  expect(await said(post(splunk, { token: "ack", channel: CHANNEL }))).toEqual(whole(code, { ackId: 0 }));
  expect(await said(post(splunk, { body: "" }))).toEqual(whole(5));
  expect(splunk.indexed).toBe(1);
});

test.each([8, 9, 18, 19, 20, 23, 26, 27] as const)(
  "code %i comes as a fault, before or after indexing",
  async (code) => {
    const splunk = await start();
    splunk.faults.next(codeFault(code, { headers: { "retry-after": "3" } }));
    const refused = await post(splunk);
    expect(refused.headers.get("retry-after")).toBe("3");
    expect(await said(refused)).toEqual(whole(code));
    expect(splunk.indexed).toBe(0);
    splunk.faults.next(codeFault(code, { applied: true, invalidEvent: 10 }));
    expect(await said(post(splunk))).toEqual(whole(code, { "invalid-event-number": 10 }));
    expect(splunk).toMatchObject({ indexed: 1, posts: 2 });
  },
);

test("a fault may hit posts, polls or health checks alone", async () => {
  const splunk = await start();
  const codes = async (): Promise<number[]> => {
    const health = fetch(`${splunk.url}/services/collector/health`);
    const poll = post(splunk, { path: "/services/collector/ack", token: "ack", channel: CHANNEL, body: '{"acks":[]}' });
    return (await Promise.all([post(splunk), poll, health])).map(({ status }) => status);
  };
  splunk.faults.always(codeFault(9, { on: isEventPost }));
  expect(await codes()).toEqual([503, 200, 200]);
  splunk.faults.always(codeFault(9, { on: isAckPoll }));
  expect(await codes()).toEqual([200, 503, 200]);
  splunk.faults.always(codeFault(18, { on: isHealthCheck }));
  expect(await codes()).toEqual([200, 200, 503]);
  expect(splunk.posts).toBe(3);
});

test("an answer that is cut off has indexed its events (HEC-41)", async () => {
  const splunk = await start();
  splunk.faults.next({ kind: "cut", applied: true });
  const answer = await post(splunk);
  expect(answer.status).toBe(200);
  await expect(answer.text()).rejects.toThrow("terminated");
  expect(splunk.indexed).toBe(1);
});

test("counts how often each record id was indexed (HEC-23)", async () => {
  const splunk = await start();
  const body = ["a", "b", "a"].map((id) => JSON.stringify({ event: 1, fields: { record_id: id } })).join("");
  await post(splunk, { body: body + OBJECT });
  expect(splunk.recordIds()).toEqual(
    new Map([
      ["a", 2],
      ["b", 1],
    ]),
  );
  expect(splunk.indexed).toBe(4);
});

test("speaks TLS", async () => {
  const splunk = await start({ tls: (await makeCertificates()).server });
  expect(splunk.url).toMatch(/^https:/);
  await expect(fetch(splunk.url)).rejects.toMatchObject({ cause: { code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" } });
});

test("the port of the web pages answers 303, and who follows finds a page with status 200", async () => {
  const web = await startSplunkWeb();
  onTestFinished(() => web.stop());
  const send = { method: "POST", body: OBJECT, redirect: "manual" } as const;
  const answer = await fetch(web.url + PATH, send);
  expect([answer.status, answer.headers.get("location")]).toEqual([303, `/en-US${PATH}`]);
  const followed = await fetch(web.url + PATH, { ...send, redirect: "follow" });
  expect([followed.status, followed.headers.get("content-type")]).toEqual([200, "text/html; charset=UTF-8"]);
});
