import { expect, test } from "vitest";
import { decodeRun, encodeName, encodeRun, markedName, parseTempName, tempName } from "../src/names.ts";

test.each([
  ["mockaudit_mockcloud", "mockaudit_mockcloud"],
  ["AWS", "AWS"],
  ["prowler-5.2", "prowler-5.2"],
  ["prod (eu) #1", "prod (eu) #1"],
  ["Zürich, 東京 😀", "Zürich, 東京 😀"],
  ["team+ops@example.com", "team+ops@example.com"],
  ["it's {x}=[y]; $z & !~^`", "it's {x}=[y]; $z & !~^`"],
  ["100% of it", "100% of it"],
  [" first", " first"],
  ["file~", "file~"],
  ["backup~1", "backup~1"],
])("the worker %j becomes %j, as in the predecessor (L-64)", (worker, expected) => {
  expect(encodeName(worker)).toBe(expected);
});

test.each(["p0.7", "20261129_233448_ab12cd", "a%2Eb", "50%"])("the run id %j is told as it is (issue 14)", (run) => {
  expect(decodeRun(encodeRun(run))).toBe(run);
});

test.each([
  ["../evil", "%2E.%2Fevil"],
  ["../../etc/x", "%2E.%2F..%2Fetc%2Fx"],
  ["/etc/passwd", "%2Fetc%2Fpasswd"],
  ["a\\b", "a%5Cb"],
  ["a\0b\r\n\x7f\x9b", "a%00b%0D%0A%7F%C2%9B"],
  ["a\u2028b", "a%E2%80%A8b"],
  ["a\u200db\u202ec\ufe0f", "a%E2%80%8Db%E2%80%AEc%EF%B8%8F"],
  [".", "%2E"],
  ["..", "%2E%2E"],
  [".json", "%2Ejson"],
  ["end.", "end%2E"],
  ["end ", "end%20"],
  ["CON", "%43ON"],
  ["nul.txt", "%6Eul.txt"],
  ["nul .txt", "%6Eul .txt"],
  ["com1", "%63om1"],
  ["lpt²", "%6Cpt²"],
  ["CONIN$", "%43ONIN$"],
  ["console", "console"],
  ['a:*?"<>|b', "a%3A%2A%3F%22%3C%3E%7Cb"],
  ["x.r1.partial", "x.r1%2Epartial"],
  ["e\u0301 é", "e%CC%81 %C3%A9"],
  ["/\u0301", "%2F\u0301"],
  [".\u0301", "%2E%CC%81"],
  ["\u212b", "%E2%84%AB"],
  ["a%2Fb", "a%252Fb"],
  ["%uD800", "%25uD800"],
  [`x~${"0".repeat(32)}`, `x%7E${"0".repeat(32)}`],
])("unsafe characters of the worker %j are encoded: %j (FS-08, MF-2)", (worker, expected) => {
  expect(encodeName(worker)).toBe(expected);
});

/** Names that are equal on file systems that ignore case, normal forms and invisible characters. */
function folded(name: string): string {
  const letters = Array.from(name.normalize("NFD").replace(/\p{Default_Ignorable_Code_Point}/gu, ""), (letter) =>
    letter.toUpperCase().toLowerCase().normalize("NFD"),
  );
  return letters.join("").normalize("NFC");
}

const DIFFERENT = [
  ["a/b", "a_b", "a%2Fb", "a%2fb", "a%252Fb", "%", "%%2F", "%/", "%2%2F", "%2/"],
  ["A", "a", "Ab", "aB", "AB", "ab", "a~1", "A~1", "a~2", "a~1~2"],
  ["é", "e\u0301", "É", "E\u0301", "%2É", ".\u0301", "%2E\u0301", "\u212b", "Å", "å", "가", "\u1100\u1161"],
  ["ﬁ", "fi", "ß", "ss", "SS", "ẞ", "ſ", "s", "\u212a", "k", "K", "ı", "i", "I", "İ", "i\u0307", "ς", "σ", "Σ"],
  ["x", "x.json", "x\u200d", "x\ufe0f", "x\u00ad", "x.partial", "x.PARTIAL", "x%2Epartial"],
  ["CON", "con", "%43ON", "\ud800", "\udfff", "\ufffd", "a\ud800", "%uD800", ".", "..", "", " ", "%20"],
  ["é".repeat(300), "É".repeat(300), "e\u0301".repeat(300), "a".repeat(301), "a".repeat(300)],
  [`${"a".repeat(299)}A`, `A${"a".repeat(299)}`],
].flat();

test("names that differ never share a file, also where the file system ignores case or normal forms (FS-09, L-64)", () => {
  const here = DIFFERENT.map((name) => encodeName(name));
  expect(new Set(here.map((name) => name.normalize("NFD"))).size).toBe(DIFFERENT.length);
  const there = DIFFERENT.map((name) => encodeName(name, { foldsCase: true }));
  expect(new Set(there.map(folded)).size).toBe(DIFFERENT.length);
});

test("every character that folds into another one is encoded (FS-09, L-64)", () => {
  const letters = Array.from({ length: 0x1ffe0 }, (_, index) => String.fromCodePoint(index + 0x20));
  const kept = letters.filter((letter) => encodeName(`x${letter}y`, { foldsCase: true }) === `x${letter}y`);
  expect(kept.filter((letter) => folded(letter) !== letter)).toEqual([]);
  expect(kept.length).toBeGreaterThan(80_000);
});

test("a long name that another name looks like when it is cut has a file of its own (FS-10)", () => {
  const long = encodeName("a".repeat(300));
  expect(encodeName(long)).not.toBe(long);
});

test("a long name keeps its beginning, splits no escape, and fits with every extension (FS-10)", () => {
  for (const letter of ["a", "é", "É", "字", "😀", "/", "\ud800"]) {
    for (let length = 20; length < 300; length += 1) {
      const name = encodeName(letter.repeat(length), { foldsCase: true });
      expect(name).toMatch(/^(?:[aé字😀]|%[0-9A-F]{2}|%u[0-9A-F]{4})+(?:~[0-9a-v]+)?$/u);
      const temp = tempName({ target: `${name}.ndjson.zst`, run: encodeRun("é".repeat(100)), token: "0123456789ab" });
      expect(Buffer.byteLength(temp)).toBeLessThanOrEqual(255);
    }
  }
});

test("the name of a temporary file contains target, run and token, whatever characters they have", () => {
  for (const run of ["20261123_145314", "a.b/c", "../x", "été 1", "r".repeat(100)]) {
    const temp = { target: "x y.r1.é.ndjson.gz", run: encodeRun(run), token: "0123456789ab" };
    expect(parseTempName(tempName(temp))).toEqual(temp);
  }
  expect(parseTempName(".cloudmarker.0123456789ab.run")).toBeUndefined();
  expect(parseTempName("x.json.tmp")).toBeUndefined();
  expect(parseTempName(".swap.tmp")).toBeUndefined();
});

test("a mark is put before the extensions", () => {
  expect(markedName("x.json.json.gz", "r1.partial")).toBe("x.json.r1.partial.json.gz");
  expect(markedName("a.b.ndjson", "r1.previous")).toBe("a.b.r1.previous.ndjson");
});
