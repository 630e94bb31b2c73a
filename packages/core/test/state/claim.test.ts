import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Claim } from "../../src/state/claim.ts";
import { Child, temporaryFolder, type TemporaryFolder } from "./support.ts";

const NODE_22 = join(import.meta.dirname, "..", "..", "..", "..", "test", "node_modules", "node22", "bin", "node");

const OPTIONS = { unsafe: false };

let folder: TemporaryFolder;
let path: string;
beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder.path, "runs", "r1.run");
});
afterEach(() => folder[Symbol.dispose]());

test("a claim is had by one, says what it was told, and is for its owner alone", () => {
  const claim = Claim.take(path, OPTIONS);
  expect(claim.about).toBeUndefined();
  claim.tell({ run: "r1" });
  claim.tell({ run: "r1", n: 2 });
  expect(claim.about).toEqual({ run: "r1", n: 2 });
  expect(() => Claim.take(path, OPTIONS)).toThrow(expect.objectContaining({ reason: "locked" }));
  expect(statSync(path).mode & 0o777).toBe(0o600);
  claim.release();
  const again = Claim.take(path, OPTIONS);
  expect(again.about).toEqual({ run: "r1", n: 2 });
  again.remove();
  expect(readdirSync(join(folder.path, "runs"))).toEqual([]);
});

test("what was told of a claim is read without taking it, and is not known while a process has it (L-85)", () => {
  expect(Claim.toldAt(path)).toBeUndefined();
  expect(existsSync(path)).toBe(false);
  const claim = Claim.take(path, OPTIONS);
  claim.tell({ run: "r1" });
  expect(Claim.toldAt(path)).toBeUndefined();
  expect(() => Claim.take(path, OPTIONS)).toThrow(expect.objectContaining({ reason: "locked" }));
  claim.release();
  expect(Claim.toldAt(path)).toEqual({ run: "r1" });
  const bytes = readFileSync(path);
  Claim.take(path, OPTIONS).release();
  expect(readFileSync(path)).toEqual(bytes);
  truncateSync(path, 4096);
  expect(Claim.toldAt(path)).toBeUndefined();
});

test("a claim that nothing was told of is held as well", () => {
  const claim = Claim.take(path, OPTIONS);
  expect(() => Claim.take(path, OPTIONS)).toThrow(expect.objectContaining({ reason: "locked" }));
  claim.release();
});

test("a kill while it is told leaves a claim of which nothing is known, and a damaged one is refused (issue 14)", () => {
  const tell = (): void => {
    const claim = Claim.take(path, OPTIONS);
    claim.tell({ run: "r1" });
    claim.release();
  };
  tell();
  truncateSync(path, 4096);
  const torn = Claim.take(path, OPTIONS);
  expect(torn.about).toBeUndefined();
  torn.remove();
  tell();
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.fill(0x5a, 100, 200));
  expect(() => Claim.take(path, OPTIONS)).toThrow(expect.objectContaining({ reason: "damaged" }));
});

test.each([
  ["the head", (bytes: Buffer) => bytes.fill(0x5a, 0, 100), "the file is no database of SQLite"],
  ["the first page", (bytes: Buffer) => bytes.fill(0x5a, 100, 200), "the file is damaged"],
  ["what was told", (bytes: Buffer) => bytes.fill(0x5a, bytes.indexOf("run", 4096) - 2), "was overwritten: "],
])("of a claim %s was overwritten: it is set aside where that is wanted (issue 14)", (_, spoil, why) => {
  const claim = Claim.take(path, OPTIONS);
  claim.tell({ run: "r1" });
  claim.release();
  const spoilt = spoil(readFileSync(path));
  writeFileSync(path, spoilt);
  const refused = expect.objectContaining({ reason: expect.stringMatching(/^(damaged|foreign)$/u) });
  expect(() => Claim.take(path, OPTIONS)).toThrow(refused);
  const again = Claim.take(path, { ...OPTIONS, setsAside: true });
  expect(again.about).toBeUndefined();
  expect(again.damage).toContain(why);
  expect(again.damage).toMatch(/\. It was moved to .*\/r1\.run\.damaged\.$/u);
  expect(readFileSync(`${path}.damaged`)).toEqual(spoilt);
  expect(() => Claim.take(path, { ...OPTIONS, setsAside: true })).toThrow(
    expect.objectContaining({ reason: "locked" }),
  );
  again.remove();
});

test("a claim that was removed is made anew by the next", () => {
  const first = Claim.take(path, OPTIONS);
  first.tell({ n: 1 });
  first.remove();
  const second = Claim.take(path, OPTIONS);
  expect(second.about).toBeUndefined();
  expect(existsSync(path)).toBe(true);
  second.remove();
});

test("while its process lives no other has it; after kill -9 exactly one of two takes it", async () => {
  const owner = new Child([path, "claim", "wait"]);
  await owner.line("waiting");
  expect(() => Claim.take(path, OPTIONS)).toThrow(expect.objectContaining({ reason: "locked" }));
  await owner.kill();
  const two = [1, 2].map(() => new Child([path, "claim", "wait"]));
  const lines = (
    await Promise.all(two.map((one) => Promise.race([one.line("claim ok"), one.line("refused locked")])))
  ).map((line) => line.split(" ", 2).join(" "));
  expect(lines.toSorted()).toEqual(["claim ok", "refused locked"]);
  await Promise.all(two.map((one) => one.kill()));
});

test.each(["no database", "SQLite format 3\0 and nothing behind it"])(
  "a file that is no claim is refused: %j",
  (text) => {
    Claim.take(path, OPTIONS).remove();
    writeFileSync(path, text);
    expect(() => Claim.take(path, OPTIONS)).toThrow(expect.objectContaining({ reason: "foreign" }));
    rmSync(path);
  },
);

test.each([
  ["this version of Node", process.execPath],
  ["Node 22", NODE_22],
])("with %s nobody reads a warning of SQLite, and other warnings are told", (_, node) => {
  const module = join(import.meta.dirname, "../../src/state/claim.ts");
  const program = `
    const { Claim } = await import(${JSON.stringify(module)});
    Claim.take(${JSON.stringify(path)}, { unsafe: false }).tell({ n: 1 });
    process.emitWarning("of the program");`;
  const args = ["--input-type=module", "--eval", program];
  const { status, stderr } = spawnSync(node, args, { encoding: "utf8", timeout: 30_000 });
  expect({ status, hasSqlite: stderr.includes("SQLite"), hasOther: stderr.includes("of the program") }).toEqual({
    status: 0,
    hasSqlite: false,
    hasOther: true,
  });
});
