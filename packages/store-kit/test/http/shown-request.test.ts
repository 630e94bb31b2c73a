import { expect, test } from "vitest";
import { shownRequest } from "../../src/http/index.ts";

test("only the kind of an authorization is shown, at its place", () => {
  const headers = { authorization: "Basic c2VjcmV0", accept: "a/b" };
  const shown = shownRequest(
    "https://es.example/es",
    { method: "POST", path: "/_bulk", headers, body: Buffer.from("x") },
    1,
  );
  expect(shown).toEqual({
    method: "POST",
    url: "https://es.example/es/_bulk",
    headers: { authorization: "Basic ********", accept: "a/b" },
    body: "x",
    records: 1,
  });
  expect(Object.keys(shown.headers ?? {})).toEqual(["authorization", "accept"]);
});

test("the body is shown before it is packed, an object as JSON, and none as nothing", () => {
  const request = { method: "PUT", path: "/", headers: { "content-encoding": "gzip" } } as const;
  expect(shownRequest("", { ...request, body: { a: 1 } }, 0).body).toBe('{"a":1}');
  expect(shownRequest("", request, 0).body).toBe("");
});
