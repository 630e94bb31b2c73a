import { expect, test } from "vitest";
import { byCode, httpFailure, isElsewhere, readObject } from "../../src/http/index.ts";

const PEER = "https://es.example:9200";
const MEANINGS = byCode([
  [["blocked", "redirected", "; give the right address"], "3xx"],
  [["retry", "overloaded"], 429],
  [["blocked", "refused_request"], "4xx"],
]);

function failureOf(status: number, body = "", headers = {}) {
  const {
    status: kind,
    code,
    message,
    retryAfterMs,
  } = httpFailure({ status, headers, body, peer: PEER, atMs: 0 }, MEANINGS);
  return { kind, code, message, retryAfterMs };
}

test("a status takes precedence over its class; a status in neither table may have been applied", () => {
  expect(failureOf(429)).toMatchObject({ kind: "retry", code: "overloaded" });
  expect(failureOf(418)).toMatchObject({ kind: "blocked", code: "refused_request" });
  expect(failureOf(503)).toMatchObject({ kind: "unknown", code: "wrong_answer" });
});

test("a 503 that names a time to come back was not applied", () => {
  expect(failureOf(503, "", { "retry-after": "2" })).toMatchObject({ kind: "retry", code: "busy", retryAfterMs: 2000 });
});

test("the message has the server's words, or what answers if it is the wrong server, and what to do", () => {
  expect(failureOf(429, "slow\ndown").message).toBe(`${PEER} answers 429: slow down.`);
  expect(failureOf(429).message).toBe(`${PEER} answers 429.`);
  expect(failureOf(302, "", { location: "/login?token=x" }).message).toBe(
    `${PEER} answers 302: this is a server that redirects to /login; give the right address.`,
  );
});

test("a server that shows nothing of itself is described once", () => {
  expect(failureOf(502, "<html>bad</html>", { server: "nginx" }).message).toBe(
    `${PEER} (nginx) answers 502: <html>bad</html>.`,
  );
  expect(failureOf(502).message).toBe(`${PEER} answers 502.`);
  expect(failureOf(502, "<title>Bad Gateway</title>").message).toBe(
    `${PEER} answers 502: this is a web server with a page "Bad Gateway".`,
  );
});

test.each([
  [200, false],
  [301, true],
  [400, false],
  [404, true],
  [405, true],
  [500, false],
])("an answer %i is from elsewhere: %s", (status, expected) => {
  expect(isElsewhere({ status, headers: {}, body: "" })).toBe(expected);
});

test.each(["", "[", "1", "null", '"a"'])("%j has no members", (text) => {
  expect(readObject(text)).toEqual({});
});

test("each code of a row has its meaning; other codes have none", () => {
  const meanings = byCode([
    [["retry", "busy"], 7, 9],
    [["blocked", "credentials", " Check the password."], 18],
  ]);
  expect(meanings.get(9)).toEqual(["retry", "busy"]);
  expect(meanings.get(18)).toEqual(["blocked", "credentials", " Check the password."]);
  expect(meanings.get(8)).toBeUndefined();
});
