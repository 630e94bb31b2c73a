import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { deflateSync, gzipSync } from "node:zlib";
import { afterEach, expect, test } from "vitest";
import type { Reply } from "../../../src/servers/http/reply.ts";
import type { ReceivedRequest, RequestHead } from "../../../src/servers/http/request.ts";
import { startHttpServer } from "../../../src/servers/http/server.ts";
import type { HttpFaultServer } from "../../../src/servers/http/server.ts";

let server: HttpFaultServer | undefined;
afterEach(() => server?.stop());

async function start(
  handle: (request: ReceivedRequest, reply: Reply) => void | Promise<void>,
  gate?: (head: RequestHead, reply: Reply) => void,
): Promise<HttpFaultServer> {
  server = await startHttpServer({ handle, ...(gate ? { gate } : {}) });
  return server;
}

test("a request arrives with its method, path, query, headers and body", async () => {
  const { url } = await start(({ method, path, query, headers, body }, reply) =>
    reply.json(201, { method, path, q: query.get("q"), type: headers["content-type"], body: body.toString() }),
  );
  const response = await fetch(`${url}/a%20b?q=1`, {
    method: "PUT",
    body: "hello",
    headers: { "content-type": "x/y" },
  });
  expect(response.status).toBe(201);
  expect(await response.json()).toEqual({ method: "PUT", path: "/a b", q: "1", type: "x/y", body: "hello" });
});

test.each([
  ["gzip", gzipSync],
  ["deflate", deflateSync],
])("a body in %s is unpacked, and its bytes on the wire are counted", async (encoding, pack) => {
  const { url } = await start(({ body, wireBytes }, reply) => reply.json(200, [body.length, wireBytes]));
  const body = new Uint8Array(pack("a".repeat(5000)));
  const response = await fetch(url, { method: "POST", body, headers: { "content-encoding": encoding } });
  expect(await response.json()).toEqual([5000, body.length]);
});

test("a body that is not what its content-encoding says is a 400", async () => {
  const { url } = await start((_, reply) => reply.text(200, "taken"));
  const response = await fetch(url, { method: "POST", body: "plain", headers: { "content-encoding": "gzip" } });
  expect(response.status).toBe(400);
});

test("an error of the handler is a 500, and so is a handler without an answer", async () => {
  const { url } = await start(({ path }) => {
    if (path === "/throws") throw new Error("broken");
  });
  const thrown = await fetch(`${url}/throws`, { method: "POST", body: "x" });
  expect([thrown.status, await thrown.text()]).toEqual([500, "Error: broken"]);
  const silent = await fetch(`${url}/silent`);
  expect([silent.status, await silent.text()]).toEqual([500, "Error: Nothing answers GET /silent."]);
});

test("an answer that is cut announces more than it sends", async () => {
  const { port } = await start((_, reply) => reply.cutBody(200, '{"ok":true}', 4));
  const socket = connect(port, "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  const raw = await text(socket);
  expect(raw).toContain("content-length: 11");
  expect(raw.endsWith('\r\n\r\n{"ok')).toBe(true);
  await expect(fetch(`http://127.0.0.1:${port}`).then((response) => response.text())).rejects.toThrow("terminated");
});

test("a closed connection gives no answer at all", async () => {
  const { url } = await start((_, reply) => reply.close());
  await expect(fetch(url)).rejects.toMatchObject({ cause: { code: "UND_ERR_SOCKET" } });
});

test("a slow answer has its headers at once and its body when released", async () => {
  const released = Promise.withResolvers<void>();
  const { url } = await start((_, reply) => reply.slow(200, "late", released.promise));
  const response = await fetch(url);
  expect(response.status).toBe(200);
  released.resolve();
  expect(await response.text()).toBe("late");
});

test("the gate answers or closes before the body is read", async () => {
  const bodies: string[] = [];
  const { url } = await start(
    ({ body }, reply) => {
      bodies.push(body.toString());
      reply.text(200, "");
    },
    ({ path }, reply) => {
      if (path === "/early") reply.text(413, "");
      if (path === "/closed") reply.close();
    },
  );
  expect((await fetch(`${url}/early`, { method: "POST", body: "a" })).status).toBe(413);
  await expect(fetch(`${url}/closed`, { method: "POST", body: "b" })).rejects.toThrow("fetch failed");
  await fetch(`${url}/open`, { method: "POST", body: "c" });
  expect(bodies).toEqual(["c"]);
});

test("stop ends hanging requests, and restart listens at the same port and goes on counting", async () => {
  const arrived = Promise.withResolvers<void>();
  const http = await start(({ path }, reply) => {
    if (path !== "/hang") return reply.text(200, "");
    reply.hang();
    arrived.resolve();
  });
  const hanging = fetch(`${http.url}/hang`).then(() => "answered", String);
  await arrived.promise;
  await http.stop();
  expect(await hanging).toBe("TypeError: fetch failed");
  await expect(fetch(http.url)).rejects.toMatchObject({ cause: { code: "ECONNREFUSED" } });
  await http.restart();
  expect((await fetch(http.url)).status).toBe(200);
  await http.restart();
  expect((await fetch(http.url)).status).toBe(200);
  expect(http.requests).toBe(3);
});
