import { expect, test } from "vitest";
import { type Exchange, keepCookies } from "../../src/http/index.ts";

const REQUEST = { method: "GET", path: "/", headers: { accept: "a/b" } } as const;
const { signal } = new AbortController();

/** What answers with these cookies in turn, and what it was sent. */
function balancer(...cookies: (string | string[] | Error)[]) {
  const sent: (string | undefined)[] = [];
  const exchange: Exchange = async ({ headers = {} }) => {
    expect(headers["accept"]).toBe("a/b");
    sent.push(headers["cookie"]);
    const cookie = cookies.shift();
    await new Promise((resolve) => setImmediate(resolve));
    if (cookie instanceof Error) throw cookie;
    return { status: 200, headers: { "set-cookie": cookie }, body: "" };
  };
  return { sent, send: keepCookies(exchange, { now: () => Date.UTC(2026, 10, 23) }) };
}

test("cookies come back with every request, the newest of a name; an empty one is gone", async () => {
  const { sent, send } = balancer(["a=1; Path=/", " b=2"], "a=3 ; Secure", "a=; Max-Age=0");
  for (let n = 0; n < 4; n += 1) await send(REQUEST, signal);
  expect(sent).toEqual([undefined, "a=1; b=2", "a=3; b=2", "b=2"]);
});

test.each([
  ["a=gone; Max-Age=0", undefined],
  ["a=gone; path=/; MAX-AGE = -1; Secure", undefined],
  ["a=gone; Expires=Thu, 01 Jan 1970 00:00:00 GMT", undefined],
  ["a=gone; expires=Sun, 22-Nov-2026 23:59:59 GMT; Path=/", undefined],
  ["a=2; Expires=Mon, 23 Nov 2026 00:00:01 GMT", "a=2"],
  ["a=2; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "a=2"],
  ["a=gone; Expires=Fri, 01 Jan 2100 00:00:00 GMT; Max-Age=0", undefined],
  ["a=2; Max-Age=soon; Expires=never", "a=2"],
  ["a=Max-Age=0", "a=Max-Age=0"],
])("%s makes it %s (RFC 6265, 5.2)", async (cookie, after) => {
  const { sent, send } = balancer("a=1", cookie);
  for (let n = 0; n < 3; n += 1) await send(REQUEST, signal);
  expect(sent).toEqual([undefined, "a=1", after]);
});

test("until the first answer, one request is sent at a time; then all are sent at once (HEC-35)", async () => {
  const { sent, send } = balancer(new Error("no answer"), "a=1");
  const all = Promise.allSettled(Array.from({ length: 4 }, () => send(REQUEST, signal)));
  expect(sent).toEqual([undefined]);
  expect((await all).map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled", "fulfilled"]);
  expect(sent).toEqual([undefined, undefined, "a=1", "a=1"]);
});

test("a request that waits for that until its time is over was not sent", async () => {
  const { sent, send } = balancer("a=1");
  const controller = new AbortController();
  const both = Promise.allSettled([send(REQUEST, signal), send(REQUEST, controller.signal)]);
  controller.abort();
  expect(await both).toMatchObject([{ status: "fulfilled" }, { reason: { status: "retry", code: "timeout" } }]);
  expect(sent).toEqual([undefined]);
});
