import { describe, expect, it } from "vitest";
import { createMask } from "../../src/masking/mask.ts";

const SECRET = "hunter2";

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

describe("createMask", () => {
  it.each([
    ["as it is", `bad password hunter2, sorry`, "bad password ********, sorry"],
    ["twice, and at both ends", `hunter2 is not hunter2`, "******** is not ********"],
    ["behind a scheme", `Bearer hunter2 was refused`, "Bearer ******** was refused"],
    ["in base64 with a user name", `Basic ${base64("a:hunter2")} was refused`, "Basic ******** was refused"],
    ["with another one", `Basic ${base64("ab:hunter2")} was refused`, "Basic ******** was refused"],
    ["with a third", `Basic ${base64("abc:hunter2")} was refused`, "Basic ******** was refused"],
    ["in base64 of a whole request", `got ${base64('{"user":"me","password":"hunter2"}')}`, "got ********"],
    ["in base64 for URLs", `?auth=${Buffer.from("~~~:hunter2").toString("base64url")}`, "?********"],
    ["cut off by an ellipsis", `the answer was "token hunte…" (401)`, `the answer was "token ********…" (401)`],
    ["cut off at the end", `the answer was hunte`, "the answer was ********"],
  ])("finds a secret %s (L-31)", (_, text, masked) => {
    expect(createMask([SECRET])(text)).toBe(masked);
  });

  it.each([
    ["in a URL", "p@ss wörd/1", encodeURIComponent],
    ["in a URL, in lower case", "p@ss wörd/1", (text: string) => encodeURIComponent(text).toLowerCase()],
    ["in a form", "p@ss wörd/1", (text: string) => String(new URLSearchParams({ "": text })).slice(1)],
    [
      "in the user info of a URL",
      "p@ss|w^rd",
      (text: string) => Object.assign(new URL("http://h"), { password: text }).password,
    ],
    ["in JSON", 'say "\\" 5', (text: string) => JSON.stringify(text).slice(1, -1)],
    ["in JSON in JSON", 'say "\\" 5', (text: string) => JSON.stringify(JSON.stringify(text)).slice(3, -3)],
    ["in JSON of Go", "a<b>&c", () => "a\\u003cb\\u003e\\u0026c"],
    ["in JSON that is ASCII", "schön", () => "sch\\u00f6n"],
    ["in JSON of PHP", "a/b/c/d", () => "a\\/b\\/c\\/d"],
    ["in HTML", `<&"'>`, () => "&lt;&amp;&quot;&#39;&gt;"],
    ["on one line", "one\n  two", () => "one two"],
    ["in Latin-1 and base64", "schön1", () => Buffer.from("u:schön1", "latin1").toString("base64")],
  ])("finds a secret escaped %s (L-31)", (_, secret, escape) => {
    expect(createMask([secret])(`<${escape(secret)}>`)).toBe("<********>");
  });

  it.each([
    ["a scheme is set aside", "Bearer abcdef", "abcdef is wrong"],
    ["credentials in base64 are read", base64("user:abcdef"), "abcdef is wrong"],
    ["an id before a colon is set aside", "my-id:abcdef", "abcdef is wrong"],
    ["the password of a URL is one", "mongodb://u:abc%64ef@h/db", "abcdef is wrong"],
    ["so is a user who is alone", "https://abcdef@h/", "abcdef is wrong"],
  ])("knows the secret in a secret: %s (L-31)", (_, secret, text) => {
    expect(createMask([secret])(text)).toBe("******** is wrong");
  });

  it("does not mask texts shorter than four characters, nor texts that are not secrets", () => {
    const text = "the user abc wrote to https://es.example:9200/index (@elastic/elasticsearch)";
    expect(createMask(["abc", "", "de", "hunter2"])(text)).toBe(text);
    expect(createMask(["abcd"])("abcd")).toBe("********");
  });

  it("masks the user info of any URL, wherever it came from", () => {
    const mask = createMask([]);
    expect(mask("moved to http://me:pw@h:1/x?a=b@c and s://t@h")).toBe(
      "moved to http://********@h:1/x?a=b@c and s://********@h",
    );
  });

  it("makes one of secrets that overlap, and prefers no order", () => {
    expect(createMask(["abcdef", "defghi"])("<abcdefghi>")).toBe("<********>");
    expect(createMask(["abcdef", "abcdefgh"])("<abcdefgh>")).toBe("<********>");
  });

  it("takes time in proportion to the text, whatever it is like", () => {
    const mask = createMask(["a".repeat(5000), "hunter2"]);
    const text = "a".repeat(2_000_000);
    expect(mask(`${text}hunter2`)).toBe("********");
    expect(mask("://".repeat(300_000))).toHaveLength(900_000);
  });
});
