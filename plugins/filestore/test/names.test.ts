import { expect, test } from "vitest";
import { encodeName, encodeRun, markedName, parseTempName, tempName } from "../src/names.ts";

test.each([
  ["mockaudit_mockcloud", "mockaudit_mockcloud"],
  ["AWS", "AWS"],
  ["prowler-5.2", "prowler-5.2"],
  ["../evil", "%2E.%2Fevil"],
  ["../../etc/x", "%2E.%2F..%2Fetc%2Fx"],
  ["/etc/passwd", "%2Fetc%2Fpasswd"],
  ["a\\b", "a%5Cb"],
  ["a\0b", "a%00b"],
  [".", "%2E"],
  ["..", "%2E%2E"],
  [".json", "%2Ejson"],
  ["end.", "end%2E"],
  ["end ", "end%20"],
  ["CON", "%43ON"],
  ["nul.txt", "%6Eul.txt"],
  ["com1", "%63om1"],
  ["console", "console"],
  ['a:*?"<>|b', "a%3A%2A%3F%22%3C%3E%7Cb"],
  ["x.r1.partial", "x.r1%2Epartial"],
  ["é", "%C3%A9"],
  ["a%2Fb", "a%252Fb"],
])("the worker %j becomes %j (FS-08)", (worker, expected) => {
  expect(encodeName(worker)).toBe(expected);
});

test("names that differ never share a file, also where the file system ignores case (FS-09)", () => {
  const names = [
    "a/b",
    "a_b",
    "a%2Fb",
    "a%2fb",
    "A",
    "a",
    "Ab",
    "aB",
    "AB",
    "ab",
    "é",
    "e\u0301",
    "É",
    "ﬁ",
    "fi",
    "x",
    "x.json",
  ];
  names.push(
    "CON",
    "con",
    "%43ON",
    "\ud800",
    "\udfff",
    "\ufffd",
    "a\ud800",
    ".",
    "..",
    "",
    " ",
    "é".repeat(300),
    "É".repeat(300),
  );
  names.push("a".repeat(300), `${"a".repeat(299)}A`, `A${"a".repeat(299)}`, "a".repeat(301), "a~1", "A~1");
  const folded = names.map((name) => encodeName(name, { foldsCase: true }).toLowerCase());
  expect(new Set(folded).size).toBe(names.length);
  expect(new Set(names.map((name) => encodeName(name))).size).toBe(names.length);
});

test("a long name keeps its beginning, splits no escape, and fits with every extension (FS-10)", () => {
  for (const letter of ["a", "é", "字", "😀", "\ud800"]) {
    for (let length = 20; length < 300; length += 1) {
      const name = encodeName(letter.repeat(length), { foldsCase: true });
      expect(name).toMatch(/^(?:[a-z]|%[0-9A-F]{2}|%u[0-9A-F]{4})+(?:~[0-9a-v]+)?$/);
      const temp = tempName({ target: `${name}.ndjson.zst`, run: encodeRun("r".repeat(100)), token: "0123456789ab" });
      expect(Buffer.byteLength(temp)).toBeLessThanOrEqual(255);
    }
  }
});

test("the name of a temporary file says target, run and token, whatever they contain", () => {
  for (const run of ["20261123_145314", "a.b/c", "../x", "r".repeat(100)]) {
    const temp = { target: "x.r1.y.ndjson.gz", run: encodeRun(run), token: "0123456789ab" };
    expect(parseTempName(tempName(temp))).toEqual(temp);
  }
  expect(parseTempName(".cloudmarker.0123456789ab.run")).toBeUndefined();
  expect(parseTempName("x.json.tmp")).toBeUndefined();
  expect(parseTempName(".swap.tmp")).toBeUndefined();
});

test("a mark goes before the extensions", () => {
  expect(markedName("x.json.json.gz", "r1.partial")).toBe("x.json.r1.partial.json.gz");
  expect(markedName("a.b.ndjson", "r1.previous")).toBe("a.b.r1.previous.ndjson");
});
