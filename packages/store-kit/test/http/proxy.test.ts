import { expect, test } from "vitest";
import { firstPeer, proxyFor, proxyParamProblem } from "../../src/http/index.ts";

const HTTP = { HTTP_PROXY: "http://plain.example:3128" };
const BOTH = { ...HTTP, HTTPS_PROXY: "http://me:secret@secure.example:3128" };

test.each([
  ["https://es.example", BOTH, "http://me:secret@secure.example:3128", "HTTPS_PROXY"],
  ["http://es.example:9200", BOTH, "http://plain.example:3128", "HTTP_PROXY"],
  ["http://es.example", { http_proxy: "http://small.example", ...HTTP }, "http://small.example", "http_proxy"],
  ["http://es.example", { http_proxy: " proxy.example:3128 " }, "http://proxy.example:3128", "http_proxy"],
])("the environment names the proxy to %s (L-43)", (target, env, url, variable) => {
  expect(proxyFor(target, undefined, env)).toEqual({ url, variable });
});

test.each<[target: string, env: Readonly<Record<string, string>>]>([
  ["https://es.example", HTTP],
  ["http://es.example", {}],
  ["http://es.example", { HTTP_PROXY: "" }],
  ["http://es.example", { http_proxy: "", ...HTTP }],
  ...["localhost", "es.localhost", "127.0.0.1", "127.1.2.3", "[::1]", "[::ffff:127.0.0.1]"].map(
    (host): [string, typeof BOTH] => [`http://${host}:9200`, BOTH],
  ),
])("no proxy leads to %s with %j (L-43)", (target, env) => {
  expect(proxyFor(target, undefined, env)).toBeUndefined();
});

test("the param takes precedence over the environment, and `none` means no proxy (L-43)", () => {
  const url = "http://own.example:3128";
  expect(proxyFor("http://localhost:9200", url, BOTH)).toEqual({ url });
  expect(proxyFor("https://es.example", "none", BOTH)).toBeUndefined();
  expect(proxyParamProblem("none")).toBeUndefined();
  expect(proxyParamProblem("nowhere")).toBe(
    "proxy must be a URL that begins with http:// or https://. Write http:// in front of it.",
  );
});

test.each([
  ["*", true],
  ["es.example", true],
  ["example", true],
  [".example", true],
  ["*.example", true],
  ["other.host, ES.Example.", true],
  ["a b\tes.example", true],
  ["es.example:9200", true],
  ["es.example:9201", false],
  ["s.example", false],
  ["sub.es.example", false],
  ["", false],
  [",", false],
  [":9200", false],
])("NO_PROXY=%j exempts http://es.example:9200: %j (L-43)", (list, isExempt) => {
  for (const name of ["NO_PROXY", "no_proxy"])
    expect(proxyFor("http://es.example:9200", undefined, { ...BOTH, [name]: list }) === undefined).toBe(isExempt);
});

test.each([
  ["https://10.1.2.3", "10.0.0.0/8", true],
  ["https://11.1.2.3", "10.0.0.0/8", false],
  ["https://10.1.2.3", "10.1.2.3", true],
  ["https://10.1.2.3", "2.3", false],
  ["https://10.1.2.3", "10.0.0.0/99", false],
  ["https://10.1.2.3:9200", "10.1.2.3:9200", true],
  ["https://[fd00::7]", "fd00::/8", true],
  ["https://[fd00::7]", "[fd00::7]", true],
  ["https://[fd00::7]:9200", "[fd00::7]:9200", true],
  ["https://[fd00::7]", "10.0.0.0/8", false],
  ["https://es.example", "10.0.0.0/8", false],
])("of the address %s, NO_PROXY=%j exempts: %j (L-43)", (target, list, isExempt) => {
  expect(proxyFor(target, undefined, { ...BOTH, NO_PROXY: list }) === undefined).toBe(isExempt);
});

test.each(["socks5://me:secret@proxy.example", "http://me:secret%@proxy.example", "http://"])(
  "the error about a URL that is not an HTTP proxy names its variable, and shows no secret: %s (L-43)",
  (given) => {
    const of = (): unknown => proxyFor("https://es.example", undefined, { HTTPS_PROXY: given });
    const told = /^HTTPS_PROXY of the environment (?!.*secret).*\. Or choose `proxy: none`\.$/u;
    expect(of).toThrow(
      expect.objectContaining({ status: "blocked", code: "proxy", message: expect.stringMatching(told) }),
    );
  },
);

test("messages name the proxy that is on the way, and who wants it (L-43)", () => {
  const url = "http://me:secret@proxy.example:3128";
  expect(firstPeer("https://es", { url })).toBe("The proxy proxy.example:3128, on the way to https://es,");
  expect(firstPeer("https://es", { url, variable: "HTTPS_PROXY" })).toBe(
    "The proxy proxy.example:3128 (HTTPS_PROXY), on the way to https://es,",
  );
});
