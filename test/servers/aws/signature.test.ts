// The examples that AWS publishes: its test suite for Signature Version 4, and the one that the documentation works
// through.
import { expect, test } from "vitest";
import { canonicalRequest, sha256, signatureOf, type SignedRequest, signingKey, stringToSign } from "./signature.ts";

const SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const TIME = "20150830T123600Z";
const SCOPE = { time: TIME, region: "us-east-1", service: "service" };
const HOST = { host: "example.amazonaws.com", "x-amz-date": TIME };
const FORM = { "content-type": "application/x-www-form-urlencoded", ...HOST };

test.each<[name: string, signature: string, request: Partial<SignedRequest>]>([
  ["get-vanilla", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31", {}],
  ["post-vanilla", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b", { method: "POST" }],
  [
    "get-vanilla-query-order-key-case",
    "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    { url: "/?Param2=value2&Param1=value1" },
  ],
  [
    "get-vanilla-empty-query-key",
    "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb",
    { url: "/?Param1=value1" },
  ],
  [
    "get-vanilla-utf8-query",
    "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04",
    { url: `/?${encodeURIComponent("ሴ")}=bar` },
  ],
  [
    "get-unreserved",
    "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
    { url: "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" },
  ],
  ["get-utf8", "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85", { url: "/ሴ" }],
  ["get-relative", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31", { url: "/example/.." }],
  ["get-slash", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31", { url: "//" }],
  ["get-slashes", "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84", { url: "//example//" }],
  ["get-space", "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741", { url: "/example space/" }],
  [
    "get-header-value-trim",
    "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
    { headers: { host: HOST.host, "my-header1": " value1", "my-header2": ' "a   b   c"', "x-amz-date": TIME } },
  ],
  [
    "post-x-www-form-urlencoded",
    "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    { method: "POST", headers: FORM, body: "Param1=value1" },
  ],
])("%s of the test suite", (_name, signature, given) => {
  const request = { method: "GET", url: "/", headers: HOST, body: "", ...given };
  expect(signatureOf(request, Object.keys(request.headers).toSorted(), SECRET, SCOPE)).toBe(signature);
});

test("the example of the IAM User Guide, step by step", () => {
  const scope = { time: TIME, region: "us-east-1", service: "iam" };
  const request = {
    method: "GET",
    url: "/?Action=ListUsers&Version=2010-05-08",
    headers: {
      "content-type": "application/x-www-form-urlencoded; charset=utf-8",
      host: "iam.amazonaws.com",
      "x-amz-date": TIME,
    },
    body: "",
  };
  const names = ["content-type", "host", "x-amz-date"];
  const canonical = canonicalRequest(request, names);
  expect(sha256(canonical)).toBe("f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59");
  expect(stringToSign(canonical, scope).split("\n")).toEqual([
    "AWS4-HMAC-SHA256",
    TIME,
    "20150830/us-east-1/iam/aws4_request",
    "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59",
  ]);
  expect(signingKey(SECRET, scope).toString("hex")).toBe(
    "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9",
  );
  expect(signatureOf(request, names, SECRET, scope)).toBe(
    "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
  );
});
