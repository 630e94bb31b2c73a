// Files with FileStore's names that it did not write: none is lost, none is moved without a note (FS-16).
import { execFileSync } from "node:child_process";
import { chmodSync, lstatSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { platform } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { makeRecord } from "./make-record.ts";
import {
  files,
  incompleteRun,
  leftovers,
  numbers,
  readArray,
  readLines,
  runStore,
  temporaryFolder,
} from "./support.ts";

const APPEND = { format: "ndjson", write_mode: "append" } as const;

function textOf(folder: string, name: string): string {
  return readFileSync(join(folder, name), "utf8");
}

function moved(name: string, aside: string): string {
  return `${name} was there before and is not FileStore's; it was kept as ${aside}.`;
}

const FOREIGN = [
  ["a report of a scanner", "x.json", {}, '{\n  "Results": [{"raw": {"n": 1}}]\n}\n'],
  ["an array of anything", "x.json", {}, '[{"n":1},{"n":2}]'],
  ["an array with a record's key that has no record", "x.json", {}, '[{"ext":".js","lines":3}]'],
  ["records in lines under the name of an array", "x.json", {}, `${makeRecord("x", 1).json}\n`],
  ["text", "x.json", {}, "precious"],
  ["blanks without end", "x.json", {}, " ".repeat(100_000)],
  ["lines of another tool", "x.ndjson", { format: "ndjson" }, '{"n":1}\n{"n":2}\n'],
  ["an array under the name of lines", "x.ndjson", { format: "ndjson" }, `[\n${makeRecord("x", 1).json}\n]\n`],
  ["no gzip at all", "x.json.gz", { compress: "gzip" }, "precious"],
  ["another gzip file", "x.json.gz", { compress: "gzip" }, gzipSync('{"n":1}')],
] as const;

test.each(FOREIGN)("%s is set aside, and the receipt says so: %s (MF-8)", async (_, name, given, content) => {
  const folder = temporaryFolder();
  const aside = name.replace(".", ".r1.previous.");
  writeFileSync(join(folder, name), content);
  expect(await runStore(folder, { x: [5, 6], y: [0, 1] }, given)).toContain(moved(name, aside));
  expect(readFileSync(join(folder, aside))).toEqual(Buffer.from(content));
  expect(files(folder)).toEqual([name, aside, name.replace("x", "y")].toSorted());
  expect(await runStore(folder, { x: [6, 7], y: [0, 1] }, given), "now it is FileStore's").toEqual([]);
  expect(readFileSync(join(folder, aside))).toEqual(Buffer.from(content));
  expect(leftovers(folder)).toEqual([]);
});

test("a file that is set aside overwrites nothing, and its mode is not used for the new one", async () => {
  const folder = temporaryFolder();
  for (const n of [1, 2]) {
    writeFileSync(join(folder, "x.json"), `precious ${n}`);
    chmodSync(join(folder, "x.json"), 0o644);
    await runStore(folder, { x: [n, n + 1] });
    expect(statSync(join(folder, "x.json")).mode & 0o777).toBe(0o600);
  }
  expect(textOf(folder, "x.r1.previous.json")).toBe("precious 1");
  expect(textOf(folder, "x.r1-2.previous.json")).toBe("precious 2");
});

const OURS = [
  ["of the predecessor (MF-3)", "x.json", {}, '[\n{\n  "raw": {\n    "n": 1\n  },\n  "ext": {},\n  "com": {}\n}\n]\n'],
  ["of another order", "x.json", {}, '[{"com":{},"ext":{},"raw":{"n":1}}]'],
  ["with a byte order mark", "x.json", {}, '\u{feff}[{"raw":{"n":1}}]'],
  ["a marker alone", "x.json", {}, '[\n{"com":{"record_type":"begin_audit"}}\n]\n'],
  ["without any", "x.json", {}, "[\n\n]\n"],
  ["none at all", "x.json", {}, ""],
  ["in lines", "x.ndjson", { format: "ndjson" }, `${makeRecord("x", 1).json}\n`],
  ["packed", "x.json.gz", { compress: "gzip" }, gzipSync(`[\n${makeRecord("x", 1).json}\n]\n`)],
] as const;

test.each(OURS)("a file of records is replaced: %s (MF-8)", async (_, name, given, content) => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, name), content, { mode: 0o644 });
  expect(await runStore(folder, { x: [5, 6] }, given)).toEqual([]);
  expect(files(folder)).toEqual([name]);
});

test("a file that was set aside is reported even if another file fails", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "x.json"), "precious");
  symlinkSync("nowhere", join(folder, "y.json"));
  await expect(runStore(folder, { x: [0, 1], y: [0, 1] })).rejects.toThrow(moved("x.json", "x.r1.previous.json"));
  expect(textOf(folder, "x.r1.previous.json")).toBe("precious");
});

test("and it is reported if the foreign file was to be appended to, or if an old file of the previous run was set aside", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "x.ndjson"), "precious");
  symlinkSync("nowhere", join(folder, "y.ndjson"));
  await expect(runStore(folder, { x: [0, 1], y: [0, 1] }, APPEND)).rejects.toThrow(
    moved("x.ndjson", "x.r1.previous.ndjson"),
  );
  symlinkSync("nowhere", join(folder, "y.json"));
  await runStore(folder, { x: [0, 1], z: [0, 1] });
  await expect(runStore(folder, { x: [0, 1], y: [0, 1] })).rejects.toThrow("it is now z.r1.previous.json.");
});

test("an incomplete run leaves a foreign file where it is (L-07)", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "x.json"), "precious");
  await incompleteRun(folder, { x: [0, 1] });
  expect(textOf(folder, "x.json")).toBe("precious");
  expect(files(folder)).toEqual(["x.json", "x.r1.partial.json"]);
});

test.skipIf(platform() === "win32")(
  "a pipe in place of a file stays; the records are kept and named (L-19)",
  async () => {
    const folder = temporaryFolder();
    execFileSync("mkfifo", [join(folder, "x.json")]);
    await expect(runStore(folder, { x: [0, 2], y: [0, 1] })).rejects.toMatchObject({
      code: "not_published",
      message: `${join(folder, "x.json")} is not a regular file; FileStore does not open it. What could be read back is in x.r1.partial.json.`,
    });
    expect(lstatSync(join(folder, "x.json")).isFIFO()).toBe(true);
    expect(numbers(readArray(folder, "x.r1.partial.json"))).toEqual([0, 1]);
    expect(numbers(readArray(folder, "y.json"))).toEqual([0]);
  },
);

test.each(["precious", '{"n":1}\n["torn', "[1,\n2]"])(
  "nothing is cut off a foreign file, to add to it: %j (FS-04)",
  async (content) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "x.ndjson"), content, { mode: 0o644 });
    expect(await runStore(folder, { x: [0, 1] }, APPEND)).toContain(moved("x.ndjson", "x.r1.previous.ndjson"));
    expect(textOf(folder, "x.r1.previous.ndjson")).toBe(content);
    expect(numbers(readLines(folder, "x.ndjson"))).toEqual([0]);
    expect(statSync(join(folder, "x.ndjson")).mode & 0o777).toBe(0o600);
  },
);

test.each(["torn", "\0\0\0"])("only a torn line is cut off, not the lines before it: %j (FS-04)", async (torn) => {
  const folder = temporaryFolder();
  const whole = `${makeRecord("x", 7).json}\nof another tool\n\0 and more\n`;
  writeFileSync(join(folder, "x.ndjson"), whole + torn);
  expect(await runStore(folder, { x: [0, 1] }, APPEND)).toEqual([
    `x.ndjson ended in a torn line of ${torn.length} bytes, which was cut off.`,
  ]);
  expect(textOf(folder, "x.ndjson")).toBe(`${whole}${makeRecord("x", 0).json}\n`);
});

test("a foreign file with the name of an earlier try is not removed", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "x.r1.partial.json"), "7");
  expect(await runStore(folder, { x: [0, 1] })).toEqual([
    "x.r1.partial.json has the name of an earlier try of this run, but is not FileStore's; it stays.",
  ]);
  expect(textOf(folder, "x.r1.partial.json")).toBe("7");
});
