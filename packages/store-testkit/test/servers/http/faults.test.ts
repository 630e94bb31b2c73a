import { afterEach, beforeEach, expect, test } from "vitest";
import { answer, type HttpFaults, httpFaults } from "../../../src/servers/http/faults.ts";
import { jsonAnswer } from "../../../src/servers/http/reply.ts";
import { startHttpServer } from "../../../src/servers/http/server.ts";
import type { HttpFaultServer } from "../../../src/servers/http/server.ts";

let server: HttpFaultServer;
let faults: HttpFaults;
let applied: number;

beforeEach(async () => {
  faults = httpFaults();
  applied = 0;
  server = await startHttpServer({
    handle: (request, reply) => answer(request, reply, faults, () => jsonAnswer(200, { applied: ++applied })),
  });
});
afterEach(() => server.stop());

function on({ path }: { path: string }): boolean {
  return path === "/bulk";
}

/** The status, or `failed` where there was no whole answer. */
async function ask(path: string = "/"): Promise<number | "failed"> {
  try {
    const response = await fetch(server.url + path);
    await response.arrayBuffer();
    return response.status;
  } catch {
    return "failed";
  }
}

async function askTimes(times: number): Promise<(number | "failed")[]> {
  const results: (number | "failed")[] = [];
  while (results.length < times) results.push(await ask());
  return results;
}

test("next hits the next requests, in the order of the calls", async () => {
  faults.next({ kind: "status", status: 503 }, 2).next({ kind: "close" });
  expect(await askTimes(4)).toEqual([503, 503, "failed", 200]);
  expect(faults.injected).toBe(3);
});

test("always hits every request until clear", async () => {
  faults.always({ kind: "status", status: 429 });
  expect(await askTimes(2)).toEqual([429, 429]);
  faults.clear();
  expect(await ask()).toBe(200);
});

test("every hits each nth request", async () => {
  faults.every(3, { kind: "cut" });
  expect(await askTimes(6)).toEqual([200, 200, "failed", 200, 200, "failed"]);
});

test("a fault does not affect or count requests that it may not hit", async () => {
  faults.every(2, { kind: "status", status: 500, on }).next({ kind: "status", status: 503, on });
  expect([await ask("/other"), await ask("/bulk"), await ask("/other"), await ask("/bulk")]).toEqual([
    200, 503, 200, 500,
  ]);
});

test.each(["close", "cut", "html200"] as const)("the fault %s is applied only to its own requests", async (kind) => {
  const seen = kind === "html200" ? 200 : "failed";
  faults.next({ kind });
  expect([await ask(), applied]).toEqual([seen, 0]);
  faults.next({ kind, applied: true });
  expect([await ask(), applied]).toEqual([seen, 1]);
});

test("a request that hangs was applied before, where the fault says so", async () => {
  const abort = new AbortController();
  faults.next({ kind: "hang", applied: true, on: () => queueMicrotask(() => abort.abort()) === undefined });
  await expect(fetch(server.url, { signal: abort.signal })).rejects.toThrow("aborted");
  expect(applied).toBe(1);
});

test("a status brings its headers, and a body as text or as JSON", async () => {
  faults.next({ kind: "status", status: 429, body: { code: 9 }, headers: { "retry-after": "7" } });
  const json = await fetch(server.url);
  expect([json.headers.get("retry-after"), await json.json()]).toEqual(["7", { code: 9 }]);
  faults.next({ kind: "status", status: 502, body: "Bad gateway" });
  expect(await (await fetch(server.url)).text()).toBe("Bad gateway");
});

test("html200 is a page, whatever was asked", async () => {
  faults.next({ kind: "html200" });
  expect((await fetch(server.url)).headers.get("content-type")).toBe("text/html");
});

test("edit changes an answer that was applied", async () => {
  faults.next({ kind: "edit", edit: (whole) => ({ ...whole, body: `${whole.body} and more` }) });
  expect(await (await fetch(server.url)).text()).toBe('{"applied":1} and more');
});
