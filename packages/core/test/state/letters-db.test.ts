import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import type { LetterFilter, NewLetter } from "../../src/state/kept-letters.ts";
import { LettersDb } from "../../src/state/letters-db.ts";
import { canMount, Child, deadLetterOf, mounted, NO_LIMITS, temporaryFolder } from "./support.ts";

const options = { unsafe: false };

function lettersDb(): LettersDb {
  const folder = temporaryFolder();
  const letters = LettersDb.open(join(folder.path, "state.db"), options);
  onTestFinished(() => {
    letters.close();
    folder[Symbol.dispose]();
  });
  return letters;
}

function idsIn(letters: LettersDb, filter: LetterFilter = {}, after = 0, most = 1e6): number[] {
  return letters.records(filter, after, most).map(({ id }) => id);
}

function reasonOf(field: string, n: number): string {
  return `failed to parse field [raw.${field}] of type [long] in document with id '${n}f'. Preview of field's value: "${n}"`;
}

function large(place: number): NewLetter {
  return deadLetterOf({ place, time: place, record: new Uint8Array(100_000) });
}

test("dead letters keep the bytes of their record, and are found by what they have", () => {
  const letters = lettersDb();
  const added = [
    deadLetterOf({ record: new Uint8Array([0, 255, 10]) }),
    deadLetterOf({ place: 1, time: 9_000 }),
    deadLetterOf({ store: "hec", code: "too_large", reason: "100% of it" }),
  ];
  expect(letters.addLetters(added, NO_LIMITS)).toEqual({ ids: [1, 2, 3], expired: 0 });
  expect(letters.letters({}, 0, 1e6)).toEqual(
    added.map(({ time, ...letter }, n) => ({
      ...letter,
      id: n + 1,
      firstTime: time,
      lastTime: time,
      state: "kept",
      history: [{ time, outcome: "dead_lettered", code: letter.code, reason: letter.reason }],
    })),
  );
  expect(idsIn(letters, {}, 0, 6), "as many as fit").toEqual([1, 2]);
  expect(idsIn(letters, {}, 1, 1), "one at least").toEqual([2]);
  expect(idsIn(letters, { store: "search", since: 5_000 })).toEqual([2]);
  expect(idsIn(letters, { before: 5_000 })).toEqual([1, 3]);
  expect(idsIn(letters, { reason: "0%" })).toEqual([3]);
  expect(idsIn(letters, { reason: "_" }), "text, no pattern").toEqual([]);
  expect(idsIn(letters, { ids: [3, 1, 7], audit: "nightly", run: "r1" })).toEqual([1, 3]);
  expect(letters.count({ store: "search" }, 0)).toEqual({ letters: 2, bytes: 6 });
  expect(letters.count({ store: "search" }, 1)).toEqual({ letters: 1, bytes: 3 });
  expect(letters.lanes({})).toEqual([
    { audit: "nightly", store: "search", run: "r1", started: 500, count: 2, last: 2 },
    { audit: "nightly", store: "hec", run: "r1", started: 500, count: 1, last: 3 },
  ]);
});

test("reasons that differ in numbers, ids and quoted texts alone are one group", () => {
  const letters = lettersDb();
  const fields = ["n", "n", "m", "n"];
  letters.addLetters(
    fields.map((field, place) => deadLetterOf({ place, time: 1_000 + place, reason: reasonOf(field, place) })),
    NO_LIMITS,
  );
  const common = { audit: "nightly", store: "search", plugin: "esstore", code: "mapping", state: "kept" };
  expect(letters.groups({})).toEqual([
    { ...common, reason: reasonOf("n", 0), count: 3, bytes: 9, firstTime: 1_000, lastTime: 1_003, sample: 1 },
    { ...common, reason: reasonOf("m", 2), count: 1, bytes: 3, firstTime: 1_002, lastTime: 1_002, sample: 3 },
  ]);
});

test("what happened to a letter that was sent again is told; of many times, the first and the last ones", () => {
  const letters = lettersDb();
  letters.addLetters(
    [0, 1, 2].map((place) => deadLetterOf({ place })),
    NO_LIMITS,
  );
  const refused = { code: "other", reason: "still not", attempts: 2 };
  letters.changeLetters({ time: 2_000, arrived: [[1, 2]], refused: [{ id: 2, ...refused }], taken: [3] });
  letters.changeLetters({ time: 3_000, to: "archive", arrived: [[2, 3]] });
  const first = { time: 1_000, outcome: "dead_lettered", code: "mapping", reason: "no such field" };
  const again = { time: 2_000, outcome: "dead_lettered", code: "other", reason: "still not" };
  expect(letters.letters({}, 0, 1e6)).toMatchObject([
    { id: 1, state: "replayed", attempts: 2, code: "mapping", history: [first, { time: 2_000, outcome: "replayed" }] },
    {
      id: 2,
      state: "replayed",
      attempts: 4,
      code: "other",
      lastTime: 3_000,
      history: [first, again, { time: 3_000, outcome: "replayed", to: "archive" }],
    },
  ]);
  for (let time = 1; time <= 50; time += 1)
    letters.changeLetters({ time, refused: [{ id: 1, ...refused, reason: `no ${time}` }] });
  const [{ history = [] } = {}] = letters.letters({ ids: [1] }, 0, 1e6);
  expect(history.map(({ time }) => time)).toEqual([1_000, 42, 43, 44, 45, 46, 47, 48, 49, 50]);
});

test("a record that is refused once more by the same run changes its letter, and makes no second one", () => {
  const letters = lettersDb();
  const twice = letters.addLetters([deadLetterOf(), deadLetterOf({ place: 1 })], NO_LIMITS);
  expect(twice.ids, "twice in the run").toEqual([1, 2]);
  letters.changeLetters({ time: 2_000, arrived: [[1, 2]] });
  expect(letters.addLetters([deadLetterOf({ time: 3_000, code: "other" })], NO_LIMITS).ids).toEqual([1]);
  expect(letters.letters({ ids: [1] }, 0, 1)).toMatchObject([
    {
      state: "kept",
      code: "other",
      attempts: 3,
      history: [{ time: 1_000 }, { outcome: "replayed" }, { code: "other" }],
    },
  ]);
  const imported = letters.importLetters([deadLetterOf({ code: "third" }), deadLetterOf({ recordId: "d9" })], 4_000);
  expect(imported[0], "it stays as it is").toBe(1);
  expect(letters.letters({}, 0, 1e6).map(({ code }) => code)).toEqual(["other", "mapping", "mapping"]);
});

test("letters that are too old go, and where there is no room those that were replayed, the oldest first", () => {
  const letters = lettersDb();
  letters.addLetters(
    [1, 2, 3, 4].map((place) => large(place)),
    NO_LIMITS,
  );
  expect(letters.addLetters([large(5)], { before: 2, maxBytes: Infinity }).expired).toBe(1);
  expect(idsIn(letters)).toEqual([2, 3, 4, 5]);
  letters.changeLetters({ time: 10, arrived: [[3, 4]] });
  const { usedBytes } = letters.size();
  const limits = { before: -Infinity, maxBytes: usedBytes + 50_000 };
  letters.addLetters([large(6)], limits);
  expect(idsIn(letters)).toEqual([2, 4, 5, 6]);
  expect(() => letters.addLetters([large(7), large(8)], limits)).toThrow(
    expect.objectContaining({ reason: "full", message: expect.stringContaining("state.max_bytes allows") }),
  );
  expect(idsIn(letters), "none of a call that was refused").toEqual([2, 4, 5, 6]);
});

test("the age of a letter of elsewhere counts from when it was kept here, or last tried", () => {
  const letters = lettersDb();
  const old = deadLetterOf({ run: "old", time: 10 });
  expect(letters.importLetters([old], 1_000)).toEqual([1]);
  const age = (before: number): number => letters.addLetters([], { before, maxBytes: Infinity }).expired;
  expect(age(1_000), "it came here").toBe(0);
  expect(letters.letters({}, 0, 1)).toMatchObject([{ firstTime: 10, lastTime: 10 }]);
  letters.importLetters([old], 2_000);
  expect(age(2_000), "it came again").toBe(0);
  letters.changeLetters({ time: 3_000, refused: [{ id: 1, code: "no", reason: "no", attempts: 1 }] });
  expect(age(3_000), "it was tried").toBe(0);
  expect(age(3_001)).toBe(1);
  expect(idsIn(letters)).toEqual([]);
});

test("dead letters of the format before are taken over", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "state.db");
  const made = LettersDb.open(path, options);
  made.addLetters([deadLetterOf()], NO_LIMITS);
  made.close();
  const before = new DatabaseSync(path);
  before.exec(`DROP INDEX letters_by_age; ALTER TABLE letters DROP COLUMN kept_time;
    CREATE INDEX letters_by_time ON letters (state, last_time); PRAGMA user_version = 1`);
  before.close();
  const letters = LettersDb.open(path, options);
  expect(letters.addLetters([deadLetterOf({ place: 1 })], { before: 1_001, maxBytes: Infinity })).toEqual({
    ids: [2],
    expired: 1,
  });
  letters.close();
});

test("letters that are purged give their room back, and no number is used twice", () => {
  const letters = lettersDb();
  letters.addLetters(
    Array.from({ length: 50 }, (_, place) => deadLetterOf({ place, record: new Uint8Array(10_000) })),
    NO_LIMITS,
  );
  const before = letters.size().usedBytes;
  expect(letters.purgeLetters({ store: "search" })).toBe(50);
  expect(letters.purgeLetters({ store: "search" })).toBe(0);
  expect(letters.size().usedBytes).toBeLessThan(before / 5);
  expect(letters.addLetters([deadLetterOf()], NO_LIMITS).ids).toEqual([51]);
});

test.skipIf(!canMount)("a full disk is named also where it has no room for the memory that processes share", () => {
  using disk = mounted("size=1m");
  const path = join(disk.path, "state.db");
  const letters = LettersDb.open(path, options);
  letters.addLetters([deadLetterOf()], NO_LIMITS);
  letters.close();
  let full: unknown;
  try {
    writeFileSync(join(disk.path, "rest"), new Uint8Array(1024 * 1024));
  } catch (error) {
    full = error;
  }
  expect(full).toMatchObject({ code: "ENOSPC" });
  expect(() => LettersDb.open(path, options).letters({}, 0, 1)).toThrow(
    expect.objectContaining({ reason: "full", message: `Cannot open ${path}: its disk has no room left; free some.` }),
  );
});

test("several processes may open it for the first time and write at once", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "state.db");
  const said = await Promise.all([0, 1, 2].map(() => new Child([path, "letters 15"]).all()));
  expect(said).toEqual([["letters ok"], ["letters ok"], ["letters ok"]]);
  const letters = LettersDb.open(path, options);
  expect(letters.count({}, 0)).toMatchObject({ letters: 45 });
  letters.close();
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("one of a newer version is named and left alone", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "state.db");
  LettersDb.open(path, options).close();
  const db = new DatabaseSync(path);
  db.exec("PRAGMA user_version = 7");
  db.close();
  expect(() => LettersDb.open(path, options)).toThrow(
    expect.objectContaining({
      reason: "newer",
      message: expect.stringContaining(`the database of dead letters ${path}`),
    }),
  );
});
