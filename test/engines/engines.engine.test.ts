import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MongoClient } from "mongodb";
import { expect, onTestFinished, test } from "vitest";
import {
  describeEngine,
  type Engine,
  hello,
  sharedEngine,
  startEngine,
  type StartOptions,
  uniqueName,
} from "./index.ts";

const HELLO = {
  elasticsearch: { version: { number: "7.17.29" } },
  opensearch: { version: { number: "3.8.0", distribution: "opensearch" } },
  ferretdb: { ok: 1 },
  "mongo-java": { ok: 1 },
  hec: { code: 17 },
  victorialogs: { version: { number: "8.9.0" } },
};

const ALL = ["elasticsearch", "opensearch", "ferretdb", "mongo-java", "hec", "victorialogs"] as const;

/** An engine of this test alone, stopped with it. */
async function own(name: Engine["name"], options?: StartOptions): Promise<Engine> {
  const engine = await startEngine(name, options);
  onTestFinished(() => engine.stop());
  return engine;
}

function putJson(url: URL, value: unknown): Promise<Response> {
  return fetch(url, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(value),
  });
}

function postEvent(url: string, event: unknown): Promise<Response> {
  const init = { method: "POST", headers: { authorization: "Splunk any" }, body: JSON.stringify(event) };
  return fetch(new URL("services/collector/event", url), init);
}

describeEngine(ALL, "a shared engine", (name) => {
  test("answers in its own protocol", async () => {
    const engine = await sharedEngine(name);
    expect(await hello(name, engine.url)).toMatchObject(HELLO[name]);
  });

  test("is the same for all who ask", async () => {
    expect((await sharedEngine(name)).port).toBe((await sharedEngine(name)).port);
  });
});

describeEngine(ALL, "the process of an engine", (name) => {
  test("ends with the process that started it, however that ends", async () => {
    const dir = mkdtempSync(join(tmpdir(), "cloudmarker-orphan-"));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    const program = `import { startEngine } from ${JSON.stringify(new URL("start-engine.ts", import.meta.url).href)};
const { url } = await startEngine("${name}", { dir: ${JSON.stringify(dir)} });
console.log(url);`;
    const starter = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const url = String((await once(starter.stdout, "data"))[0]).trim();
    await hello(name, url);
    starter.kill("SIGKILL");
    await expect.poll(() => hello(name, url).catch(() => "gone"), { timeout: 20_000 }).toBe("gone");
  });
});

describeEngine(ALL, "an engine on a port that is taken", (name) => {
  test("fails, and shows what it says about that", async () => {
    const { port } = await sharedEngine(name);
    await expect(startEngine(name, { port })).rejects.toThrow(/did not start[^]*address already in use/i);
  });
});

describeEngine(["elasticsearch", "opensearch"], "a node of one's own", (name) => {
  test("finds its documents again after a crash, on the same port", async () => {
    const first = await own(name);
    const document = `${uniqueName("crash")}/_doc/1`;
    await putJson(new URL(document, first.url), { survives: true });
    await first.kill();
    const second = await own(name, { dir: first.dir, port: first.port });
    expect(second.url).toBe(first.url);
    // The shard is recovered after the node has answered for the first time.
    await fetch(new URL("_cluster/health?wait_for_status=yellow", second.url));
    const found = await fetch(new URL(document, second.url));
    expect(await found.json()).toMatchObject({ found: true, _source: { survives: true } });
  });

  test("obeys its settings: a body over http.max_content_length is answered with 413", async () => {
    const engine = await own(name, { settings: { "http.max_content_length": "1kb" } });
    const url = new URL(`${uniqueName("large")}/_doc/1`, engine.url);
    expect((await putJson(url, { text: "x".repeat(2000) })).status).toBe(413);
    expect((await putJson(url, { text: "x".repeat(500) })).status).toBe(201);
  });
});

describeEngine("ferretdb", "a server of one's own", (name) => {
  test("finds its documents again after a crash, on the same port", async () => {
    const first = await own(name);
    const writer = new MongoClient(first.url);
    await writer.db("crash").collection("documents").insertOne({ survives: true });
    await writer.close();
    await first.kill();
    const second = await own(name, { dir: first.dir, port: first.port });
    const reader = new MongoClient(second.url);
    expect(await reader.db("crash").collection("documents").findOne()).toMatchObject({ survives: true });
    await reader.close();
  });

  test("has no settings, and says so", async () => {
    await expect(startEngine(name, { settings: { a: 1 } })).rejects.toThrow("ferretdb has no settings");
  });
});

describeEngine("hec", "a collector", (name) => {
  test("writes what it took to a file", async () => {
    const engine = await sharedEngine(name);
    const event = uniqueName("event");
    const answer = await postEvent(engine.url, { event });
    expect(await answer.json()).toMatchObject({ code: 0 });
    const file = engine.received?.() ?? "";
    await expect.poll(() => readFileSync(file, "utf8"), { timeout: 10_000 }).toContain(event);
  });

  test("obeys its settings: a body over max_request_body_size is refused", async () => {
    const engine = await own(name, { settings: { "receivers::splunk_hec::max_request_body_size": 100 } });
    expect((await postEvent(engine.url, { event: "x".repeat(200) })).status).toBe(400);
    expect((await postEvent(engine.url, { event: "x" })).status).toBe(200);
  });

  test("a setting that it does not know fails the start, with its error message", async () => {
    const settings = { "receivers::splunk_hec::unheard_of": 1 };
    await expect(startEngine(name, { settings })).rejects.toThrow(/hec did not start[^]*unheard_of[^]*ended with 1/);
  });
});
