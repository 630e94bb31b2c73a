// The servers as authors have them: from the package, as it is built.
import {
  answer,
  codeFault,
  httpFaults,
  jsonAnswer,
  startElasticsearch,
  startHttpServer,
  startMongo,
  startSplunk,
} from "@cloudmarker/store-testkit/servers";
import { MongoClient } from "mongodb";
import { expect, onTestFinished, test } from "vitest";

async function post(url: string, body: string, headers: Record<string, string> = {}): Promise<number> {
  return (await fetch(url, { method: "POST", body, headers })).status;
}

test("Elasticsearch takes a bulk request, and refuses the next one as the test says", async () => {
  const server = await startElasticsearch();
  onTestFinished(() => server.stop());
  const bulk = (): Promise<number> =>
    post(`${server.url}/findings/_bulk`, '{"create":{"_id":"1"}}\n{"n":1}\n', {
      "content-type": "application/x-ndjson",
    });
  expect(await bulk()).toBe(200);
  expect(server.documents("findings")).toEqual(new Map([["1", '{"n":1}']]));
  server.faults.next({ kind: "status", status: 429 });
  expect([await bulk(), await bulk()]).toEqual([429, 200]);
  expect(server.duplicates).toBe(1);
});

test("Splunk takes an event, and is busy when the test says so", async () => {
  const server = await startSplunk({ tokens: { "t-1": {} } });
  onTestFinished(() => server.stop());
  const send = (): Promise<number> =>
    post(`${server.url}/services/collector/event`, '{"event":{"n":1}}', { authorization: "Splunk t-1" });
  server.faults.next(codeFault(9));
  expect([await send(), await send()]).toEqual([503, 200]);
  expect(server.events().map(({ text }) => text)).toEqual(['{"n":1}']);
});

test("MongoDB takes documents of its driver", async () => {
  const server = await startMongo();
  const client = new MongoClient(server.uri);
  onTestFinished(async () => {
    await client.close();
    await server.stop();
  });
  await client.db("audit").collection<{ _id: string }>("records").insertOne({ _id: "one" });
  expect([...server.documents("audit.records").keys()]).toEqual(["one"]);
});

test("a server of one's own has the same faults", async () => {
  const faults = httpFaults();
  const rows: string[] = [];
  const api = await startHttpServer({
    handle: (request, reply) =>
      answer(request, reply, faults, () => jsonAnswer(200, { count: rows.push(request.body.toString()) })),
  });
  onTestFinished(() => api.stop());
  faults.next({ kind: "status", status: 503 }).next({ kind: "close", applied: true });
  expect(await post(api.url, "a")).toBe(503);
  await expect(post(api.url, "b")).rejects.toThrow("fetch failed");
  expect(await post(api.url, "c")).toBe(200);
  expect(rows).toEqual(["b", "c"]);
});
