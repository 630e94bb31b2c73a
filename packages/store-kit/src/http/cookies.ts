import type { Clock } from "@cloudmarker/store-api";
import { assertTimeLeft, type Exchange } from "./server.ts";

/**
 * Keeps the cookies of a load balancer, so that all requests go where the first one went. The first answer has the
 * cookies; until it comes, one request is sent at a time.
 */
export function keepCookies(exchange: Exchange, clock: Pick<Clock, "now">): Exchange {
  const cookies = new Map<string, string>();
  let isKnown = false;
  let first: Promise<void> | undefined;

  const send: Exchange = async (request, signal) => {
    const cookie = Array.from(cookies, ([name, value]) => `${name}=${value}`).join("; ");
    const answer = await exchange({ ...request, headers: { ...request.headers, ...(cookie && { cookie }) } }, signal);
    for (const line of [answer.headers["set-cookie"] ?? []].flat()) {
      const [, name = "", value = ""] = /^\s*([^=;\s]+)=([^;]*)/u.exec(line) ?? [];
      if (value.trim() === "" || isOver(line, clock.now())) cookies.delete(name);
      else cookies.set(name, value.trim());
    }
    return answer;
  };

  return async (request, signal) => {
    for (let before = first; before; before = first) await before;
    assertTimeLeft(signal);
    const answer = send(request, signal);
    const settle = async (): Promise<void> => {
      const [{ status }] = await Promise.allSettled([answer]);
      isKnown = status === "fulfilled";
      first = undefined;
    };
    if (!isKnown) first = settle();
    return answer;
  };
}

/**
 * Whether a cookie expires at once, by which a server removes it; `Max-Age` counts before `Expires` (RFC 6265, 5.3).
 */
function isOver(line: string, nowMs: number): boolean {
  const [, age] = /;\s*max-age\s*=\s*(-?\d+)\s*(?:;|$)/iu.exec(line) ?? [];
  if (age !== undefined) return Number(age) <= 0;
  const [, expires = ""] = /;\s*expires\s*=([^;]*)/iu.exec(line) ?? [];
  return Date.parse(expires) <= nowMs;
}
