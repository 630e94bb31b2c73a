import { expect, test } from "vitest";
import { type Exchange, keepCookies } from "../../src/kit/index.ts";

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
  return { sent, send: keepCookies(exchange) };
}

test("cookies come back with every request, the newest of a name; an empty one is gone", async () => {
  const { sent, send } = balancer(["a=1; Path=/", " b=2"], "a=3 ; Secure", "a=; Max-Age=0");
  for (let n = 0; n < 4; n += 1) await send(REQUEST, signal);
  expect(sent).toEqual([undefined, "a=1; b=2", "a=3; b=2", "b=2"]);
});

test("until the first answer is there, one request goes at a time; then all go at once (HEC-35)", async () => {
  const { sent, send } = balancer(new Error("no answer"), "a=1");
  const all = Promise.allSettled(Array.from({ length: 4 }, () => send(REQUEST, signal)));
  expect(sent).toEqual([undefined]);
  expect((await all).map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled", "fulfilled"]);
  expect(sent).toEqual([undefined, undefined, "a=1", "a=1"]);
});

test("who waits for that until there is no time left has sent nothing", async () => {
  const { sent, send } = balancer("a=1");
  const controller = new AbortController();
  const both = Promise.allSettled([send(REQUEST, signal), send(REQUEST, controller.signal)]);
  controller.abort();
  expect(await both).toMatchObject([{ status: "fulfilled" }, { reason: { status: "retry", code: "timeout" } }]);
  expect(sent).toEqual([undefined]);
});
